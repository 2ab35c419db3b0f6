/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "app/evaluate.h"
#include "cli/cli.h"
#include "cli/evaluate_text.h"
#include "cli/nearest.h"
#include "cli/verbs.h"
#include "io/evaluate_csv.h"
#include "io/evaluate_json.h"
#include "model/forms.h"

#define MAX_FORMS 64u

typedef struct evaluate_args {
    el_names forms, splits, compare, by;
    el_amounts samples;
    uint64_t seeds;
    double min_latency_s;
    int scope, prior, batch_cut;
    bool sessions, free_batch, keep_flagged, choices_only;
    int format, curve;
    bool resume;
    const char *predictions, *checkpoint, *plot, *gpu, *engine, *model;
} evaluate_args;

static const char *const scopes[] = {"gpus", "node", NULL};
static const char *const priors[] = {"none", "physical", "learned", NULL};
static const char *const cuts[] = {"auto", "16", "half", NULL};
static const char *const formats[] = {"text", "csv", NULL};
enum { FORMAT_TEXT, FORMAT_CSV };
static const char *const curves[] = {"top1", "within3", "regret", "mape", NULL};
static const el_figure_id curve_figure[] = {
    EL_FIGURE_TOP1, EL_FIGURE_TOP1_WITHIN3, EL_FIGURE_REGRET, EL_FIGURE_MAPE};

static const el_opt options[] = {
    {.name = "forms",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(evaluate_args, forms),
     .meta = "NAMES",
     .def = "closed12,el12r,nnls12kv,powerlaw,smallest-tp-that-fits",
     .group = "What is compared",
     .help = "Forms and rules, or all of them; analytic is the predictor that "
             "no row is fitted to. forest and boost need XGBoost's library."},
    {.name = "splits",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(evaluate_args, splits),
     .meta = "NAMES",
     .def = "all,unseen,batch",
     .group = "What is compared",
     .help = "What is held back: all (rows not drawn), unseen (whole "
             "scenarios), batch (upper batch sizes), length (one length at a "
             "time), model (a whole model; prior from other architectures), "
             "gpu (prior from other GPUs)."},
    {.name = "samples",
     .kind = EL_OPT_AMOUNTS,
     EL_OPT_AT(evaluate_args, samples),
     .def = "50",
     .group = "What is compared",
     .help = "Training rows per group, or a share of them: 50%. Several "
             "(5,10,20,50) give learning curves."},
    {.name = "seeds",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(evaluate_args, seeds),
     .def = "20",
     .min = 1,
     .max = 100000,
     .group = "What is compared",
     .help = "Training sets drawn per group and split. Fewer than 20 can be "
             "lucky by 2 to 4 points."},
    {.name = "compare",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(evaluate_args, compare),
     .meta = "A,B",
     .group = "What is compared",
     .help = "Form A less form B on the same rows and scenarios, with the 95 % "
             "interval found by drawing scenarios."},
    {.name = "by",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(evaluate_args, by),
     .meta = "FACTS",
     .group = "What is compared",
     .help =
         "Figures for each part of the groups apart too: arch, vendor, gpu, "
         "engine, precision, model, or several: arch,gpu."},
    {.name = "free-batch",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(evaluate_args, free_batch),
     .group = "What is compared",
     .help = "The batch size is part of the choice, by joules per request."},
    {.name = "batch-cut",
     .kind = EL_OPT_ENUM,
     .choices = cuts,
     EL_OPT_AT(evaluate_args, batch_cut),
     .def = "auto",
     .group = "What is compared",
     .help = "Split batch trains on batch sizes up to 16 and scores 32 and "
             "more, or trains on the lower half of each workload's batch "
             "sizes. auto: 16 where a group has both sides and recorded "
             "prompt lengths."},
    {.name = "prior",
     .kind = EL_OPT_ENUM,
     .choices = priors,
     EL_OPT_AT(evaluate_args, prior),
     .def = "physical",
     .group = "What is compared",
     .help = "What forms lean on; learned moves it by the groups of other "
             "architectures on the same GPU and engine."},
    {.name = "scope",
     .kind = EL_OPT_ENUM,
     .choices = scopes,
     EL_OPT_AT(evaluate_args, scope),
     .def = "gpus",
     .group = "What is compared",
     .help = "GPUs in use, or every GPU of the node. A node has as many GPUs "
             "as the largest run on that GPU model used."},
    {.name = "min-latency",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(evaluate_args, min_latency_s),
     .meta = "TIME",
     .def = "1.5s",
     .group = "Data",
     .help = "Leave out runs shorter than this: power is sampled too rarely "
             "for them."},
    {.name = "sessions",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(evaluate_args, sessions),
     .def = "true",
     .group = "Data",
     .help = "Keep one session (block of a log) per group and degree, so "
             "that nodes and software versions are not mixed; only where one "
             "source_file holds several models. On unless --no-sessions."},
    {.name = "keep-flagged",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(evaluate_args, keep_flagged),
     .group = "Data",
     .help = "Keep rows whose quality_flag would drop them."},
    {.name = "gpu",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(evaluate_args, gpu),
     .meta = "NAME",
     .group = "Data",
     .help = "Only this GPU."},
    {.name = "engine",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(evaluate_args, engine),
     .meta = "NAME",
     .group = "Data",
     .help = "Only this engine, as written in the table."},
    {.name = "model",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(evaluate_args, model),
     .meta = "NAME",
     .group = "Data",
     .help = "Only this model, as written or by its catalogue entry."},
    {.name = "choices-only",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(evaluate_args, choices_only),
     .group = "Data",
     .help = "Leave out groups measured in one configuration only."},
    {.name = "format",
     .kind = EL_OPT_ENUM,
     .choices = formats,
     EL_OPT_AT(evaluate_args, format),
     .def = "text",
     .group = "Output",
     .help = "A table to read, or all figures and intervals as CSV."},
    {.name = "plot",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(evaluate_args, plot),
     .meta = "FILE",
     .group = "Output",
     .help = "Draw the learning curves of one split to FILE.svg or FILE.png."},
    {.name = "curve",
     .kind = EL_OPT_ENUM,
     .choices = curves,
     EL_OPT_AT(evaluate_args, curve),
     .def = "top1",
     .group = "Output",
     .help = "The figure that learning curves show."},
    {.name = "predictions",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(evaluate_args, predictions),
     .meta = "FILE.csv",
     .group = "Output",
     .help = "Write every prediction with its keys, seed, form, in_training, "
             "measured_j and predicted_j (joules per request)."},
    {.name = "checkpoint",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(evaluate_args, checkpoint),
     .meta = "FILE",
     .group = "Output",
     .help = "Keep every training set in FILE as soon as it is done."},
    {.name = "resume",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(evaluate_args, resume),
     .group = "Output",
     .help = "Go on from the file of --checkpoint: same tables, options and "
             "seed, same figures to the last bit."},
    {.name = NULL}};

static const el_example examples[] = {
    {"energylens evaluate ../shared/data/measurements/argonne_synthetic.csv "
     "--gpu a100-sxm4-40gb",
     "Compare the usual forms."},
    {"energylens evaluate ../shared/data/measurements/argonne_synthetic.csv "
     "--gpu a100-sxm4-40gb --model qwen2-7b --forms all --splits unseen "
     "--seeds 5",
     "Every form on scenarios of one model that it has not seen."},
    {"energylens evaluate ../shared/data/measurements/mlenergy_v3_h100.csv "
     "--samples 50% --predictions tried.csv",
     "Train on half of each group; keep every prediction."},
    {"energylens evaluate ../shared/data/measurements/mlenergy_v3_h100.csv "
     "--forms analytic,closed12 --splits all --samples 50% --seeds 5",
     "The predictor that needs no measurement beside a fit to half of them."},
    {"energylens evaluate ../shared/data/measurements/argonne_synthetic.csv "
     "--gpu a100-sxm4-40gb --forms closed12,gp,nnls12kv --splits unseen "
     "--samples 5,10,20,50 --seeds 5 --compare closed12,gp --plot curves.svg",
     "Learning curves, and whether closed12 chooses better than a Gaussian "
     "process."},
    {"energylens evaluate ../shared/data/measurements/mlenergy_v3_h100.csv "
     "--forms closed12 --splits all --samples 50% --seeds 5 --by arch",
     "One form refitted to each architecture: where it fails."},
    {NULL, NULL}};

/* --- from names to options ------------------------------------------------ */

/* Forms that can be fitted; name also holds what can only be scored. */
static size_t known_forms(const el_form **form, const char **name)
{
    const el_form *const *all = el_forms();
    size_t n = 0;

    for (; all[n] && n < MAX_FORMS; n++) {
        form[n] = all[n];
        name[n] = all[n]->name;
    }
    name[n] = el_form_analytic.name;
    name[n + 1] = NULL;
    return n;
}

static el_status bad_name(const char *option, const char *name,
                          const char *const *known, el_error *err)
{
    const char *near = el_nearest_name(name, strlen(name), known);

    if (near)
        return el_fail(err, EL_E_ARG, "--%s: unknown \"%s\", did you mean %s?",
                       option, name, near);
    return el_fail(err, EL_E_ARG, "--%s: unknown \"%s\"", option, name);
}

static const el_form *find_form(const char *name)
{
    return strcmp(name, el_form_analytic.name) == 0 ? &el_form_analytic
                                                    : el_form_find(name);
}

static el_status choose_forms(const el_names *names, const el_form **form,
                              size_t *n_form, el_error *err)
{
    const char *known[MAX_FORMS + 2];

    *n_form = 0;
    for (size_t i = 0; i < names->n; i++) {
        const el_form *found = find_form(names->v[i]);
        bool twice = false;
        if (strcmp(names->v[i], "all") == 0) {
            *n_form = known_forms(form, known);
            return EL_OK;
        }
        if (!found) {
            const el_form *unused[MAX_FORMS];
            (void)known_forms(unused, known);
            return bad_name("forms", names->v[i], known, err);
        }
        for (size_t k = 0; k < *n_form; k++)
            twice = twice || form[k] == found;
        if (!twice)
            form[(*n_form)++] = found;
    }
    return EL_OK;
}

/* Bit k for the name known[k]. */
static el_status choose_bits(const char *option, const el_names *names,
                             const char *const *known, unsigned *bits,
                             el_error *err)
{
    *bits = 0;
    for (size_t i = 0; i < names->n; i++) {
        size_t k = 0;

        while (known[k] && strcmp(known[k], names->v[i]) != 0)
            k++;
        if (!known[k])
            return bad_name(option, names->v[i], known, err);
        *bits |= 1u << k;
    }
    return EL_OK;
}

static el_status choose_splits(const el_names *names, unsigned *splits,
                               el_error *err)
{
    const char *known[EL_N_SPLITS + 1] = {NULL};

    for (el_split s = 0; s < EL_N_SPLITS; s++)
        known[s] = el_split_name(s);
    return choose_bits("splits", names, known, splits, err);
}

static el_status choose_parts(const el_names *names, unsigned *by,
                              el_error *err)
{
    const char *known[EL_N_BY + 1] = {NULL};

    for (el_evaluate_by k = 0; k < EL_N_BY; k++)
        known[k] = el_evaluate_by_name(k);
    return choose_bits("by", names, known, by, err);
}

/* Two results in one file would leave neither. */
static el_status check_outputs(const el_cli *cli, const evaluate_args *a,
                               el_error *err)
{
    const char *output = cli->output ? cli->output : "-";
    const char *predictions = a->predictions;

    if (a->resume && !a->checkpoint)
        return el_fail(err, EL_E_ARG, "--resume: needs --checkpoint FILE");

    if (predictions && strcmp(predictions, output) == 0)
        return el_fail(err, EL_E_ARG, "--predictions: %s",
                       strcmp(output, "-") == 0
                           ? "the table takes standard output: give it -o FILE"
                           : "the same file as -o");
    return EL_OK;
}

static el_status check_samples(const evaluate_args *a, unsigned splits,
                               el_error *err)
{
    unsigned drawn = splits & ~(1u << EL_SPLIT_MODEL | 1u << EL_SPLIT_GPU);

    for (size_t i = 0; i < a->samples.n; i++) {
        double v = a->samples.v[i];
        if (!(v >= 1.0) || (a->samples.percent && v > 100.0))
            return el_fail(err, EL_E_ARG, "--samples: %g%s is outside 1%s", v,
                           a->samples.percent ? " %" : "",
                           a->samples.percent ? " % .. 100 %" : " .. all rows");
    }
    if (a->plot && (a->samples.n < 2 || drawn == 0 || (drawn & (drawn - 1))))
        return el_fail(err, EL_E_ARG,
                       "--plot: curves need one split that draws rows and two "
                       "counts, e.g. --splits unseen --samples 5,10,20,50");
    return EL_OK;
}

static el_status choose_pair(const el_names *names, el_evaluate_options *o,
                             el_error *err)
{
    if (names->n == 0)
        return EL_OK;
    if (names->n != 2)
        return el_fail(err, EL_E_ARG, "--compare: two forms, A,B");
    for (size_t k = 0; k < 2; k++) {
        size_t f = 0;
        o->compare[k] = find_form(names->v[k]);
        while (f < o->n_form && o->form[f] != o->compare[k])
            f++;
        if (f == o->n_form)
            return el_fail(err, EL_E_ARG,
                           "--compare: \"%s\" is not among --forms",
                           names->v[k]);
    }
    return EL_OK;
}

static el_status translate(const el_cli *cli, const evaluate_args *a,
                           const el_form **form, el_evaluate_args *out,
                           el_error *err)
{
    el_evaluate_options *o = &out->options;
    el_status st = choose_forms(&a->forms, form, &o->n_form, err);

    if (st == EL_OK)
        st = choose_splits(&a->splits, &o->splits, err);
    o->form = form;
    if (st == EL_OK)
        st = choose_pair(&a->compare, o, err);
    if (st == EL_OK)
        st = choose_parts(&a->by, &out->by, err);
    if (st == EL_OK)
        st = check_samples(a, o->splits, err);
    if (st == EL_OK)
        st = check_outputs(cli, a, err);
    o->samples = a->samples.v[0];
    out->more_samples = a->samples.v + 1;
    out->n_more = a->samples.n - 1;
    o->percent = a->samples.percent;
    o->seeds = (size_t)a->seeds;
    o->scope = (el_scope)a->scope;
    o->free_batch = a->free_batch;
    o->batch_cut = (el_batch_cut)a->batch_cut;
    o->prior = (el_prior)a->prior;
    out->path = cli->pos;
    out->n_path = cli->n_pos;
    out->catalog_dir = cli->catalog_dir;
    out->gpu = a->gpu;
    out->engine = a->engine;
    out->model = a->model;
    out->choices_only = a->choices_only;
    out->min_latency_s = a->min_latency_s;
    out->keep_flagged = a->keep_flagged;
    out->sessions = a->sessions;
    out->predictions = a->predictions;
    out->checkpoint = a->checkpoint;
    out->resume = a->resume;
    return st;
}

/* Is there any figure at all? One row, or rows all alike, give none. */
static bool has_figures(const el_evaluation *e)
{
    for (size_t i = 0; i < e->n_score; i++)
        if (el_is_known(e->score[i].figure[EL_FIGURE_MAPE].value) ||
            el_is_known(e->score[i].figure[EL_FIGURE_TOP1].value))
            return true;
    return false;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const evaluate_args *given = args;
    const el_form *form[MAX_FORMS] = {NULL};
    el_evaluate_args a = {0};
    el_evaluate_result r;
    el_status st = translate(cli, given, form, &a, err);

    if (st == EL_OK)
        st = el_app_evaluate(&a, &cli->task, &r, err);
    if (st != EL_OK)
        return st;
    if (!has_figures(&r.evaluation)) {
        cli->answer_is_no = true;
        el_task_warn(&cli->task, "too few different configurations to hold "
                                 "any back: nothing is scored");
    }
    if (given->plot)
        st = el_evaluate_save_plot(&r.evaluation, curve_figure[given->curve],
                                   given->plot, err);
    if (st == EL_OK && cli->json)
        st = el_cli_json(
            cli, el_evaluation_json(&r.evaluation, &a.options, &r.groups), err);
    else if (st == EL_OK && given->format == FORMAT_CSV)
        el_evaluation_scores_csv(&r.evaluation, &a.options, &cli->out);
    else if (st == EL_OK)
        st = el_evaluate_text(cli, &a, &r, curve_figure[given->curve], err);
    el_evaluate_result_clear(&r);
    return st;
}

const el_verb el_verb_evaluate = {
    .name = "evaluate",
    .group = "Fit and check",
    .summary = "score forms on measurements they were not fitted to",
    .usage = "DATA.csv ...",
    .about =
        "Rows are cleaned and split into groups (model, GPU, precision, "
        "engine). Each form is fitted to a few rows of a group, drawn by "
        "Latin hypercube, and asked about others. A scenario is one load "
        "measured in several configurations: Top-1 is the share where the "
        "form picks the cheapest, regret what its picks cost above the "
        "cheapest.\n\n"
        "The ceiling is what a perfect form would score, given how much runs "
        "of this length jitter. Scenarios and rows are means per seed. gp, "
        "forest and boost keep no model: they are for comparison only.",
    .min_pos = 1,
    .max_pos = SIZE_MAX,
    .options = options,
    .examples = examples,
    .args_size = sizeof(evaluate_args),
    .run = run};

/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "app/evaluate.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/text_table.h"
#include "cli/verbs.h"
#include "io/evaluate_json.h"
#include "model/forms.h"

#define MAX_FORMS       64u
#define MAX_NOTES_SHOWN 6u

typedef struct evaluate_args {
    el_names forms, splits;
    el_amount samples;
    uint64_t seeds;
    double min_latency_s;
    int scope, prior, batch_cut;
    bool sessions, free_batch, keep_flagged, choices_only;
    const char *predictions, *gpu, *engine, *model;
} evaluate_args;

static const char *const scopes[] = {"gpus", "node", NULL};
static const char *const priors[] = {"none", "physical", "learned", NULL};
static const char *const cuts[] = {"auto", "16", "half", NULL};

static const el_opt options[] = {
    {.name = "forms",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(evaluate_args, forms),
     .meta = "NAMES",
     .def = "closed12,el12r,nnls12kv,powerlaw,smallest-tp-that-fits",
     .group = "What is compared",
     .help = "Forms and rules, or all of them; analytic is the predictor that "
             "no row is fitted to."},
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
     .kind = EL_OPT_AMOUNT,
     EL_OPT_AT(evaluate_args, samples),
     .def = "50",
     .group = "What is compared",
     .help = "Training rows per group, or a share of them: 50%."},
    {.name = "seeds",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(evaluate_args, seeds),
     .def = "20",
     .min = 1,
     .max = 100000,
     .group = "What is compared",
     .help = "Training sets drawn per group and split. Fewer than 20 can be "
             "lucky by 2 to 4 points."},
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
    {.name = "predictions",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(evaluate_args, predictions),
     .meta = "FILE.csv",
     .group = "Output",
     .help = "Write every prediction with its keys, seed, form, in_training, "
             "measured_j and predicted_j (joules per request)."},
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

static el_status choose_forms(const el_names *names, const el_form **form,
                              size_t *n_form, el_error *err)
{
    const char *known[MAX_FORMS + 2];

    *n_form = 0;
    for (size_t i = 0; i < names->n; i++) {
        const el_form *found = el_form_find(names->v[i]);
        bool twice = false;
        if (strcmp(names->v[i], el_form_analytic.name) == 0)
            found = &el_form_analytic;
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

static el_status choose_splits(const el_names *names, unsigned *splits,
                               el_error *err)
{
    const char *known[EL_N_SPLITS + 1] = {NULL};

    for (el_split s = 0; s < EL_N_SPLITS; s++)
        known[s] = el_split_name(s);
    *splits = 0;
    for (size_t i = 0; i < names->n; i++) {
        el_split s = 0;
        while (s < EL_N_SPLITS && strcmp(known[s], names->v[i]) != 0)
            s++;
        if (s == EL_N_SPLITS)
            return bad_name("splits", names->v[i], known, err);
        *splits |= 1u << s;
    }
    return EL_OK;
}

/* Two results in one file would leave neither. */
static el_status check_outputs(const el_cli *cli, const char *predictions,
                               el_error *err)
{
    const char *output = cli->output ? cli->output : "-";

    if (predictions && strcmp(predictions, output) == 0)
        return el_fail(err, EL_E_ARG, "--predictions: %s",
                       strcmp(output, "-") == 0
                           ? "the table takes standard output: give it -o FILE"
                           : "the same file as -o");
    return EL_OK;
}

static el_status check_samples(const el_amount *samples, el_error *err)
{
    if (samples->value >= 1.0 && (!samples->percent || samples->value <= 100.0))
        return EL_OK;
    return el_fail(err, EL_E_ARG, "--samples: %g%s is outside 1%s",
                   samples->value, samples->percent ? " %" : "",
                   samples->percent ? " % .. 100 %" : " .. all rows");
}

static el_status translate(const el_cli *cli, const evaluate_args *a,
                           const el_form **form, el_evaluate_args *out,
                           el_error *err)
{
    el_evaluate_options *o = &out->options;
    el_status st = choose_forms(&a->forms, form, &o->n_form, err);

    if (st == EL_OK)
        st = choose_splits(&a->splits, &o->splits, err);
    if (st == EL_OK)
        st = check_samples(&a->samples, err);
    if (st == EL_OK)
        st = check_outputs(cli, a->predictions, err);
    o->form = form;
    o->samples = a->samples.value;
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
    return st;
}

/* --- the table ------------------------------------------------------------ */

static const el_column columns[] = {
    {"split", NULL, true, 0},       {"form", NULL, true, 0},
    {"Top-1", "%", false, 0},       {"90 %", NULL, false, 2},
    {"ceiling", "%", false, 1},     {"within 3 %", "%", false, 3},
    {"regret", "%", false, 1},      {"pairs", "%", false, 5},
    {"MAPE", "%", false, 0},        {"90 %", NULL, false, 2},
    {"median", "%", false, 4},      {"R2", "ln", false, 6},
    {"in interval", "%", false, 3}, {"scenarios", NULL, false, 7},
    {"rows", NULL, false, 7},
};

static void percent_cell(el_text_table *t, double value, int decimals)
{
    if (el_is_known(value))
        el_text_table_cellf(t, "%.*f", decimals, value);
    else
        el_text_table_cell(t, "");
}

static void interval_cell(el_text_table *t, const el_figure *f, int decimals)
{
    if (el_is_known(f->lo) && el_is_known(f->hi))
        el_text_table_cellf(t, "%.*f..%.*f", decimals, f->lo, decimals, f->hi);
    else
        el_text_table_cell(t, "");
}

/* More scenarios won, or where nothing is chosen the smaller error. */
static bool is_better(const el_score *a, const el_score *b)
{
    double x = a->figure[EL_FIGURE_TOP1].value;
    double y = b->figure[EL_FIGURE_TOP1].value;

    if (el_is_known(x) && el_is_known(y) && (x > y || x < y))
        return x > y;
    if (el_is_known(x) != el_is_known(y))
        return el_is_known(x);
    x = a->figure[EL_FIGURE_MAPE].value;
    y = b->figure[EL_FIGURE_MAPE].value;
    return el_is_known(x) && (!el_is_known(y) || x < y);
}

static bool is_best(const el_evaluation *e, size_t i)
{
    for (size_t k = 0; k < e->n_score; k++) {
        if (e->score[k].split == e->score[i].split &&
            is_better(&e->score[k], &e->score[i]))
            return false;
    }
    return e->score[i].groups > 0;
}

static void add_score(el_text_table *t, const el_evaluation *e, size_t i)
{
    const el_score *s = &e->score[i];
    const el_figure *f = s->figure;
    bool first = i == 0 || e->score[i - 1].split != s->split;

    el_text_table_cell(t, first ? el_split_name(s->split) : "");
    el_text_table_cell(t, s->form->name);
    percent_cell(t, f[EL_FIGURE_TOP1].value, 1);
    interval_cell(t, &f[EL_FIGURE_TOP1], 1);
    percent_cell(t, s->ceiling_top1_pct, 1);
    percent_cell(t, f[EL_FIGURE_TOP1_WITHIN3].value, 1);
    percent_cell(t, f[EL_FIGURE_REGRET].value, 2);
    percent_cell(t, f[EL_FIGURE_PAIRWISE].value, 1);
    percent_cell(t, f[EL_FIGURE_MAPE].value, 2);
    interval_cell(t, &f[EL_FIGURE_MAPE], 1);
    percent_cell(t, f[EL_FIGURE_MEDIAN_APE].value, 2);
    percent_cell(t, f[EL_FIGURE_R2_LOG].value, 4);
    percent_cell(t, f[EL_FIGURE_COVERAGE].value, 1);
    percent_cell(t, s->scenarios, 0);
    percent_cell(t, s->rows, 0);
    if (is_best(e, i))
        el_text_table_highlight(t);
}

static void add_count(el_buf *out, size_t n, const char *what)
{
    if (n > 0)
        el_buf_printf(out, ", %zu %s", n, what);
}

static void print_data(const el_groups *groups, el_buf *out)
{
    el_cleaning c = {0};

    for (size_t g = 0; g < groups->n; g++) {
        const el_cleaning *own = &groups->group[g].cleaning;
        c.rows += own->rows;
        c.kept += own->kept;
        c.no_energy += own->no_energy;
        c.flagged += own->flagged;
        c.short_run += own->short_run;
        c.other_session += own->other_session;
        c.merged += own->merged;
    }
    el_buf_printf(out, "\n%zu group%s, %zu of %zu rows", groups->n,
                  groups->n == 1 ? "" : "s", c.kept, c.rows);
    add_count(out, c.no_energy, "without energy");
    add_count(out, c.flagged, "flagged");
    add_count(out, c.short_run, "too short");
    add_count(out, c.other_session, "of another session");
    add_count(out, c.merged, "merged as repeats");
    el_buf_add(out, ".\n");
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

static void print_notes(const el_evaluation *e, el_buf *out)
{
    size_t shown = e->n_note < MAX_NOTES_SHOWN ? e->n_note : MAX_NOTES_SHOWN;

    for (size_t i = 0; i < shown; i++)
        el_buf_printf(out, "  %s\n", e->note[i]);
    if (e->n_note > shown)
        el_buf_printf(out, "  ... and %zu more (--json has them all)\n",
                      e->n_note - shown);
}

static void print_head(const el_evaluate_options *o, el_buf *out)
{
    el_buf_printf(out,
                  "Joules per request, scope %s; %g%s training rows a group, "
                  "%zu seed%s; intervals over models.\n\n",
                  el_scope_name(o->scope), o->samples,
                  o->percent ? " % as" : "", o->seeds,
                  o->seeds == 1 ? "" : "s");
}

static el_status print_text(el_cli *cli, const el_evaluate_args *a,
                            const el_evaluate_result *r, el_error *err)
{
    el_text_table *t =
        el_text_table_new(columns, sizeof columns / sizeof *columns);
    el_status st;

    for (size_t i = 0; i < r->evaluation.n_score; i++)
        add_score(t, &r->evaluation, i);
    print_head(&a->options, &cli->out);
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    print_data(&r->groups, &cli->out);
    print_notes(&r->evaluation, &cli->out);
    return st;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const el_form *form[MAX_FORMS];
    el_evaluate_args a = {0};
    el_evaluate_result r;
    el_status st = translate(cli, args, form, &a, err);

    if (st == EL_OK)
        st = el_app_evaluate(&a, &cli->task, &r, err);
    if (st != EL_OK)
        return st;
    if (!has_figures(&r.evaluation)) {
        cli->answer_is_no = true;
        el_task_warn(&cli->task, "too few different configurations to hold "
                                 "any back: nothing is scored");
    }
    if (cli->json)
        st = el_cli_json(
            cli, el_evaluation_json(&r.evaluation, &a.options, &r.groups), err);
    else
        st = print_text(cli, &a, &r, err);
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
        "of this length jitter. Scenarios and rows are means per seed.",
    .min_pos = 1,
    .max_pos = SIZE_MAX,
    .options = options,
    .examples = examples,
    .args_size = sizeof(evaluate_args),
    .run = run};

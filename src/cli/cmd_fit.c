/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/fit.h"
#include "cli/cli.h"
#include "cli/fit_text.h"
#include "cli/nearest.h"
#include "cli/term.h"
#include "cli/verbs.h"
#include "io/fit_json.h"
#include "io/prior_json.h"
#include "model/fit_learned.h"

typedef struct fit_args {
    const char *form, *model, *gpu, *learn_from;
    double min_latency_s;
    int scope, prior, format;
    bool sessions, keep_flagged, verbose;
    uint64_t bootstrap;
} fit_args;

static const char *const scopes[] = {"gpus", "node", NULL};
static const char *const priors[] = {"none", "physical", "learned", "analytic",
                                     NULL};
static const char *const formats[] = {"text",   "latex", "c",
                                      "python", "prior", NULL};
enum { FORMAT_PRIOR = EL_NOTATION_PYTHON + 1 };

static const el_opt options[] = {
    {.name = "form",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(fit_args, form),
     .meta = "NAME",
     .def = "closed12",
     .group = "Model",
     .help = "What is fitted: closed12, el12r, nnls12kv, serving8, powerlaw, "
             "linear, constant, or a rule. Times always take closed12."},
    {.name = "prior",
     .kind = EL_OPT_ENUM,
     .choices = priors,
     EL_OPT_AT(fit_args, prior),
     .def = "physical",
     .group = "Model",
     .help = "What is believed before the first row: nothing but bounds, FLOP "
             "and bytes of the model, what other models and GPUs show, or what "
             "the analytic model predicts."},
    {.name = "learn-from",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(fit_args, learn_from),
     .meta = "FIT.json",
     .group = "Model",
     .help = "With --prior learned: fits of other models that teach the prior, "
             "beside those of the table, in place of those that the program "
             "carries."},
    {.name = "bootstrap",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(fit_args, bootstrap),
     .def = "0",
     .min = 0,
     .max = EL_BOOTSTRAP_MAX,
     .group = "Model",
     .help = "Take parameter intervals from N fits to rows drawn again, not "
             "from the covariance."},
    {.name = "scope",
     .kind = EL_OPT_ENUM,
     .choices = scopes,
     EL_OPT_AT(fit_args, scope),
     .def = "gpus",
     .group = "Rows",
     .help = "Whose joules: GPUs in use, or all GPUs of the node "
             "(energy_node_gpus_j)."},
    {.name = "min-latency",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(fit_args, min_latency_s),
     .meta = "TIME",
     .def = "1.5s",
     .min = 0,
     .max = 1e6,
     .group = "Rows",
     .help = "Leave out runs shorter than this; power meters miss them."},
    {.name = "keep-flagged",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(fit_args, keep_flagged),
     .group = "Rows",
     .help = "Also fit rows whose quality_flag would drop them."},
    {.name = "sessions",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(fit_args, sessions),
     .group = "Rows",
     .help = "Keep one contiguous session of each model and degree."},
    {.name = "model",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(fit_args, model),
     .meta = "NAME",
     .group = "Rows",
     .help = "Only rows of this model, reported in full."},
    {.name = "gpu",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(fit_args, gpu),
     .meta = "NAME",
     .group = "Rows",
     .help = "Only rows of this GPU."},
    {.name = "format",
     .kind = EL_OPT_ENUM,
     .choices = formats,
     EL_OPT_AT(fit_args, format),
     .group = "Report",
     .help = "Print the fitted formulas instead of the report, or (prior) "
             "what they teach a prior."},
    {.name = "verbose",
     .letter = 'v',
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(fit_args, verbose),
     .group = "Report",
     .help = "Every group in full, not one line each."},
    {.name = NULL}};

static el_status find_form(const char *name, const el_form **out, el_error *err)
{
    const char *names[EL_OPT_MAX_LIST + 1] = {NULL};
    const char *near;
    size_t n = 0;

    *out = el_form_find(name);
    if (*out)
        return EL_OK;
    for (; el_forms()[n] && n < EL_OPT_MAX_LIST; n++)
        names[n] = el_forms()[n]->name;
    near = el_nearest_name(name, strlen(name), names);
    return el_fail(err, EL_E_ARG, "--form: unknown form \"%.60s\"%s%s", name,
                   near ? ", did you mean " : "", near ? near : "");
}

static void comment(el_notation notation, const el_group_key *key, el_buf *out)
{
    static const char *const open[] = {"# ", "% ", "/* ", "# "};
    const char *close = notation == EL_NOTATION_C ? " */" : "";

    el_buf_printf(out, "%s%s on %s, %s, %s%s\n", open[notation], key->model,
                  key->gpu, key->precision, key->engine, close);
}

static void print_formulas(const el_fit_set *set, el_notation notation,
                           el_buf *out)
{
    for (size_t i = 0; i < set->n; i++) {
        if (i > 0)
            el_buf_add(out, "\n");
        comment(notation, &set->fit[i].key, out);
        el_model_print(&set->fit[i].model[EL_TARGET_ENERGY], notation, out);
    }
}

/* The fit goes to the file of -o; people still want to see how it went. */
static el_status tell(el_cli *cli, const el_fit_result *r, el_error *err)
{
    const el_fit_style style = {el_term_width(STDERR_FILENO),
                                el_term_color(EL_COLOR_AUTO, STDERR_FILENO),
                                false};

    if (cli->quiet || !cli->output || strcmp(cli->output, "-") == 0)
        return EL_OK;
    return el_fit_text(r, style, &cli->after, err);
}

static el_status print_file(el_cli *cli, const el_fit_result *r, el_error *err)
{
    el_status st = el_fit_set_print(
        &r->set, r->has_bootstrap ? &r->bootstrap : NULL, &cli->out, err);

    return st == EL_OK ? tell(cli, r, err) : st;
}

static el_status print_prior(const el_fit_set *set, el_buf *out, el_error *err)
{
    el_lessons lessons = {.n = 0};
    el_status st = el_fit_lessons(set, &lessons, err);

    el_str_copy(lessons.source, sizeof lessons.source, set->source);
    if (st == EL_OK)
        st = el_lessons_print(&lessons, out, err);
    el_lessons_clear(&lessons);
    return st;
}

static el_status print_report(el_cli *cli, const fit_args *a,
                              const el_fit_result *r, el_error *err)
{
    const el_fit_style style = {cli->width, cli->color,
                                a->verbose || a->model || r->set.n == 1};

    if (a->format == FORMAT_PRIOR)
        return print_prior(&r->set, &cli->out, err);
    if (a->format >= 0) {
        print_formulas(&r->set, (el_notation)a->format, &cli->out);
        return EL_OK;
    }
    if (cli->json || (cli->output && strcmp(cli->output, "-") != 0))
        return print_file(cli, r, err);
    return el_fit_text(r, style, &cli->out, err);
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const fit_args *a = args;
    el_fit_args f = {
        .path = cli->pos,
        .n_path = cli->n_pos,
        .catalog_dir = cli->catalog_dir,
        .model = a->model,
        .gpu = a->gpu,
        .options = {.prior = (el_prior)a->prior, .scope = (el_scope)a->scope},
        .clean = {a->min_latency_s, a->keep_flagged, a->sessions},
        .n_draw = (size_t)a->bootstrap,
        .learn_from = a->learn_from};
    el_fit_result r = {0};
    el_status st = find_form(a->form, &f.options.form, err);

    if (st == EL_OK && a->format >= 0 && a->format != FORMAT_PRIOR &&
        !f.options.form->formula)
        st = el_fail(err, EL_E_ARG, "--format: %s has no formula to print",
                     f.options.form->name);
    if (st == EL_OK)
        st = el_app_fit(&f, &cli->task, &r, err);
    if (st != EL_OK)
        return st;
    st = print_report(cli, a, &r, err);
    el_fit_result_clear(&r);
    return st;
}

static const el_example examples[] = {
    {"energylens fit ../shared/data/measurements/argonne_synthetic.csv --gpu "
     "a100-sxm4-40gb -o a100.fit.json",
     "Fit every model of one GPU and keep the fits."},
    {"energylens fit ../shared/data/measurements/argonne_synthetic.csv --model "
     "qwen2-7b --gpu a100-sxm4-40gb --bootstrap 200",
     "One model in full: parameters with intervals, formula, residuals."},
    {"energylens fit ../shared/data/measurements/mlenergy_v3_h100.csv --model "
     "Qwen/Qwen3-14B --format python",
     "The fitted formula as a Python function."},
    {NULL, NULL}};

const el_verb el_verb_fit = {
    .name = "fit",
    .group = "Fit and check",
    .summary = "fit energy and latency to a table of measurements",
    .usage = "DATA.csv ...",
    .about =
        "One fit for each model, GPU, precision and engine. A group with fewer "
        "rows than parameters is still fitted, with the prior, and warned "
        "about.\n\nWith -o the file is the fit, for --fit of the other verbs, "
        "and a summary goes to the terminal. Every row of the table is "
        "accounted for: fitted, combined with its repeats, or left out for a "
        "stated reason.",
    .min_pos = 1,
    .max_pos = SIZE_MAX,
    .options = options,
    .examples = examples,
    .args_size = sizeof(fit_args),
    .run = run};

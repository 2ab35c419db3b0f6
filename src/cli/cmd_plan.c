/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "app/plan.h"
#include "cli/cli.h"
#include "cli/plan_text.h"
#include "cli/term.h"
#include "cli/verbs.h"

typedef struct plan_args {
    const char *space, *fit, *measured, *model, *gpu, *engine, *precision;
    int design, prior;
    uint64_t runs;
    double min_latency_s;
} plan_args;

static const char *const designs[] = {"lhs", "grid", "active", NULL};
static const char *const priors[] = {"none", "physical", "learned", "analytic",
                                     NULL};

static const el_opt options[] = {
    {.name = "space",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(plan_args, space),
     .meta = "SPACE.json",
     .group = "Runs",
     .help = "The grid of configurations and loads, and its constraints."},
    {.name = "runs",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(plan_args, runs),
     .def = "50",
     .min = 1,
     .max = EL_SPACE_MAX_GRID,
     .group = "Runs",
     .help = "How many to plan; active stops earlier where the winners are "
             "settled."},
    {.name = "design",
     .kind = EL_OPT_ENUM,
     .choices = designs,
     EL_OPT_AT(plan_args, design),
     .def = "lhs",
     .group = "Runs",
     .help = "lhs: spread over the axes. grid: all, or evenly thinned. active: "
             "the runs that settle which configuration is cheapest, most "
             "telling first."},
    {.name = "model",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(plan_args, model),
     .meta = "NAME",
     .group = "What is measured",
     .help = "Catalogue name or path of a config.json; of the fit where left "
             "out."},
    {.name = "gpu",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(plan_args, gpu),
     .meta = "NAME",
     .group = "What is measured",
     .help = "GPU; of the fit where left out."},
    {.name = "engine",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(plan_args, engine),
     .meta = "NAME",
     .group = "What is measured",
     .help = "Serving engine; by default vLLM, or that of the fit."},
    {.name = "precision",
     .alias = "dtype",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(plan_args, precision),
     .meta = "NAME",
     .group = "What is measured",
     .help = "Weight format where the space names none; by default bfloat16."},
    {.name = "measured",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(plan_args, measured),
     .meta = "RUNS.csv",
     .group = "What is known",
     .help = "The runs so far: they are not planned again, and what they say "
             "counts."},
    {.name = "fit",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(plan_args, fit),
     .meta = "FIT.json",
     .group = "What is known",
     .help = "Believe this fit in place of a prior and rows."},
    {.name = "prior",
     .kind = EL_OPT_ENUM,
     .choices = priors,
     EL_OPT_AT(plan_args, prior),
     .def = "physical",
     .group = "What is known",
     .help = "What is believed before the first run: nothing but bounds, FLOP "
             "and bytes of the model, what other models on the GPU showed, or "
             "what the analytic model predicts."},
    {.name = "min-latency",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(plan_args, min_latency_s),
     .meta = "TIME",
     .def = "1.5s",
     .min = 0,
     .max = 1e6,
     .group = "What is known",
     .help = "Measured runs shorter than this do not count."},
    {.name = NULL}};

/* The table goes to the file of -o; people still want to see what it is. */
static el_status print_table(el_cli *cli, const el_planned *p, el_error *err)
{
    const el_plan_style style = {el_term_width(STDERR_FILENO),
                                 el_term_color(EL_COLOR_AUTO, STDERR_FILENO),
                                 false};
    el_status st = el_planned_csv(p, &cli->out, err);

    if (st != EL_OK || cli->quiet || strcmp(cli->output, "-") == 0)
        return st;
    return el_plan_text(p, style, &cli->after, err);
}

static el_status print(el_cli *cli, const el_planned *p, el_error *err)
{
    const el_plan_style style = {cli->width, cli->color, true};

    if (cli->json)
        return el_cli_json(cli, el_planned_json(p), err);
    if (cli->output)
        return print_table(cli, p, err);
    return el_plan_text(p, style, &cli->out, err);
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const plan_args *a = args;
    el_plan_args plan = {.space = a->space,
                         .fit = a->fit,
                         .measured = a->measured,
                         .catalog_dir = cli->catalog_dir,
                         .model = a->model,
                         .gpu = a->gpu,
                         .engine = a->engine,
                         .precision = a->precision,
                         .design = (el_design)a->design,
                         .prior = (el_prior)a->prior,
                         .n_runs = (size_t)a->runs,
                         .min_latency_s = a->min_latency_s};
    el_planned planned;
    el_status st;

    if (!a->space)
        return el_fail(err, EL_E_ARG, "--space: needed");
    st = el_app_plan(&plan, &cli->task, &planned, err);
    if (st != EL_OK)
        return st;
    st = print(cli, &planned, err);
    el_planned_clear(&planned);
    return st;
}

static const el_example examples[] = {
    {"energylens plan --space data/spaces/node4.json --model llama-2-7b --gpu "
     "a100-sxm4-40gb --runs 20 -o plan.csv",
     "Twenty runs spread over the space, as a table to fill."},
    {"energylens plan --space data/spaces/node4.json --model llama-2-7b --gpu "
     "a100-sxm4-40gb --engine \"vLLM (eager)\" --design active --runs 5 "
     "--measured ../shared/data/measurements/argonne_synthetic.csv",
     "What to measure next, given the runs so far, to know which configuration "
     "is cheapest."},
    {NULL, NULL}};

const el_verb el_verb_plan = {
    .name = "plan",
    .group = "Measure",
    .summary = "choose which configurations to measure",
    .about =
        "The space is a grid of degrees, batch sizes, lengths and dtypes. Runs "
        "that need too many GPUs, that the model does not divide by or that do "
        "not fit the memory are left out.\n\nWith -o the file is a measurement "
        "table of the planned runs whose measured columns are blank, and a "
        "summary goes to the terminal. The summary names the cheapest "
        "configuration of every load and how sure that is, before the first "
        "run too.\n\nactive takes the run that says most about which "
        "configuration wins, given the runs so far; readings to come are taken "
        "as believed, so plan again when they are in. It stops where the "
        "winners agree in 95 % of draws.",
    .options = options,
    .examples = examples,
    .args_size = sizeof(plan_args),
    .run = run};

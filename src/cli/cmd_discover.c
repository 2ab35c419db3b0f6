/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "app/discover.h"
#include "cli/cli.h"
#include "cli/discover_live.h"
#include "cli/discover_plot.h"
#include "cli/discover_refit.h"
#include "cli/discover_text.h"
#include "cli/signals.h"
#include "cli/verbs.h"
#include "energylens/known.h"
#include "io/file.h"
#include "io/fit_json.h"

typedef struct discover_args {
    const char *target, *units, *model, *gpu, *front, *plot, *plot_front,
        *shape;
    el_names features, operators, monotone;
    int loss, signs, format;
    bool plain_constants, keep_flagged, resume;
    uint64_t max_complexity, evaluations;
    double time_s, min_latency_s, outlier_sd;
    const char *checkpoint, *refit;
} discover_args;

static const char *const losses[] = {"relative", "log", "plain", NULL};
static const char *const signs[] = {"positive", "any", NULL};
static const char *const formats[] = {"text", "latex", "c", "python", NULL};

static const el_opt options[] = {
    {.name = "target",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(discover_args, target),
     .meta = "COLUMN",
     .group = "Table",
     .help = "What to explain. Of measurements: energy_j (joules of batch_size "
             "requests on one replica, the default), latency_s, ttft_s or "
             "itl_s; of any other table: a column of numbers."},
    {.name = "features",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(discover_args, features),
     .meta = "COLUMN,...",
     .group = "Table",
     .help =
         "What it may depend on, up to 16. Default: all columns of numbers "
         "that vary; of measurements the degrees, batch_size, "
         "input_tokens, output_tokens, kv_waves (times that the requests in "
         "flight fill the cache, 1 or more) and streamed_bytes (of experts, "
         "which grow with the batch), and facts of the catalogue where "
         "there are several models or GPUs."},
    {.name = "units",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(discover_args, units),
     .meta = "FILE",
     .group = "Table",
     .help = "CSV with the columns column,unit (J, s, token/s, byte^2, 1). "
             "Laws whose units clash are left out."},
    {.name = "model",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(discover_args, model),
     .meta = "NAME",
     .group = "Table",
     .help = "Only measurements of this model."},
    {.name = "gpu",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(discover_args, gpu),
     .meta = "NAME",
     .group = "Table",
     .help = "Only measurements on this GPU."},
    {.name = "min-latency",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(discover_args, min_latency_s),
     .meta = "TIME",
     .def = "1.5s",
     .min = 0,
     .max = 1e6,
     .group = "Table",
     .help = "Leave out runs shorter than this; power meters miss them."},
    {.name = "keep-flagged",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(discover_args, keep_flagged),
     .group = "Table",
     .help = "Also use rows whose quality_flag would drop them."},
    {.name = "loss",
     .kind = EL_OPT_ENUM,
     .choices = losses,
     EL_OPT_AT(discover_args, loss),
     .group = "Search",
     .help = "What is small when a law fits: the square of f/y - 1, of ln f - "
             "ln y, or of f - y. Default: relative, plain where some of the "
             "target is not above 0."},
    {.name = "outlier-sd",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(discover_args, outlier_sd),
     .meta = "SD",
     .def = "0",
     .min = 0,
     .max = 1e6,
     .group = "Search",
     .help = "Rows farther from a first law than this many robust SDs are not "
             "searched, a tenth of all at most; 4 is usual, 0: every row "
             "counts."},
    {.name = "operators",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(discover_args, operators),
     .meta = "OP,...",
     .group = "Search",
     .help = "What laws may be made of: + - * / ^ max min square cube sqrt exp "
             "log log2 log1p abs ceil tanh sin cos asin acos. Default: "
             "arithmetic, powers, roots, max, log2 and log1p."},
    {.name = "signs",
     .kind = EL_OPT_ENUM,
     .choices = signs,
     EL_OPT_AT(discover_args, signs),
     .group = "Search",
     .help = "Coefficients of sums. Default: positive for measurements, any "
             "for other tables."},
    {.name = "monotone",
     .kind = EL_OPT_NAMES,
     EL_OPT_AT(discover_args, monotone),
     .meta = "COLUMN:+,...",
     .group = "Search",
     .help = "Only laws that never fall (+) or never rise (-) when the column "
             "grows, within the range of the rows."},
    {.name = "plain-constants",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(discover_args, plain_constants),
     .group = "Search",
     .help = "Constants have no units: those of the columns must give the "
             "target's. Without this, constants that carry a known unit are "
             "not made round."},
    {.name = "template",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(discover_args, shape),
     .meta = "LAW",
     .group = "Search",
     .help = "Only laws of this shape: names of one letter and digits (a, c1) "
             "are numbers to fit, f(x, y) is a part of any form in the columns "
             "x and y, all else stays as written: \"energy_j = a*tp + "
             "batch_size*f(input_tokens)\"."},
    {.name = "max-complexity",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(discover_args, max_complexity),
     .def = "40",
     .min = 1,
     .max = EL_LAW_MAX_COMPLEXITY,
     .group = "Search",
     .help = "Largest law, in operators, columns and constants."},
    {.name = "evaluations",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(discover_args, evaluations),
     .meta = "N",
     .group = "Search",
     .help =
         "Formulas that evolution may try after the generators; the same "
         "number and seed give the same laws. Default: 200000, of joules of "
         "measurements none (their generator knows what costs of work look "
         "like); with --time as many as it allows."},
    {.name = "time",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(discover_args, time_s),
     .meta = "TIME",
     .min = 1e-3,
     .max = 1e7,
     .group = "Search",
     .help = "Stop at the next round after this long."},
    {.name = "checkpoint",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(discover_args, checkpoint),
     .meta = "FILE",
     .group = "Search",
     .help = "Write the state of the search to FILE every minute and at the "
             "end."},
    {.name = "resume",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(discover_args, resume),
     .group = "Search",
     .help = "Go on from the state in the file of --checkpoint, with the same "
             "rows, options and seed."},
    {.name = "refit",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(discover_args, refit),
     .meta = "FIT.json",
     .group = "Report",
     .help = "Search nothing: fit the numbers of the law in this file (-o) to "
             "each model and GPU of DATA, and say where it holds."},
    {.name = "front",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(discover_args, front),
     .meta = "FILE",
     .group = "Report",
     .help = "Also write all laws of the front to FILE, as CSV."},
    {.name = "plot",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(discover_args, plot),
     .meta = "FILE",
     .group = "Report",
     .help = "Draw predicted against measured to FILE.svg or FILE.png."},
    {.name = "plot-front",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(discover_args, plot_front),
     .meta = "FILE",
     .group = "Report",
     .help = "Draw the error of the front's laws over their complexity to "
             "FILE.svg or FILE.png."},
    {.name = "format",
     .kind = EL_OPT_ENUM,
     .choices = formats,
     EL_OPT_AT(discover_args, format),
     .group = "Report",
     .help = "Print the law that was picked alone: as text, LaTeX, or a "
             "function in C or Python."},
    {.name = NULL}};

static const char *const *list(const el_names *names)
{
    return names->n ? names->v : NULL;
}

static el_discover_args translate(const el_cli *cli, const discover_args *a)
{
    el_discover_args d = {
        .table = {.path = cli->pos[0],
                  .catalog_dir = cli->catalog_dir,
                  .target = a->target,
                  .column = list(&a->features),
                  .n_column = a->features.n,
                  .model = a->model,
                  .gpu = a->gpu,
                  .clean = {a->min_latency_s, a->keep_flagged, false},
                  .units = a->units},
        .loss_given = a->loss >= 0,
        .loss = a->loss >= 0 ? (el_loss)a->loss : EL_LOSS_RELATIVE,
        .op = list(&a->operators),
        .n_op = a->operators.n,
        .monotone = list(&a->monotone),
        .n_monotone = a->monotone.n,
        .signs_given = a->signs >= 0,
        .signed_terms = a->signs == 1,
        .plain_constants = a->plain_constants,
        .shape = a->shape,
        .max_complexity = (unsigned)a->max_complexity,
        .evaluations = a->evaluations,
        .time_s = a->time_s,
        .outlier_sd = a->outlier_sd,
        .checkpoint = a->checkpoint,
        .resume = a->resume};

    return d;
}

static el_status write_front(const el_discovered *d, const char *path,
                             el_error *err)
{
    const el_law_sheet sheet = el_discovered_sheet(d);
    el_buf text = {0};
    el_status st;

    el_law_sheet_csv(&sheet, &text);
    st = el_buf_ok(&text)
             ? el_file_write(path, el_buf_text(&text), text.len, err)
             : el_fail(err, EL_E_NOMEM, "%s: out of memory", path);
    el_buf_clear(&text);
    return st;
}

static bool is_energy(const el_discovered *d)
{
    return d->table.measured && strcmp(d->table.target, "energy_j") == 0;
}

/* A law of joules is a fit file like any other. */
static el_status print_fit(el_cli *cli, const el_discover_args *ask,
                           const el_discovered *d, el_error *err)
{
    el_fit_set set;
    el_status st = el_discovered_fit(ask, d, &cli->task, &set, err);

    if (st != EL_OK)
        return st;
    st = el_fit_set_print(&set, NULL, &cli->out, err);
    el_fit_set_clear(&set);
    return st;
}

static el_status print(el_cli *cli, const discover_args *a,
                       const el_discover_args *ask, const el_discovered *d,
                       el_error *err)
{
    const el_law_sheet sheet = el_discovered_sheet(d);
    const bool to_file = cli->output && strcmp(cli->output, "-") != 0;

    if (a->format >= 0) {
        el_discover_formula(d, (el_notation)a->format, &cli->out);
        return EL_OK;
    }
    if (to_file && !cli->quiet)
        el_discover_summary(d, &cli->after);
    if (to_file && !cli->json && is_energy(d) && d->front->n > 0)
        return print_fit(cli, ask, d, err);
    if (cli->json || to_file)
        return el_cli_json(cli, el_law_sheet_json(&sheet), err);
    return el_discover_text(cli, d, err);
}

static el_status refit(el_cli *cli, const discover_args *a, el_error *err)
{
    const el_fit_args f = {.path = cli->pos,
                           .n_path = cli->n_pos,
                           .catalog_dir = cli->catalog_dir,
                           .model = a->model,
                           .gpu = a->gpu,
                           .clean = {a->min_latency_s, a->keep_flagged, false}};
    el_refitted r;
    el_status st = el_app_refit(a->refit, &f, &cli->task, &r, err);

    if (st != EL_OK)
        return st;
    cli->answer_is_no = r.n_held < r.n_fitted || r.n_fitted == 0;
    st = cli->json ? el_cli_json(cli, el_refit_json(&r), err)
                   : el_refit_text(cli, &r, err);
    el_refitted_clear(&r);
    return st;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const discover_args *a = args;
    el_discover_args ask = translate(cli, a);
    el_discovered d;
    el_live live;
    el_task task;
    el_status st;

    if (a->resume && !a->checkpoint)
        return el_fail(err, EL_E_ARG, "--resume: needs --checkpoint FILE");
    if (a->refit)
        return refit(cli, a, err);
    task = el_live_start(&live, cli, &ask);
    st = el_app_discover(&ask, &task, &d, err);
    el_live_end(&live);
    if (st != EL_OK)
        return st;
    cli->partial = d.front->stopped;
    cli->answer_is_no = d.front->n == 0 || d.too_short;
    if (d.too_short)
        el_task_warn(&cli->task, "--time: too short for the search asked for: "
                                 "the best so far");
    if (a->front)
        st = write_front(&d, a->front, err);
    if (st == EL_OK && a->plot && d.predicted)
        st = el_discover_save_plot(&d, a->plot, err);
    if (st == EL_OK && a->plot_front && d.predicted)
        st = el_discover_save_front(&d, a->plot_front, err);
    if (st == EL_OK)
        st = print(cli, a, &ask, &d, err);
    el_discovered_clear(&d);
    return st;
}

static const el_example examples[] = {
    {"energylens discover ../shared/data/measurements/argonne_synthetic.csv "
     "--model qwen2-7b --gpu a100-sxm4-40gb --evaluations 20000",
     "A law of one model's joules in its degrees, batch and lengths."},
    {"energylens discover ../shared/data/measurements/mlenergy_v3_h100.csv "
     "--target itl_s --features batch_size,active_params,tp --evaluations "
     "20000 --front itl.csv --json -o itl.json",
     "The time between tokens over all models; every law of the front."},
    {"energylens discover ../shared/data/measurements/argonne_synthetic.csv "
     "--model qwen2-7b --gpu a100-sxm4-40gb --evaluations 20000 -o "
     "law.fit.json",
     "The same law as a fit file."},
    {"energylens discover ../shared/data/measurements/argonne_synthetic.csv "
     "--model qwen2-7b --gpu a100-sxm4-40gb --evaluations 20000 --template "
     "'energy_j = a*input_tokens*sqrt(tp) + f(batch_size, input_tokens)'",
     "Only laws of this shape."},
    {NULL, NULL}};

const el_verb el_verb_discover = {
    .name = "discover",
    .group = "Fit and check",
    .summary = "find a short law that explains a column of a table",
    .usage = "DATA.csv",
    .about =
        "Symbolic regression: first linear algebra over dictionaries of terms, "
        "then evolution of what is left. The answer is a front of laws, none "
        "of them both longer and worse than another; the one with the "
        "shortest description of data and law together is picked.\n\n"
        "A table of measurements is cleaned as by fit and takes facts of the "
        "catalogue; any other CSV works with --target.\n\n"
        "With -o the file of a law of energy_j is a fit, for --fit of the "
        "other "
        "verbs: the law's constants fitted to each group. Else, and with "
        "--json, it holds the whole front.\n\n"
        "--refit asks whether a law found on some measurements holds for "
        "others: "
        "exit 1 where it does not for all.\n\n"
        "On a terminal the front is shown while it is sought; Ctrl-C ends the "
        "search and prints the best so far.\n\n"
        "mpirun -n N energylens-mpi discover ... spreads the search over N "
        "processes and prints the same; it is there where Open MPI was when "
        "this program was built.",
    .min_pos = 1,
    .max_pos = 1,
    .options = options,
    .examples = examples,
    .args_size = sizeof(discover_args),
    .run = run};

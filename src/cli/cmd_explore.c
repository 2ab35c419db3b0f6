/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#define EL_ASK_DP_HELP "1."
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/explore_text.h"
#include "cli/term.h"
#include "cli/verbs.h"
#include "io/file.h"
#include "io/optimize_json.h"

typedef struct explore_args {
    el_ask_args ask;
    el_ints isl, osl;
    int latency, format;
    const char *plot;
} explore_args;

static const char *const latencies[] = {"tpot", "ttft", "e2e", NULL};
static const char *const formats[] = {"auto", "csv", "text", NULL};
enum { FORMAT_AUTO, FORMAT_CSV, FORMAT_TEXT };

static const el_opt options[] = {
    EL_ASK_FIT_OPTIONS(explore_args),
    {.name = "isl",
     .alias = "input",
     .kind = EL_OPT_INTS,
     EL_OPT_AT(explore_args, isl),
     .min = 1,
     .max = 1e8,
     .group = "Load",
     .help = "Input tokens per request, each its own scenario."},
    {.name = "osl",
     .alias = "output",
     .kind = EL_OPT_INTS,
     EL_OPT_AT(explore_args, osl),
     .min = 1,
     .max = 1e8,
     .group = "Load",
     .help = "Output tokens per request, each its own scenario."},
    EL_ASK_GRID_OPTIONS(explore_args),
    EL_ASK_SCOPE_OPTIONS(explore_args),
    {.name = "latency",
     .kind = EL_OPT_ENUM,
     .choices = latencies,
     EL_OPT_AT(explore_args, latency),
     .def = "tpot",
     .group = "Answer",
     .help = "The time that the front sets against energy."},
    {.name = "plot",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(explore_args, plot),
     .meta = "FILE",
     .group = "Answer",
     .help = "Draw the front to FILE.svg or FILE.png."},
    {.name = "format",
     .kind = EL_OPT_ENUM,
     .choices = formats,
     EL_OPT_AT(explore_args, format),
     .def = "auto",
     .group = "Answer",
     .help = "auto: chart and front on a terminal, else CSV with every "
             "configuration."},
    {.name = NULL}};

static bool wants_text(const el_cli *cli, int format)
{
    if (format == FORMAT_AUTO)
        return !cli->output && el_term_is_tty(STDOUT_FILENO);
    return format == FORMAT_TEXT;
}

static unsigned wants(const el_cli *cli, const explore_args *a)
{
    bool text = !cli->json && wants_text(cli, a->format);
    unsigned want = a->plot || text ? EL_WANT_CLOUD : 0;

    if (cli->json)
        want |= EL_WANT_POINTS;
    else if (!text)
        want |= EL_WANT_CSV;
    return want;
}

static el_status answer(el_cli *cli, const explore_args *a,
                        const el_ask_state *state, const el_explored *e,
                        el_error *err)
{
    el_optimize_context context = el_ask_context(state);
    el_status st = EL_OK;

    if (a->plot)
        st = el_explore_save_plot(state, e, a->plot, err);
    if (st != EL_OK)
        return st;
    if (cli->json) {
        el_json_writer w = el_cli_begin_json(cli);

        el_explore_write(&w, "result", &context, &e->query, &e->result,
                         e->point);
        return el_cli_end_json(cli, &w, err);
    }
    if (!e->csv)
        return el_explore_text(cli, state, e, err);
    cli->written = true;
    return el_file_write_from(cli->output ? cli->output : "-", e->csv, err);
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const explore_args *a = args;
    el_ask ask = el_ask_from_args(cli, &a->ask);
    el_ask_state state;
    el_explore_query query = {.axis = (el_latency_axis)a->latency};
    el_explored explored = {0};
    el_status st;

    if (!a->osl.n)
        return el_fail(err, EL_E_ARG, "--osl: needed");
    st = el_ask_open(&ask, &state, err);
    if (st != EL_OK)
        return st;
    el_values_from_ints(&a->isl, &query.isl);
    el_values_from_ints(&a->osl, &query.osl);
    st = el_explore_run(&state, &query, wants(cli, a), &cli->task, &explored,
                        err);
    if (st == EL_OK)
        st = answer(cli, a, &state, &explored, err);
    el_explored_clear(&explored);
    el_ask_close(&state);
    return st;
}

static const el_example examples[] = {
    {"energylens explore --model llama-3.1-8b --gpu h100 --isl 2000 --osl 400 "
     "-o grid.csv",
     "Every configuration on up to 8 GPUs, as a table."},
    {"energylens explore --model llama-3.1-8b --gpu h100 --isl 512,4096 --osl "
     "256 --batch 1,4,16,64 --latency e2e --plot front.svg -o grid.csv",
     "Two prompt lengths, and a chart of both fronts."},
    {NULL, NULL}};

const el_verb el_verb_explore = {
    .name = "explore",
    .group = "Predict and decide",
    .summary = "predict a grid of configurations and mark the best trade-offs",
    .about = "Every combination of the lists is predicted with full batches. "
             "A configuration is on the front if no other one of the same "
             "input and output length is both faster and cheaper.",
    .options = options,
    .examples = examples,
    .args_size = sizeof(explore_args),
    .run = run};

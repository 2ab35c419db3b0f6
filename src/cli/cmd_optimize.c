/* SPDX-License-Identifier: Apache-2.0 */
#define EL_ASK_DP_HELP                                                         \
    "every number that --gpus allows with a rate, and as many as fit without."
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/optimize_text.h"
#include "cli/verbs.h"
#include "io/optimize_json.h"
#include "model/launch.h"

#define SHOWN_MISSES 10u /* infeasible candidates listed in JSON */

typedef struct optimize_args {
    el_ask_args ask;
    double isl, osl, request_rate_hz, ttft_s, tpot_s, latency_s, percentile;
    uint64_t top;
    int launcher;
    const char *current;
} optimize_args;

static const char *const launchers[] = {"vllm", "sglang", "trtllm", "all",
                                        NULL};

static const el_opt options[] = {
    EL_ASK_FIT_OPTIONS(optimize_args),
    {.name = "isl",
     .alias = "input",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(optimize_args, isl),
     .min = 1,
     .max = 1e8,
     .meta = "TOKENS",
     .group = "Load",
     .help = "Input tokens per request (mean)."},
    {.name = "osl",
     .alias = "output",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(optimize_args, osl),
     .min = 1,
     .max = 1e8,
     .meta = "TOKENS",
     .group = "Load",
     .help = "Output tokens per request (mean)."},
    {.name = "request-rate",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(optimize_args, request_rate_hz),
     .min = 1e-9,
     .max = 1e9,
     .meta = "PER-SECOND",
     .group = "Load",
     .help = "Requests per second, all replicas together. Without it the "
             "work is offline and every batch is full."},
    {.name = "ttft",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(optimize_args, ttft_s),
     .group = "Limits",
     .help = "Longest time to the first token."},
    {.name = "tpot",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(optimize_args, tpot_s),
     .group = "Limits",
     .help = "Longest time per output token after the first."},
    {.name = "e2e",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(optimize_args, latency_s),
     .group = "Limits",
     .help = "Longest time of a whole request."},
    {.name = "percentile",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(optimize_args, percentile),
     .def = "95",
     .min = 50,
     .max = 99.99,
     .meta = "P",
     .group = "Limits",
     .help = "The limits hold at this percentile of the predictions."},
    {.name = "gpus",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(optimize_args, ask.gpus),
     .def = "8",
     .min = 1,
     .max = 65536,
     .meta = "N",
     .group = "Limits",
     .help = "GPUs that there are."},
    EL_ASK_GRID_OPTIONS(optimize_args),
    EL_ASK_SCOPE_OPTIONS(optimize_args),
    {.name = "top",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(optimize_args, top),
     .def = "3",
     .min = 1,
     .max = 1000,
     .group = "Answer",
     .help = "How many configurations to show; JSON lists all that are "
             "feasible."},
    {.name = "current",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(optimize_args, current),
     .meta = "CONFIG",
     .group = "Answer",
     .help = "What runs today, to compare with: \"tp=8,batch=64\"; also pp, "
             "ep, dp."},
    {.name = "launcher",
     .kind = EL_OPT_ENUM,
     .choices = launchers,
     EL_OPT_AT(optimize_args, launcher),
     .def = "vllm",
     .group = "Answer",
     .help = "Whose command line to print."},
    {.name = NULL}};

static el_ask ask_from(const el_cli *cli, const optimize_args *a)
{
    el_ask ask = el_ask_from_args(cli, &a->ask);

    ask.current = a->current;
    ask.query.isl = a->isl;
    ask.query.osl = a->osl;
    ask.query.request_rate_hz = a->request_rate_hz;
    ask.query.ttft_s = a->ttft_s;
    ask.query.tpot_s = a->tpot_s;
    ask.query.latency_s = a->latency_s;
    ask.query.percentile = a->percentile;
    return ask;
}

static el_status answer(el_cli *cli, const optimize_args *a,
                        const el_ask_state *state,
                        const el_optimize_result *result, el_error *err)
{
    el_optimize_context context = el_ask_context(state);

    cli->answer_is_no = result->n_feasible == 0;
    if (cli->json)
        return el_cli_json(
            cli, el_optimize_json(&context, result, SHOWN_MISSES), err);
    return el_optimize_text(cli, state, result, a->top, a->launcher, err);
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const optimize_args *a = args;
    el_ask ask = ask_from(cli, a);
    el_ask_state state;
    el_optimize_result result = {0};
    el_status st;

    if (!el_is_known(a->osl))
        return el_fail(err, EL_E_ARG, "--osl: needed");
    st = el_ask_open(&ask, &state, err);
    if (st != EL_OK)
        return st;
    st = el_optimize(state.setups.query, state.setups.n, &cli->task, &result,
                     err);
    if (st == EL_OK)
        st = answer(cli, a, &state, &result, err);
    el_optimize_result_clear(&result);
    el_ask_close(&state);
    return st;
}

static const el_example examples[] = {
    {"energylens optimize --model llama-3.1-8b --gpu h100 --isl 2000 --osl "
     "400 --request-rate 6 --ttft 500ms --tpot 40ms",
     "Before measuring anything: the physical prior."},
    {NULL, NULL}};

const el_verb el_verb_optimize = {
    .name = "optimize",
    .group = "Predict and decide",
    .summary = "find the configuration that costs least within the limits",
    .about =
        "Tries every configuration of the grid and shows the ones that cost "
        "least energy per request, what the fastest would cost, and the "
        "command that starts the best. Exit 1 where none keeps the limits: "
        "the nearest miss is shown.\n\n"
        "With --request-rate, arrivals are taken as random (Poisson) and "
        "shared evenly by the replicas: energy is that of the batch which "
        "such a load keeps in flight, replicas are used up to 95 % of their "
        "throughput, and limits are checked at the number in flight that is "
        "exceeded 5 % of the time (--percentile 95).\n\n"
        "The percentile also covers model doubt and run-to-run scatter.",
    .options = options,
    .examples = examples,
    .args_size = sizeof(optimize_args),
    .run = run};

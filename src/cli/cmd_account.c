/* SPDX-License-Identifier: Apache-2.0 */
#define EL_ASK_DP_HELP                                                         \
    "every number that --gpus allows for the busiest minutes."
#include <math.h>

#include "app/account_json.h"
#include "base/mem.h"
#include "cli/account_text.h"
#include "cli/ask.h"
#include "cli/tariff_opt.h"
#include "cli/tenants_text.h"
#include "cli/verbs.h"

typedef struct account_args {
    el_ask_args ask;
    const char *trace, *tenants, *config;
    el_names metrics;
    el_tariff_ask tariff;
    double span_s, speed, pue;
    el_limit_args limits;
    double sleep_every_s, sleep_target, sleep_wake_s, sleep_w;
    uint64_t sleep_least;
    double queue_every_s, queue_depth, queue_wait_s, queue_calm_s;
} account_args;

static const el_opt options[] = {
    {.name = "trace",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(account_args, trace),
     .meta = "LOG",
     .group = "Load",
     .help = "Log of requests with their times: Azure, Vidur, BurstGPT, "
             "splitwise-sim (CSV), Mooncake or LLMServingSim (JSON lines)."},
    {.name = "metrics",
     .kind = EL_OPT_REPEATED,
     EL_OPT_AT(account_args, metrics),
     .meta = "PAGE",
     .group = "Load",
     .help = "Instead of a log: GET /metrics of a vLLM server, saved before "
             "and after or again and again (in one file or several, oldest "
             "first), or what Prometheus kept of it (/api/v1/query_range). "
             "Requests are made up from its counters and histograms."},
    {.name = "span",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(account_args, span_s),
     .group = "Load",
     .help = "Time from the first page of --metrics to the last, evenly spaced "
             "between; of a single page, since the server's start. Not needed "
             "where pages have time stamps."},
    {.name = "tenants",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(account_args, tenants),
     .meta = "FLEET.json",
     .group = "Load",
     .help = "Several models, each with its log and limits, that share the "
             "GPUs of --gpu: who runs where for the least energy "
             "(docs/account.md)."},
    {.name = "speed",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(account_args, speed),
     .def = "1",
     .min = 1e-6,
     .max = 1e6,
     .meta = "X",
     .group = "Load",
     .help = "Requests arrive so many times as fast as they were logged."},
    EL_ASK_FIT_OPTIONS(account_args),
    {.name = "config",
     .alias = "current",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(account_args, config),
     .meta = "CONFIG",
     .group = "Configurations",
     .help = "What runs: \"tp=2,dp=2,batch=64\"; also pp, ep. By default the "
             "cheapest that holds the busiest five minutes."},
    EL_ASK_GRID_OPTIONS(account_args),
    EL_ASK_TIME_OPTIONS(account_args, limits),
    EL_ASK_PERCENTILE_OPTION(account_args, limits, "requests"),
    EL_TARIFF_OPTIONS(account_args),
    {.name = "sleep-every",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(account_args, sleep_every_s),
     .def = "5min",
     .group = "Replicas that sleep",
     .help = "How often it is decided how many replicas are awake, from the "
             "work of the interval before."},
    {.name = "sleep-target",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(account_args, sleep_target),
     .def = "0.6",
     .min = 0.01,
     .max = 1,
     .meta = "SHARE",
     .group = "Replicas that sleep",
     .help = "Those awake are to be used to this share of what they can do."},
    {.name = "sleep-wake",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(account_args, sleep_wake_s),
     .def = "1min",
     .group = "Replicas that sleep",
     .help = "Time until a replica that slept takes requests; at most "
             "--sleep-every."},
    {.name = "sleep-power",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(account_args, sleep_w),
     .def = "0",
     .min = 0,
     .max = 1e6,
     .meta = "W",
     .group = "Replicas that sleep",
     .help = "Watts of a sleeping replica; 0: its GPUs are given back."},
    {.name = "sleep-least",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(account_args, sleep_least),
     .def = "1",
     .min = 1,
     .max = 65536,
     .group = "Replicas that sleep",
     .help = "Replicas that never sleep."},
    {.name = "queue-depth",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(account_args, queue_depth),
     .def = "4",
     .min = 0.01,
     .max = 1e6,
     .meta = "N",
     .group = "Replicas that follow the queue",
     .help = "Others are woken when more than so many requests wait for each "
             "replica that is awake."},
    {.name = "queue-wait",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(account_args, queue_wait_s),
     .group = "Replicas that follow the queue",
     .help = "One is woken, too, when a request has waited for longer."},
    {.name = "queue-every",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(account_args, queue_every_s),
     .def = "15s",
     .group = "Replicas that follow the queue",
     .help = "How often the queue is looked at."},
    {.name = "queue-calm",
     .kind = EL_OPT_DURATION,
     EL_OPT_AT(account_args, queue_calm_s),
     .def = "5min",
     .group = "Replicas that follow the queue",
     .help = "One goes to sleep when nothing has waited for so long and the "
             "others would be used to the share of --sleep-target; the other "
             "--sleep options hold here, too."},
    EL_ASK_NODE_OPTIONS(account_args),
    {.name = "pue",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(account_args, pue),
     .min = 1,
     .max = 10,
     .group = "Boundary of energy",
     .help = "Facility watts for one watt of the GPUs that count, in any "
             "scope; by default 1.2 in scope facility, else 1."},
    {.name = NULL}};

#define USUAL_PUE 1.2

static el_account_ask ask_from(const el_cli *cli, const account_args *a)
{
    el_account_ask ask = {.ask = el_ask_from_args(cli, &a->ask),
                          .trace = a->trace,
                          .metrics = a->metrics.v,
                          .n_metrics = a->metrics.n,
                          .span_s = a->span_s,
                          .speed = a->speed,
                          .tariff = a->tariff,
                          .pue = a->pue};

    ask.ask.current = a->config;
    el_limits_from_args(&a->limits, &ask.ask.query);
    ask.ask.query.pue = USUAL_PUE;
    ask.by_load = (el_scaling){.interval_s = a->sleep_every_s,
                               .target = a->sleep_target,
                               .wake_s = a->sleep_wake_s,
                               .sleep_w = a->sleep_w,
                               .least = (size_t)a->sleep_least};
    ask.by_queue = ask.by_load;
    ask.by_queue.by_queue = true;
    ask.by_queue.interval_s = a->queue_every_s;
    ask.by_queue.depth = a->queue_depth;
    ask.by_queue.wait_s =
        el_is_known(a->queue_wait_s) ? a->queue_wait_s : (double)INFINITY;
    ask.by_queue.calm_s = a->queue_calm_s;
    return ask;
}

static el_status check(const account_args *a, el_error *err)
{
    if (!a->trace && !a->tenants && a->metrics.n == 0)
        return el_fail(err, EL_E_ARG,
                       "--trace: a log of requests is needed, or --metrics");
    if (a->metrics.n > 0 && (a->trace || a->tenants))
        return el_fail(err, EL_E_ARG,
                       "--metrics: leave out --trace and --tenants");
    if (el_is_known(a->span_s) && (a->metrics.n == 0 || !(a->span_s > 0.0)))
        return el_fail(err, EL_E_ARG,
                       "--span: above 0, and of the pages of --metrics");
    if (a->tenants && (a->trace || a->config || a->ask.model))
        return el_fail(err, EL_E_ARG,
                       "--tenants: --trace, --model and --config are in its "
                       "file");
    if (a->sleep_every_s < 1.0 || a->queue_every_s < 1.0)
        return el_fail(err, EL_E_ARG, "--%s-every: at least 1 s",
                       a->sleep_every_s < 1.0 ? "sleep" : "queue");
    if (a->sleep_wake_s > a->sleep_every_s)
        return el_fail(err, EL_E_ARG,
                       "--sleep-wake: at most --sleep-every (%g s)",
                       a->sleep_every_s);
    return EL_OK;
}

static el_status run_one(el_cli *cli, const el_account_ask *ask, el_error *err)
{
    el_account *account = el_array(1, sizeof *account);
    el_status st;

    if (!account)
        return el_fail(err, EL_E_NOMEM, "account: out of memory");
    st = el_app_account(ask, &cli->task, account, err);
    if (st == EL_OK) {
        cli->answer_is_no = account->best == account->n;
        st = cli->json ? el_cli_json(cli, el_account_json(account), err)
                       : el_account_text(cli, ask, account, err);
        el_account_clear(account);
    }
    el_free(account);
    return st;
}

static el_status run_tenants(el_cli *cli, const el_account_ask *ask,
                             const char *path, el_error *err)
{
    el_tenants tenants;
    el_status st = el_app_tenants(path, ask, &cli->task, &tenants, err);

    if (st != EL_OK)
        return st;
    cli->answer_is_no = !isfinite(tenants.energy_j);
    st = cli->json ? el_cli_json(cli, el_tenants_json(&tenants), err)
                   : el_tenants_text(cli, ask, &tenants, err);
    el_tenants_clear(&tenants);
    return st;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const account_args *a = args;
    const el_account_ask ask = ask_from(cli, a);
    el_status st = check(a, err);

    if (st != EL_OK)
        return st;
    return a->tenants ? run_tenants(cli, &ask, a->tenants, err)
                      : run_one(cli, &ask, err);
}

static const el_example examples[] = {
    {"energylens account --trace "
     "../shared/data/workloads/AzureLLMInferenceTrace_conv.csv --model "
     "llama-3.1-8b --gpu h100 --ttft 1s --tpot 50ms --pue 1.2 --carbon 380",
     "What a log of requests costs, and what would cost less."},
    {NULL, NULL}};

const el_verb el_verb_account = {
    .name = "account",
    .group = "Predict and decide",
    .summary = "put a log of requests through a deployment: kWh, CO2e, cost",
    .about =
        "Every request of the log is served by a model of the deployment with "
        "continuous batching: it waits for a place and for room in the KV "
        "cache, its prompt is read, its answer grows step by step beside "
        "others. Out come the energy by cause and by hour, Wh a request, "
        "carbon, cost and the latencies that users would see; then the same "
        "for what could run instead: replicas that sleep or follow the queue, "
        "one more or fewer, "
        "other degrees and GPUs.\n\n"
        "Exit 1: nothing that was tried keeps the limits.",
    .options = options,
    .examples = examples,
    .args_size = sizeof(account_args),
    .run = run};

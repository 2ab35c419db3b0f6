/* SPDX-License-Identifier: Apache-2.0 */
#define EL_ASK_DP_HELP                                                         \
    "every number that --gpus allows with a rate, and as many as fit without."
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/fleet_text.h"
#include "cli/optimize_text.h"
#include "cli/pools_text.h"
#include "cli/verbs.h"
#include "io/disaggregate_json.h"
#include "io/optimize_json.h"
#include "model/launch.h"

#define SHOWN_MISSES 10u /* infeasible candidates listed in JSON */

typedef struct optimize_args {
    el_ask_args ask;
    el_load_args load;
    uint64_t top;
    int launcher;
    const char *current;
    bool disaggregate;
    double nic_gb_s;
} optimize_args;

static const char *const launchers[] = {"vllm", "sglang", "trtllm", "all",
                                        NULL};

static const el_opt options[] = {
    EL_ASK_FIT_OPTIONS(optimize_args),
    EL_ASK_LOAD_OPTIONS(optimize_args),
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
    {.name = "disaggregate",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(optimize_args, disaggregate),
     .group = "Answer",
     .help = "Also find the best pools of prefill and decode on GPUs of their "
             "own, and say which way costs less; needs --request-rate."},
    {.name = "nic",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(optimize_args, nic_gb_s),
     .min = 1e-3,
     .max = 1e6,
     .meta = "GB/s",
     .group = "Answer",
     .help = "Network card of one GPU, for KV caches that leave the node; by "
             "default 40 (400 Gbit/s, 80 % of it)."},
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
    el_load_from_args(&a->load, &ask.query);
    return ask;
}

/* What is printed or packed. */
typedef struct reply {
    el_ask_state state;
    el_optimize_result result;
    el_pools_answer pools; /* with --disaggregate */
    el_fleet fleet;        /* of several GPU types with counts */
} reply;

static json_t *pools_json(const el_optimize_context *context,
                          const optimize_args *a, const reply *r)
{
    const el_pools_answer *p = &r->pools;

    if (!a->disaggregate)
        return json_null();
    return el_disaggregate_json(
        context, &p->plan, r->result.n_feasible ? r->result.candidate : NULL,
        p->has_verdict ? &p->verdict : NULL);
}

static el_status write_json(el_cli *cli, const optimize_args *a, const reply *r,
                            el_error *err)
{
    el_optimize_context context = el_ask_context(&r->state);
    json_t *pools = pools_json(&context, a, r);
    size_t setup[EL_MAX_VALUES];
    const el_optimize_answer answer = {.result = &r->result,
                                       .max_infeasible = SHOWN_MISSES,
                                       .is_verb = true,
                                       .disaggregated = pools,
                                       .fleet = r->fleet.n ? &r->fleet : NULL,
                                       .fleet_setup = setup};
    el_json_writer w = el_cli_begin_json(cli);

    for (size_t t = 0; t < r->fleet.n; t++)
        setup[t] = el_fleet_setup(&r->state, t);
    el_optimize_write(&w, "result", &context, &answer);
    json_decref(pools);
    return el_cli_end_json(cli, &w, err);
}

static el_status answer(el_cli *cli, const optimize_args *a, const reply *r,
                        el_error *err)
{
    el_status st;

    cli->answer_is_no = r->result.n_feasible == 0 && r->fleet.served < 1.0 &&
                        !(a->disaggregate && r->pools.plan.feasible);
    if (cli->json)
        return write_json(cli, a, r, err);
    st = el_optimize_text(cli, &r->state, &r->result, a->top, a->launcher, err);
    if (st == EL_OK && r->fleet.n)
        el_fleet_text(cli, &r->state, &r->result, &r->fleet);
    if (st == EL_OK && a->disaggregate)
        st = el_pools_text(cli, &r->state, &r->result, &r->pools, a->launcher,
                           err);
    return st;
}

static el_status find(el_cli *cli, const optimize_args *a, reply *r,
                      el_error *err)
{
    const el_setups *all = &r->state.setups;
    el_status st = el_optimize(all->query, all->n, &cli->task, &r->result, err);

    if (st == EL_OK && el_fleet_is_asked(&r->state))
        st = el_fleet_find(&r->state, &cli->task, &r->fleet, err);
    if (st == EL_OK && a->disaggregate)
        st = el_pools_find(&r->state, 1e9 * a->nic_gb_s, &r->result, &r->pools,
                           err);
    return st;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const optimize_args *a = args;
    el_ask ask = ask_from(cli, a);
    reply r = {.result = {0}};
    el_status st;

    if (!el_is_known(a->load.osl))
        return el_fail(err, EL_E_ARG, "--osl: needed");
    if (a->disaggregate && !el_is_known(a->load.request_rate_hz))
        return el_fail(err, EL_E_ARG,
                       "--disaggregate: needs --request-rate, pools are sized "
                       "for it");
    st = el_ask_open(&ask, &r.state, err);
    if (st != EL_OK)
        return st;
    st = find(cli, a, &r, err);
    if (st == EL_OK)
        st = answer(cli, a, &r, err);
    el_fleet_clear(&r.fleet);
    el_optimize_result_clear(&r.result);
    el_ask_close(&r.state);
    return st;
}

static const el_example examples[] = {
    {"energylens optimize --model llama-3.1-8b --gpu h100 --isl 2000 --osl "
     "400 --request-rate 6 --ttft 500ms --tpot 40ms",
     "Before measuring anything: the physical prior."},
    {"energylens optimize --model llama-3.1-70b --gpu h200 --gpus 16 --isl "
     "8000 --osl 400 --request-rate 2 --ttft 6s --tpot 30ms --disaggregate",
     "Prompts and answers on the same GPUs, or on pools of their own?"},
    {"energylens optimize --model llama-3.1-8b --gpu h100:2,l40s:8 "
     "--precision bfloat16,fp8 --isl 2000 --osl 400 --request-rate 20 --tpot "
     "60ms",
     "Which GPU type, which format, and who serves how much of the load."},
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A million configurations on two cores: GPU types, weight and cache formats,
 * engines, clocks, overlap, fusion, degrees, batch and lengths, by the analytic
 * model and by a fit. Goal: 15 s each, with the rows of the CSV written too.
 */
#include "../support/el_bench.h"
#include "app/explore.h"
#include "base/mem.h"

#define MILLION 1e6

static const el_choices gpus = {2, {"h100-sxm5-80gb", "a100-sxm4-80gb"}};
static const el_choices formats = {3, {"bfloat16", "fp8", "int4"}};
static const el_choices caches = {2, {"auto", "fp8"}};
static const el_choices engines = {2, {"vLLM", "SGLang"}};
static const el_choices clocks = {2, {"auto", "1200"}};
static const el_choices overlaps = {4, {"0", "4x1", "4x4", "4x16"}};
static const el_choices fusions = {2, {"on", "off"}};

static el_values numbers(size_t n, double first, double step)
{
    el_values list = {.n = n};

    for (size_t i = 0; i < n; i++)
        list.v[i] = first + step * (double)i;
    return list;
}

static el_ask question(const char *model)
{
    el_ask ask = {.model = model};
    el_optimize_query *q = &ask.query;

    q->isl = q->osl = q->request_rate_hz = EL_UNKNOWN;
    q->ttft_s = q->tpot_s = q->latency_s = EL_UNKNOWN;
    q->percentile = 95.0;
    q->gpus = q->node_gpus = 8.0;
    q->pue = 1.0;
    q->tp = (el_values){4, {1, 2, 4, 8}};
    q->pp = (el_values){2, {1, 2}};
    q->batch = numbers(64, 4, 4);
    return ask;
}

/* Of all threads: tells on a machine that others use too. */
static double cpu_now_s(void)
{
    return (double)clock() / (double)CLOCKS_PER_SEC;
}

/* Seconds for a million, from however many there are. */
static int search(const char *name, const el_ask *ask, unsigned want)
{
    const el_task task = {.threads = 2};
    el_explore_query query = {.isl = {2, {500, 2000}},
                              .osl = {3, {64, 200, 400}}};
    el_ask_state state;
    el_explored explored;
    el_error err = {0};
    double start = el_bench_now_s(), cpu = cpu_now_s(), per;
    el_status st = el_ask_open(ask, &state, &err);

    if (st == EL_OK)
        st = el_explore_run(&state, &query, want, &task, &explored, &err);
    if (st != EL_OK) {
        (void)fprintf(stderr, "%s: %s\n", name, err.message);
        return 1;
    }
    per = MILLION / (double)explored.result.n;
    el_bench_print(name, (el_bench_now_s() - start) * per,
                   "s per million on two threads");
    el_bench_print("  of processor time", (cpu_now_s() - cpu) * per, "s");
    el_explored_clear(&explored);
    el_ask_close(&state);
    return 0;
}

int main(void)
{
    el_ask dense = question("llama-3-70b"), moe = question("qwen3-30b-a3b");
    el_ask fit = question("llama-2-13b");
    int bad;

    dense.axis[EL_SETUP_GPU] = gpus;
    dense.axis[EL_SETUP_PRECISION] = formats;
    dense.axis[EL_SETUP_KV_CACHE] = caches;
    dense.axis[EL_SETUP_ENGINE] = engines;
    dense.axis[EL_SETUP_CLOCK] = clocks;
    dense.axis[EL_SETUP_OVERLAP] = overlaps;
    dense.axis[EL_SETUP_FUSION] = fusions;
    moe.axis[EL_SETUP_GPU] = gpus;
    moe.axis[EL_SETUP_PRECISION] = formats;
    moe.axis[EL_SETUP_OVERLAP] = overlaps;
    moe.query.ep = (el_values){2, {1, 8}};
    fit.fit_path = "data/fits/a100-sxm4-40gb.fit.json";
    fit.query.dp = numbers(16, 1, 1);
    bad = search("search_fit_llama2_13b", &fit, 0);
    bad |= search("search_llama3_70b", &dense, 0);
    bad |= search("search_llama3_70b_csv", &dense, EL_WANT_CSV);
    bad |= search("search_qwen3_30b_a3b", &moe, 0);
    return bad;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/pools.h"

#include <math.h>

#include "base/mem.h"
#include "model/candidate.h"
#include "model/load.h"
#include "model/queue.h"

/* Replicas tried beyond the fewest that hold the rate: more of them only cut
 * waiting, which a pool at a third of its load hardly has. */
#define MORE_REPLICAS 4.0
#define MORE_TIMES    2.0
#define STEPS         16.0 /* of large numbers of replicas */

double el_pool_ranks(const el_config *config)
{
    return fmax(config->tp, config->ep);
}

static el_status push(el_pools *p, const el_pool *pool, el_error *err)
{
    el_pool *grown = el_grow(p->v, &p->cap, p->n + 1, sizeof *grown);

    if (!grown)
        return el_fail(err, EL_E_NOMEM, "disaggregate: %zu pools", p->n + 1);
    p->v = grown;
    p->v[p->n++] = *pool;
    return EL_OK;
}

static double idle_j(const el_optimize_query *q, const el_pool *pool,
                     double empty)
{
    double idle_w = el_is_known(q->facts.gpu_idle_w) ? q->facts.gpu_idle_w : 0;

    return empty * pool->gpus * idle_w / q->request_rate_hz;
}

static void take_energy(const el_prediction *p, double energy_j, el_pool *pool)
{
    pool->energy_j = energy_j;
    pool->lo = p->energy_per_request_lo_j / p->energy_per_request_j;
    pool->hi = p->energy_per_request_hi_j / p->energy_per_request_j;
    pool->source = p->source;
}

/* ---- prefill ---- */

static el_status prefill_pool(el_pools *p, const el_queue_times *times,
                              const el_config *config, el_error *err)
{
    const el_optimize_query *q = p->query;
    el_queue_load load =
        el_queue_load_of(q, q->request_rate_hz / config->dp, config->batch);
    el_pool pool = {
        .setup = p->setup, .config = *config, .gpus = el_config_gpus(config)};
    el_prediction one;
    el_queue queue;
    el_status st;

    load.chunk = fmin(load.chunk, config->batch);
    el_queue_prefill(times, &load, &queue);
    if (!(queue.utilisation <= EL_MAX_UTILISATION))
        return EL_OK;
    st = el_config_predict(q, config, queue.pass, false, &one, err);
    if (st != EL_OK)
        return st;
    if (!el_is_known(one.prefill_energy_j)) {
        p->no_phases = true;
        return EL_OK;
    }
    pool.utilisation = queue.utilisation;
    pool.most_rate_hz = EL_MAX_UTILISATION * queue.most_rate_hz * config->dp;
    pool.in_flight = queue.busy;
    pool.time_s = queue.ttft_s;
    pool.time_limit_s =
        queue.ttft_tail_s * el_doubt_ratio(q, one.ttft_s, one.ttft_hi_s);
    pool.idle_j = idle_j(q, &pool, queue.empty);
    take_energy(&one, one.prefill_energy_j, &pool);
    return push(p, &pool, err);
}

/* Prompts of one pass: what the engine takes, and what the cache holds. */
static double prompts_together(const el_optimize_query *q,
                               const el_config *config)
{
    double cap =
        el_facts_kv_capacity(&q->facts, el_pool_ranks(config), config->pp);
    double chunk = el_queue_load_of(q, 1.0, 1.0).chunk;

    if (el_is_known(cap) && !(cap >= q->isl))
        return 0.0; /* weights, or one prompt, do not fit */
    if (el_is_known(cap))
        chunk = fmin(chunk, cap / q->isl);
    return fmin(fmax(floor(chunk), 1.0), EL_MAX_BATCH);
}

/* ---- decode ---- */

/* As for replicas that do both, with no prompts between the steps. */
static double decode_batch(const el_optimize_query *q,
                           const el_queue_times *times, double rate_hz,
                           double most)
{
    el_queue_load load = el_queue_load_of(q, rate_hz, most);
    el_queue_flow flow;
    el_queue queue;

    load.chunk = (double)INFINITY;
    el_queue_flow_begin(&flow, times, &load);
    return el_batch_choose(&flow, most, &queue);
}

static el_status decode_pool(el_pools *p, const el_queue_times *times,
                             const el_config *config, el_error *err)
{
    const el_optimize_query *q = p->query;
    el_queue_load load =
        el_queue_load_of(q, q->request_rate_hz / config->dp, config->batch);
    el_pool pool = {
        .setup = p->setup, .config = *config, .gpus = el_config_gpus(config)};
    el_prediction many;
    el_queue queue;
    double doubt;
    el_status st;

    load.chunk = (double)INFINITY; /* no prompts between the steps */
    el_queue_serve(times, &load, &queue);
    if (!(queue.utilisation <= EL_MAX_UTILISATION))
        return EL_OK;
    st = el_config_predict(q, config, queue.decoding, false, &many, err);
    if (st != EL_OK)
        return st;
    if (!el_is_known(many.decode_energy_j)) {
        p->no_phases = true;
        return EL_OK;
    }
    doubt = el_doubt_ratio(q, many.tpot_s, many.tpot_hi_s);
    pool.utilisation = queue.utilisation;
    pool.most_rate_hz = EL_MAX_UTILISATION * queue.most_rate_hz * config->dp;
    pool.in_flight = queue.busy;
    pool.time_s = queue.tpot_s;
    pool.time_limit_s = queue.tpot_tail_s * doubt;
    pool.wait_s = queue.place_s + 0.5 * (1.0 - queue.empty) * queue.tpot_s;
    pool.wait_limit_s = fmax(queue.ttft_tail_s - queue.tpot_tail_s, 0.0);
    pool.idle_j = idle_j(q, &pool, queue.empty);
    take_energy(&many, many.decode_energy_j, &pool);
    return push(p, &pool, err);
}

/* ---- all pools ---- */

/* The fewest replicas that hold the rate: Inf where none does. */
static double fewest(const el_pools *p, const el_queue_times *times,
                     double batch)
{
    const el_optimize_query *q = p->query;
    el_queue_load load = el_queue_load_of(q, 1e-9, batch);
    el_queue queue;

    if (p->prefill) {
        load.chunk = fmin(load.chunk, batch);
        el_queue_prefill(times, &load, &queue);
    } else {
        load.chunk = (double)INFINITY;
        el_queue_serve(times, &load, &queue);
    }
    if (!(queue.most_rate_hz > 0.0))
        return (double)INFINITY;
    return fmax(
        ceil(q->request_rate_hz / (EL_MAX_UTILISATION * queue.most_rate_hz)),
        1.0);
}

/* Replicas of one sharding with at most `most` requests: as few as hold the
 * rate, and some more. */
static el_status add_replicas(el_pools *p, el_config config,
                              const el_queue_times *times, double most,
                              bool automatic, el_error *err)
{
    const el_optimize_query *q = p->query;
    double least = fewest(p, times, most);
    double fit = floor(q->gpus / el_config_gpus(&config));
    double last = fmin(MORE_TIMES * least + MORE_REPLICAS, fmax(fit, least));
    el_status st = EL_OK;

    if (!isfinite(least) || least > 1e9)
        return EL_OK;
    config.dp = least;
    while (st == EL_OK && config.dp <= last) {
        config.batch = most;
        if (automatic)
            config.batch =
                decode_batch(q, times, q->request_rate_hz / config.dp, most);
        st = p->prefill ? prefill_pool(p, times, &config, err)
                        : decode_pool(p, times, &config, err);
        config.dp += fmax(floor(least / STEPS), 1.0);
    }
    return st;
}

static el_status add_prefill(el_pools *p, const el_config *config,
                             el_error *err)
{
    double most = prompts_together(p->query, config);
    el_queue_times times = {.n = 0};
    el_status st;

    if (!(most >= 1.0))
        return EL_OK;
    st = el_queue_times_make(p->query, config, most, &times, err);
    return st == EL_OK ? add_replicas(p, *config, &times, most, false, err)
                       : st;
}

static el_status add_decode(el_pools *p, const el_config *config, el_error *err)
{
    const el_optimize_query *q = p->query;
    const el_values *list = &q->batch;
    double cap =
        el_facts_kv_capacity(&q->facts, el_pool_ranks(config), config->pp);
    double room = fmin(el_config_most_requests(q, config), EL_MAX_BATCH);
    double most = room;
    el_queue_times times = {.n = 0};
    el_status st;

    if (el_is_known(cap) && !(cap >= q->isl + q->osl))
        return EL_OK;
    for (size_t i = 0; i < list->n; i++)
        most = i ? fmax(most, list->v[i]) : list->v[i];
    st = el_queue_times_make(q, config, most, &times, err);
    for (size_t i = 0; i < times.n; i++)
        times.prompts_s[i] = 0.0;
    if (st == EL_OK && !list->n)
        return add_replicas(p, *config, &times, room, true, err);
    for (size_t i = 0; st == EL_OK && i < list->n; i++)
        if (list->v[i] <= room)
            st = add_replicas(p, *config, &times, list->v[i], false, err);
    return st;
}

static el_status add_sharding(void *ctx, const el_config *config, el_error *err)
{
    el_pools *p = ctx;

    return p->prefill ? add_prefill(p, config, err)
                      : add_decode(p, config, err);
}

/* Each sharding of each setup's grid once: replicas and batches are chosen
 * here. */
el_status el_pools_gather(el_pools *pools, const el_optimize_query *query,
                          size_t n, el_error *err)
{
    el_status st = EL_OK;

    for (pools->setup = 0; st == EL_OK && pools->setup < n; pools->setup++) {
        el_optimize_query one = query[pools->setup];
        one.dp = one.batch = (el_values){1, {1.0}};
        pools->query = &query[pools->setup];
        st = el_config_walk(&one, add_sharding, pools, err);
    }
    if (st == EL_OK && !pools->n && pools->no_phases)
        return el_fail(err, EL_E_DATA,
                       "pools need joules of prefill and of decode: nothing "
                       "here tells them apart");
    return st;
}

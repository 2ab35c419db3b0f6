/* SPDX-License-Identifier: Apache-2.0 */
#include "model/disaggregate.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/candidate.h"
#include "model/load.h"
#include "model/queue.h"

/* Replicas tried beyond the fewest that hold the rate: more of them only cut
 * waiting, which a pool at a third of its load hardly has. */
#define MORE_REPLICAS 4.0
#define MORE_TIMES    2.0

/* Pools that could do one of the jobs. */
typedef struct pools {
    const el_optimize_query *query; /* of the setup being gathered */
    size_t setup;
    bool prefill;
    el_pool *v;
    size_t n, cap;
} pools;

static double ranks(const el_config *c)
{
    return fmax(c->tp, c->ep);
}

static el_status push(pools *p, const el_pool *pool, el_error *err)
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

static el_status phases_unknown(const char *what, el_error *err)
{
    return el_fail(err, EL_E_DATA,
                   "pools need predictions that tell prefill from decode: %s",
                   what);
}

/* ---- prefill ---- */

static el_status prefill_pool(pools *p, const el_queue_times *times,
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
    st = el_config_predict(q, config, queue.pass, &one, err);
    if (st != EL_OK)
        return st;
    if (!el_is_known(one.prefill_energy_j))
        return phases_unknown("this one has no joules of prefill", err);
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
    double cap = el_facts_kv_capacity(&q->facts, ranks(config), config->pp);
    double chunk = el_queue_load_of(q, 1.0, 1.0).chunk;

    if (el_is_known(cap) && !(cap >= q->isl))
        return 0.0; /* weights, or one prompt, do not fit */
    if (el_is_known(cap))
        chunk = fmin(chunk, cap / q->isl);
    return fmin(fmax(floor(chunk), 1.0), EL_MAX_BATCH);
}

/* ---- decode ---- */

/* Smallest batch of the grid that holds the load's peak with the margin, else
 * the most: as for replicas that do both. */
static double decode_batch(const el_optimize_query *q,
                           const el_queue_times *times, double rate_hz,
                           double most)
{
    el_queue_load load = el_queue_load_of(q, rate_hz, most);
    el_queue all, queue;

    load.chunk = (double)INFINITY;
    el_queue_serve(times, &load, &all);
    if (!(all.utilisation < 1.0))
        return most;
    load.batch = 1.0;
    while (load.batch < most) {
        el_queue_serve(times, &load, &queue);
        if (load.batch >= all.peak && queue.utilisation <= EL_MAX_UTILISATION &&
            queue.full <= 1.0 - load.percentile)
            break;
        load.batch = fmin(el_batch_next(load.batch), most);
    }
    return load.batch;
}

static el_status decode_pool(pools *p, const el_queue_times *times,
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
    st = el_config_predict(q, config, queue.busy, &many, err);
    if (st != EL_OK)
        return st;
    if (!el_is_known(many.decode_energy_j))
        return phases_unknown("this one has no joules of decode", err);
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
static double fewest(const pools *p, const el_queue_times *times, double batch)
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
static el_status add_replicas(pools *p, el_config config,
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
        config.dp += 1.0;
    }
    return st;
}

static el_status add_prefill(pools *p, const el_config *config, el_error *err)
{
    double most = prompts_together(p->query, config);
    el_queue_times times;
    el_status st;

    if (!(most >= 1.0))
        return EL_OK;
    st = el_queue_times_make(p->query, config, most, &times, err);
    return st == EL_OK ? add_replicas(p, *config, &times, most, false, err)
                       : st;
}

static el_status add_decode(pools *p, const el_config *config, el_error *err)
{
    const el_optimize_query *q = p->query;
    const el_values *list = &q->batch;
    double cap = el_facts_kv_capacity(&q->facts, ranks(config), config->pp);
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
    pools *p = ctx;

    return p->prefill ? add_prefill(p, config, err)
                      : add_decode(p, config, err);
}

/* Each sharding of each setup's grid once: replicas and batches are chosen
 * here. */
static el_status gather(pools *p, const el_optimize_query *query, size_t n,
                        el_error *err)
{
    el_status st = EL_OK;

    for (p->setup = 0; st == EL_OK && p->setup < n; p->setup++) {
        el_optimize_query one = query[p->setup];
        one.dp = one.batch = (el_values){1, {1.0}};
        p->query = &query[p->setup];
        st = el_config_walk(&one, add_sharding, p, err);
    }
    return st;
}

/* ---- pairs ---- */

/* What is asked, and what pairs look up. */
typedef struct asked {
    const el_optimize_query *query; /* n; load and limits of the first */
    const el_kv_link *link;
    const size_t *kind;
    size_t n;
} asked;

static el_kv_transfer transfer_of(const asked *a, const el_pool *from,
                                  const el_pool *to, double gpus)
{
    const el_kv_link *x = &a->link[from->setup], *y = &a->link[to->setup];
    bool apart = from->setup != to->setup;
    el_kv_transfer t = {.far = apart || gpus > a->query->node_gpus};
    double copies = ranks(&to->config) / fmin(ranks(&to->config), y->kv_parts);
    double send = fmin(ranks(&from->config), x->kv_parts) * from->config.pp;
    double receive = fmin(ranks(&to->config), y->kv_parts) * to->config.pp;
    double start_s =
        t.far ? fmax(x->far_start_s, y->far_start_s) : x->near_start_s;

    t.bytes_s = t.far ? fmin(x->far_bytes_s, y->far_bytes_s) : x->near_bytes_s;
    t.bytes = y->kv_bytes * copies;
    t.time_s = start_s + y->kv_bytes / fmin(send, receive) / t.bytes_s;
    t.energy_j = 0.5 * (x->j_per_byte + y->j_per_byte) * t.bytes;
    return t;
}

/* Idle watts of the GPUs that fill up the nodes. */
static double spare_w(const asked *a, const el_disaggregated *d)
{
    const el_optimize_query *q = a->query;
    const el_pool *pool[] = {&d->prefill, &d->decode};
    bool mixed = d->prefill.setup != d->decode.setup;
    double watts = 0.0;

    for (size_t i = 0; i < (mixed ? 2 : 1); i++) {
        double gpus = mixed ? pool[i]->gpus : d->gpus;
        double spare = ceil(gpus / q->node_gpus) * q->node_gpus - gpus;
        if (spare > 0.0)
            watts += spare * a->query[pool[i]->setup].facts.gpu_idle_w;
    }
    return q->scope == EL_SCOPE_GPUS ? 0.0 : watts;
}

static void check(el_disaggregated *d, el_limit limit, double value,
                  double allowed)
{
    if (el_is_known(allowed) && !(value <= allowed))
        d->reason[d->n_reason++] = (el_reason){limit, value, allowed};
}

static double miss(const el_disaggregated *d)
{
    double most = 1.0;

    for (size_t i = 0; i < d->n_reason; i++)
        most = fmax(most, d->reason[i].value / d->reason[i].allowed);
    return most;
}

static void set_times(const el_optimize_query *q, el_disaggregated *d)
{
    double steps = q->osl - 1.0;

    d->ttft_s = d->prefill.time_s + d->transfer.time_s + d->decode.wait_s;
    d->tpot_s = d->decode.time_s;
    d->latency_s = d->ttft_s + steps * d->tpot_s;
    d->ttft_limit_s =
        d->prefill.time_limit_s + d->transfer.time_s + d->decode.wait_limit_s;
    d->tpot_limit_s = d->decode.time_limit_s;
    d->latency_limit_s = d->ttft_limit_s + steps * d->tpot_limit_s;
    check(d, EL_LIMIT_GPUS, d->gpus, q->gpus);
    check(d, EL_LIMIT_TTFT, d->ttft_limit_s, q->ttft_s);
    check(d, EL_LIMIT_TPOT, d->tpot_limit_s, q->tpot_s);
    check(d, EL_LIMIT_LATENCY, d->latency_limit_s, q->latency_s);
    d->feasible = d->n_reason == 0;
}

static void set_energies(const asked *a, el_disaggregated *d)
{
    const el_optimize_query *q = a->query;
    double pue = q->scope == EL_SCOPE_FACILITY ? q->pue : 1.0;
    double sure, mid, lo, hi;

    d->idle_energy_per_request_j = d->prefill.idle_j + d->decode.idle_j +
                                   spare_w(a, d) / q->request_rate_hz;
    sure = d->transfer.energy_j + d->idle_energy_per_request_j;
    mid = d->prefill.energy_j + d->decode.energy_j + sure;
    lo = d->prefill.energy_j * d->prefill.lo +
         d->decode.energy_j * d->decode.lo + sure;
    hi = d->prefill.energy_j * d->prefill.hi +
         d->decode.energy_j * d->decode.hi + sure;
    d->energy_per_request_j = pue * mid;
    d->energy_per_request_lo_j = pue * lo;
    d->energy_per_request_hi_j = pue * hi;
    d->overhead_energy_per_request_j = (pue - 1.0) * mid;
    d->energy_per_output_token_j = d->energy_per_request_j / q->osl;
    d->requests_per_s = q->request_rate_hz;
    d->avg_power_w = d->energy_per_request_j * d->requests_per_s;
}

static el_source weaker(el_source a, el_source b)
{
    return a > b ? a : b;
}

static el_disaggregated pair_of(const asked *a, const el_pool *prefill,
                                const el_pool *decode)
{
    el_disaggregated d = {.found = true,
                          .prefill = *prefill,
                          .decode = *decode,
                          .gpus = prefill->gpus + decode->gpus};

    d.transfer = transfer_of(a, prefill, decode, d.gpus);
    d.source = weaker(weaker(prefill->source, decode->source),
                      weaker(a->query[prefill->setup].match_source,
                             a->query[decode->setup].match_source));
    set_times(a->query, &d);
    set_energies(a, &d);
    return d;
}

/* Feasible ones by energy, then the rest by miss; fewer GPUs where equal. */
static bool better(const el_disaggregated *a, const el_disaggregated *b)
{
    double x = a->feasible ? 1.0 : miss(a), y = b->feasible ? 1.0 : miss(b);

    if (!b->found || a->feasible != b->feasible)
        return !b->found || a->feasible;
    if (x != y)
        return x < y;
    if (a->energy_per_request_j != b->energy_per_request_j)
        return a->energy_per_request_j < b->energy_per_request_j;
    return a->gpus < b->gpus;
}

static bool go_together(const asked *a, const el_pool *x, const el_pool *y)
{
    return !a->kind || a->kind[x->setup] == a->kind[y->setup];
}

static el_disaggregated best_pair(const asked *a, const pools *prefill,
                                  const pools *decode)
{
    el_disaggregated best = {.found = false};
    size_t n_pairs = 0;

    for (size_t i = 0; i < prefill->n; i++) {
        for (size_t k = 0; k < decode->n; k++) {
            el_disaggregated d;
            if (!go_together(a, &prefill->v[i], &decode->v[k]))
                continue;
            n_pairs++;
            d = pair_of(a, &prefill->v[i], &decode->v[k]);
            if (better(&d, &best))
                best = d;
        }
    }
    best.n_pairs = n_pairs;
    return best;
}

static el_status check_query(const el_optimize_query *q, const el_kv_link *link,
                             el_error *err)
{
    el_status st = el_optimize_check(q, err);

    if (st != EL_OK)
        return st;
    if (!el_is_known(q->request_rate_hz))
        return el_fail(err, EL_E_ARG,
                       "pools need a request rate: they are sized for it");
    if (!el_is_known(q->isl))
        return el_fail(err, EL_E_ARG, "pools need isl");
    if (!(q->osl >= 2.0))
        return el_fail(err, EL_E_ARG,
                       "osl: pools need 2 tokens or more (%g): a single one "
                       "leaves nothing to decode",
                       q->osl);
    if (q->fit_scope != EL_SCOPE_GPUS)
        return el_fail(err, EL_E_DATA,
                       "this fit holds joules of the whole node: pools need "
                       "those of their own GPUs");
    if (!(link->kv_bytes >= 0.0))
        return phases_unknown("the bytes of a KV cache are unknown", err);
    if (!q->predict &&
        !(q->fit->has[EL_TARGET_TTFT] && q->fit->has[EL_TARGET_ITL]))
        return phases_unknown("this fit has no ttft_s or no itl_s", err);
    return EL_OK;
}

el_status el_disaggregate(const el_optimize_query *query,
                          const el_kv_link *link, const size_t *kind, size_t n,
                          el_disaggregated *out, el_error *err)
{
    const asked a = {query, link, kind, n};
    pools prefill = {.prefill = true}, decode = {.prefill = false};
    el_status st = n ? EL_OK : el_fail(err, EL_E_ARG, "pools: no setup");

    for (size_t i = 0; st == EL_OK && i < n; i++)
        st = check_query(&query[i], &link[i], err);
    if (st == EL_OK)
        st = gather(&prefill, query, n, err);
    if (st == EL_OK)
        st = gather(&decode, query, n, err);
    if (st == EL_OK)
        *out = best_pair(&a, &prefill, &decode);
    el_free(prefill.v);
    el_free(decode.v);
    return st;
}

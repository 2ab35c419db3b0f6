/* SPDX-License-Identifier: Apache-2.0 */
#include "model/disaggregate.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/candidate.h"
#include "model/pools.h"
#include "model/predict.h"

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
    double copies = el_pool_ranks(&to->config) /
                    fmin(el_pool_ranks(&to->config), y->kv_parts);
    double send =
        fmin(el_pool_ranks(&from->config), x->kv_parts) * from->config.pp;
    double receive =
        fmin(el_pool_ranks(&to->config), y->kv_parts) * to->config.pp;
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
        double spare = el_spare_gpus(gpus, q->node_gpus);
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

static el_disaggregated pair_of(const asked *a, const el_pool *prefill,
                                const el_pool *decode)
{
    el_disaggregated d = {.found = true,
                          .prefill = *prefill,
                          .decode = *decode,
                          .gpus = prefill->gpus + decode->gpus};

    d.transfer = transfer_of(a, prefill, decode, d.gpus);
    d.source = el_source_weaker(
        el_source_weaker(prefill->source, decode->source),
        el_source_weaker(a->query[prefill->setup].match_source,
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

static el_disaggregated best_pair(const asked *a, const el_pools *prefill,
                                  const el_pools *decode)
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
        return el_fail(err, EL_E_DATA,
                       "pools need the bytes of a KV cache: unknown here");
    if (!q->predict &&
        !(q->fit->has[EL_TARGET_TTFT] && q->fit->has[EL_TARGET_ITL]))
        return el_fail(err, EL_E_DATA,
                       "pools need times of prefill and of decode: this fit "
                       "has no ttft_s or no itl_s");
    return EL_OK;
}

el_status el_disaggregate(const el_optimize_query *query,
                          const el_kv_link *link, const size_t *kind, size_t n,
                          el_disaggregated *out, el_error *err)
{
    const asked a = {query, link, kind, n};
    el_pools prefill = {.prefill = true}, decode = {.prefill = false};
    el_status st = n ? EL_OK : el_fail(err, EL_E_ARG, "pools: no setup");

    for (size_t i = 0; st == EL_OK && i < n; i++)
        st = check_query(&query[i], &link[i], err);
    if (st == EL_OK)
        st = el_pools_gather(&prefill, query, n, err);
    if (st == EL_OK)
        st = el_pools_gather(&decode, query, n, err);
    if (st == EL_OK)
        *out = best_pair(&a, &prefill, &decode);
    el_free(prefill.v);
    el_free(decode.v);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "app/account_deploy.h"

#include <math.h>
#include <string.h>

#include "app/account_log.h"
#include "base/units.h"
#include "model/candidate.h"
#include "model/load.h"

typedef el_account_work work;

const el_model *el_account_fitted(const el_optimize_query *query)
{
    if (query->predict || !query->fit)
        return NULL;
    return query->fit->model[EL_TARGET_ENERGY].n_rows > 0
               ? &query->fit->model[EL_TARGET_ENERGY]
               : NULL;
}

/* At the mean number in flight. */
static el_bands bands_of(const el_optimize_query *q, el_deployment *d)
{
    const el_replica_sum *sum = &d->traffic.sum;
    el_bands by;

    if (el_config_bands(q, &d->config, sum->tokens / fmax(sum->steps, 1.0),
                        &by))
        d->source = by.source;
    return by;
}

/* Energy of the boundary from that of the replicas, and what it emits. */
static void account_scope(const work *w, const el_optimize_query *q,
                          const el_bands *by, el_deployment *d)
{
    const el_replica_sum *sum = &d->traffic.sum;
    double busy_j = sum->prefill_j + sum->decode_j;
    double spare = el_query_spare_gpus(q, d->gpus);
    double pue = 1.0, own_j;

    if (el_is_known(w->ask->pue))
        pue = w->ask->pue;
    else if (q->scope == EL_SCOPE_FACILITY)
        pue = q->pue;
    d->idle_j = sum->idle_j;
    d->spare_j =
        spare > 0.0 ? spare * q->facts.gpu_idle_w * d->traffic.span_s : 0.0;
    own_j = d->idle_j + d->spare_j;
    d->overhead_j = (pue - 1.0) * (busy_j + own_j);
    d->energy_j = pue * (busy_j + own_j);
    d->energy_lo_j = pue * (busy_j * by->energy_lo + own_j);
    d->energy_hi_j = pue * (busy_j * by->energy_hi + own_j);
    d->cost = el_tariff_cost(&w->out->tariff, d->energy_j);
}

static void account_carbon(const work *w, el_deployment *d)
{
    double all_j = 0.0, grams_kwh = 0.0;

    for (size_t k = 0; k < w->bins.n; k++) {
        all_j += w->bins.energy_j[k];
        grams_kwh += w->bins.energy_j[k] * el_account_intensity(w->out, k);
    }
    d->carbon_g = all_j > 0.0 ? d->energy_j / EL_J_PER_KWH * grams_kwh / all_j
                              : EL_UNKNOWN;
}

static bool keeps(const el_optimize_query *q, const el_traffic *t)
{
    if (t->sum.n_refused > 0)
        return false;
    return (!el_is_known(q->ttft_s) || t->ttft_tail_s <= q->ttft_s) &&
           (!el_is_known(q->tpot_s) || !(t->tpot_tail_s > q->tpot_s));
}

static el_scaling scaling_of(const el_account_ask *ask, el_account_kind kind)
{
    static const el_scaling fixed = {.interval_s = INFINITY, .least = 1};

    return kind == EL_ACCOUNT_SLEEP   ? ask->by_load
           : kind == EL_ACCOUNT_QUEUE ? ask->by_queue
                                      : fixed;
}

static el_status serve(work *w, const el_deployment *d,
                       const el_replica *replica, el_bins *bins,
                       el_traffic *out)
{
    const el_optimize_query *q = &w->out->state.setups.query[d->setup];
    const el_promise promise = {q->ttft_s, q->tpot_s, q->percentile};
    const el_scaling scaling = scaling_of(w->ask, d->kind);
    const el_replicas all = {replica, (size_t)d->config.dp, &scaling, &promise,
                             w->out->log.until_s};

    return el_traffic_serve(&all, &w->arrivals, bins, NULL, w->task, out,
                            w->err);
}

/* The same requests, were every pass and step as slow as the model allows:
 * queues then grow by more than that. */
static el_status serve_slowly(work *w, const el_bands *by, el_replica *replica,
                              el_deployment *d)
{
    const el_optimize_query *q = &w->out->state.setups.query[d->setup];
    el_bins none = {0};
    el_traffic slow;
    el_status st;

    d->slow_ttft_tail_s = d->slow_tpot_tail_s = d->slow_kept = EL_UNKNOWN;
    d->keeps_surely = false;
    if (!d->keeps || !el_is_known(by->ttft_hi + by->tpot_hi))
        return EL_OK;
    for (size_t k = 0; k < replica->n_knot; k++)
        replica->pass_s[k] *= by->ttft_hi;
    for (size_t k = 0; k < replica->batch; k++) {
        replica->step_s[k] *= by->tpot_hi;
        replica->context_s[k] *= by->tpot_hi;
    }
    st = serve(w, d, replica, &none, &slow);
    if (st != EL_OK)
        return st;
    d->slow_ttft_tail_s = slow.ttft_tail_s;
    d->slow_tpot_tail_s = slow.tpot_tail_s;
    d->slow_kept = slow.kept;
    d->keeps_surely = keeps(q, &slow);
    return EL_OK;
}

el_status el_account_deploy(work *w, const el_deployment *what,
                            el_deployment *out)
{
    const el_optimize_query *q = &w->out->state.setups.query[what->setup];
    el_deployment d = *what;
    el_replica replica;
    el_bands by;
    el_status st = el_replica_of(q, &d.config, &w->lengths, &replica, w->err);

    if (st != EL_OK)
        return st;
    memset(w->bins.energy_j, 0, w->bins.n * sizeof *w->bins.energy_j);
    st = serve(w, &d, &replica, &w->bins, &d.traffic);
    if (st == EL_OK) {
        d.gpus = el_config_gpus(&d.config);
        d.peak_batch_seen = el_account_fitted(q)
                                ? el_account_fitted(q)->hi[EL_AXIS_BATCH]
                                : EL_UNKNOWN;
        by = bands_of(q, &d);
        account_scope(w, q, &by, &d);
        account_carbon(w, &d);
        d.keeps = keeps(q, &d.traffic);
        st = serve_slowly(w, &by, &replica, &d);
    }
    el_replica_clear(&replica);
    if (st == EL_OK)
        *out = d;
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What one configuration does under the load, and which limits it breaks. */
#include "model/candidate.h"

#include <math.h>
#include <string.h>

#include "model/load.h"
#include "model/predict.h"
#include "model/queue.h"

/* What the steps below hand on. */
typedef struct work {
    const el_optimize_query *query;
    el_config config;
    el_error *err;
    double rate_hz; /* offered to one replica; NaN offline */
    el_queue queue; /* with a rate: what one replica does */
    el_candidate_memo *memo;
} work;

const char *el_limit_name(el_limit limit)
{
    static const char *const name[EL_N_LIMITS] = {
        "gpus", "weights", "kv_cache", "request_rate",
        "ttft", "tpot",    "latency"};

    return name[limit];
}

double el_candidate_miss(const el_candidate *candidate)
{
    double miss = 1.0;

    if (!candidate->feasible && !el_is_known(candidate->energy_per_request_j))
        return INFINITY; /* limits that it keeps or not do not matter */
    for (size_t i = 0; i < candidate->n_reason; i++) {
        const el_reason *r = &candidate->reason[i];
        double ratio =
            r->allowed > 0.0 ? r->value / r->allowed : (double)INFINITY;
        miss = fmax(miss, ratio);
    }
    return miss;
}

static void check_limit(el_candidate *c, el_limit limit, double value,
                        double allowed)
{
    if (!el_is_known(allowed) || value <= allowed)
        return; /* an unknown value does not pass */
    c->reason[c->n_reason++] = (el_reason){limit, value, allowed};
}

/* Energies: of the requests that share a step under a rate, where prompts join
 * them one by one; offline of a batch that starts together. */
static el_status predict(const work *w, const el_candidate *c,
                         el_prediction *out)
{
    bool flows = el_is_known(w->rate_hz);
    double batch =
        flows && c->utilisation < 1.0 ? w->queue.decoding : c->in_flight;

    return el_config_predict(w->query, &w->config, batch, flows, out, w->err);
}

/* Times of this sharding up to `most`, in the memo: replicas share them. */
static el_status find_times(work *w, double most, el_queue_flow *flow)
{
    el_candidate_memo *m = w->memo;
    const el_queue_load load = el_queue_load_of(w->query, w->rate_hz, most);
    el_status st;

    if (m->query != w->query ||
        !el_config_same_times(w->query, &m->config, &w->config))
        m->times.n = 0;
    st = el_queue_times_make(w->query, &w->config, most, &m->times, w->err);
    m->query = w->query;
    m->config = w->config;
    el_queue_flow_begin(flow, &m->times, &load);
    return st;
}

/* The queue at the batch limit; without one, the limit that holds the load. */
static el_status find_queue(work *w)
{
    double most =
        fmin(el_config_most_requests(w->query, &w->config), EL_MAX_BATCH);
    double top = 1.0;
    el_queue_flow flow;
    el_status st;

    if (el_is_known(w->config.batch)) {
        st = find_times(w, w->config.batch, &flow);
        if (st == EL_OK)
            el_queue_flow_serve(&flow, w->config.batch, &w->queue);
        return st;
    }
    while (el_batch_next(top) <= most)
        top = el_batch_next(top);
    st = find_times(w, top, &flow);
    if (st == EL_OK)
        w->config.batch = el_batch_choose(&flow, top, &w->queue);
    return st;
}

/* Utilisation and requests in flight. */
static void place_load(const work *w, el_candidate *c)
{
    c->in_flight = c->in_flight_peak = w->config.batch;
    c->utilisation = 1.0;
    if (!el_is_known(w->rate_hz))
        return;
    c->utilisation = w->queue.utilisation;
    check_limit(c, EL_LIMIT_RATE, w->query->request_rate_hz,
                w->config.dp * w->queue.most_rate_hz * EL_MAX_UTILISATION);
    if (!(c->utilisation < 1.0))
        return; /* always full, and a queue that grows */
    c->in_flight = w->queue.busy;
    c->in_flight_peak = w->queue.peak;
}

static void check_memory(const work *w, el_candidate *c)
{
    const el_facts *f = &w->query->facts;
    double shards = fmax(w->config.tp, w->config.ep) * w->config.pp;
    double cap = el_facts_kv_capacity(f, shards, 1.0);
    double weights = f->dense_bytes + f->expert_bytes;
    double unit = f->kv_bytes_per_token > 0.0 ? f->kv_bytes_per_token : 1.0;
    double isl = el_is_known(w->query->isl) ? w->query->isl : 0.0;

    if (cap <= 0.0)
        check_limit(c, EL_LIMIT_WEIGHTS, weights / shards,
                    fmax((cap * unit + weights) / shards, 0.0));
    else if (el_is_known(cap))
        check_limit(c, EL_LIMIT_KV_CACHE,
                    w->config.batch * (isl + w->query->osl), cap);
}

double el_spare_gpus(double gpus, double node_gpus)
{
    return ceil(gpus / node_gpus) * node_gpus - gpus;
}

double el_query_spare_gpus(const el_optimize_query *query, double gpus)
{
    if (query->scope == EL_SCOPE_GPUS || query->fit_scope != EL_SCOPE_GPUS)
        return 0.0;
    return el_spare_gpus(gpus, query->node_gpus);
}

/* Idle watts that the load pays for: empty replicas, idle GPUs of the node. */
static double idle_watts(const work *w, const el_candidate *c)
{
    const el_optimize_query *q = w->query;
    double empty = 0.0, spare = el_query_spare_gpus(q, c->gpus);

    if (el_is_known(w->rate_hz) && c->utilisation < 1.0)
        empty = c->gpus * w->queue.empty;
    if (empty + spare <= 0.0)
        return 0.0;
    if (!el_is_known(q->facts.gpu_idle_w)) /* el_optimize_check saw to spare */
        return 0.0;
    return (empty + spare) * q->facts.gpu_idle_w;
}

static void account_energy(const work *w, el_candidate *c)
{
    const el_optimize_query *q = w->query;
    const el_prediction *p = &c->prediction;
    double pue = q->scope == EL_SCOPE_FACILITY ? q->pue : 1.0;
    double watts = idle_watts(w, c);
    double idle = watts > 0.0 ? watts / c->requests_per_s : 0.0;

    c->idle_energy_per_request_j = idle;
    c->overhead_energy_per_request_j =
        (pue - 1.0) * (p->energy_per_request_j + idle);
    c->energy_per_request_j = pue * (p->energy_per_request_j + idle);
    c->energy_per_request_lo_j = pue * (p->energy_per_request_lo_j + idle);
    c->energy_per_request_hi_j = pue * (p->energy_per_request_hi_j + idle);
    c->energy_per_output_token_j = c->energy_per_request_j / q->osl;
    c->avg_power_w = c->energy_per_request_j * c->requests_per_s;
}

static double doubt(const work *w, double value, double hi)
{
    return el_is_known(value) ? el_doubt_ratio(w->query, value, hi) : 1.0;
}

/*
 * Offline: those of a batch that starts together. A fitted TTFT is that of
 * prompts that arrive together; with a rate they arrive one by one, and the
 * queue says how long one waits and what prompts take from decoding.
 */
static void set_times(const work *w, el_candidate *c)
{
    const el_prediction *p = &c->prediction;
    double steps = fmax(w->query->osl - 1.0, 0.0);
    bool flows = el_is_known(w->rate_hz) && c->utilisation < 1.0;

    c->ttft_s = p->ttft_s;
    c->tpot_s = p->tpot_s;
    c->latency_s = el_request_latency(p, w->query->osl);
    if (!flows)
        return;
    if (el_is_known(p->ttft_s))
        c->ttft_s = w->queue.ttft_s;
    if (el_is_known(p->tpot_s))
        c->tpot_s = w->queue.tpot_s;
    c->latency_s = w->queue.ttft_s + w->queue.tpot_s * steps;
}

/* The same at the percentile of the load and of doubt. */
static void set_limit_times(const work *w, el_candidate *c)
{
    const el_prediction *p = &c->prediction;
    double steps = fmax(w->query->osl - 1.0, 0.0);
    double first = doubt(w, p->ttft_s, p->ttft_hi_s);
    double each = doubt(w, p->tpot_s, p->tpot_hi_s);

    c->ttft_limit_s = c->ttft_s * first;
    c->tpot_limit_s = c->tpot_s * each;
    c->latency_limit_s = c->ttft_limit_s + c->tpot_limit_s * steps;
    if (el_is_known(w->rate_hz) && c->utilisation < 1.0) {
        if (el_is_known(p->ttft_s))
            c->ttft_limit_s = w->queue.ttft_tail_s * first;
        if (el_is_known(p->tpot_s))
            c->tpot_limit_s = w->queue.tpot_tail_s * each;
        c->latency_limit_s =
            w->queue.ttft_tail_s * first + w->queue.tpot_tail_s * each * steps;
    }
    if (!el_is_known(c->latency_limit_s))
        c->latency_limit_s = c->latency_s;
}

/* The wait in a queue that grows has no number: the rate is what is broken. */
static void check_times(const work *w, el_candidate *c)
{
    const el_optimize_query *q = w->query;

    check_limit(c, EL_LIMIT_TPOT, c->tpot_limit_s, q->tpot_s);
    if (el_is_known(w->rate_hz) && !(c->utilisation < 1.0))
        return;
    check_limit(c, EL_LIMIT_TTFT, c->ttft_limit_s, q->ttft_s);
    check_limit(c, EL_LIMIT_LATENCY, c->latency_limit_s, q->latency_s);
}

static void set_rates(const work *w, el_candidate *c)
{
    if (!el_is_known(w->rate_hz))
        c->requests_per_s = w->config.dp * c->in_flight / c->latency_s;
    else if (c->utilisation < 1.0)
        c->requests_per_s = w->query->request_rate_hz;
    else
        c->requests_per_s = w->config.dp * w->queue.most_rate_hz;
    c->tokens_per_s = c->requests_per_s * w->query->osl;
}

static el_status evaluate(work *w, el_candidate *c)
{
    el_status st;

    check_limit(c, EL_LIMIT_GPUS, c->gpus, w->query->gpus);
    check_memory(w, c);
    place_load(w, c);
    st = predict(w, c, &c->prediction);
    if (st != EL_OK)
        return st;
    set_times(w, c);
    set_limit_times(w, c);
    c->source = el_source_weaker(c->prediction.source, w->query->match_source);
    set_rates(w, c);
    account_energy(w, c);
    check_times(w, c);
    c->feasible = c->n_reason == 0 && isfinite(c->energy_per_request_j);
    return EL_OK;
}

el_status el_candidate_next(const el_optimize_query *query,
                            const el_config *config, el_candidate_memo *memo,
                            el_candidate *out, el_error *err)
{
    work w = {.query = query, .config = *config, .memo = memo, .err = err};
    el_candidate c = {.isl = query->isl, .osl = query->osl};
    double fill;
    el_status st = EL_OK;

    if (!el_is_known(w.config.dp)) {
        w.config.dp = 1.0;
        fill = floor(query->gpus / el_config_gpus(&w.config));
        w.config.dp = fmax(fill, 1.0);
    }
    w.rate_hz = query->request_rate_hz / w.config.dp;
    if (el_is_known(w.rate_hz))
        st = find_queue(&w);
    else if (!el_is_known(w.config.batch))
        w.config.batch =
            fmin(el_config_most_requests(query, &w.config), EL_MAX_BATCH);
    if (st != EL_OK)
        return st;
    c.config = w.config;
    c.gpus = el_config_gpus(&w.config);
    st = evaluate(&w, &c);
    if (st == EL_OK)
        *out = c;
    return st;
}

el_status el_candidate_make(const el_optimize_query *query,
                            const el_config *config, el_candidate *out,
                            el_error *err)
{
    el_candidate_memo memo = {.query = NULL};

    return el_candidate_next(query, config, &memo, out, err);
}

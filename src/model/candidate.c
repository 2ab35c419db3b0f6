/* SPDX-License-Identifier: Apache-2.0 */
/* What one configuration does under the load, and which limits it breaks. */
#include "model/candidate.h"

#include <math.h>
#include <string.h>

#include "num/stats.h"

#define SOLVE_RTOL 1e-9 /* in-flight requests; far below model doubt */
#define SOLVE_MAX  80
#define LEVEL_TAIL 0.95 /* upper end of a two-sided EL_LEVEL interval */

/* What the steps below hand on. */
typedef struct work {
    const el_optimize_query *query;
    el_config config;
    el_error *err;
    double rate_hz; /* offered to one replica; NaN offline */
    double z;       /* normal quantile of the percentile */
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

/* TTFT + TPOT (O - 1), else the fitted run time; without either, prompts
 * take one step: a TPOT measured while serving has their work in it. */
static double request_latency(const el_prediction *p, double osl)
{
    double latency_s = p->ttft_s + p->tpot_s * fmax(osl - 1.0, 0.0);

    if (el_is_known(latency_s))
        return latency_s;
    return el_is_known(p->latency_s) ? p->latency_s : p->tpot_s * osl;
}

/* Replicas are servers apart, so that dp is no extrapolation of a fit that saw
 * one; a fit that saw several may have learned what they cost each other. */
static double fitted_dp(const work *w)
{
    const el_group_fit *fit = w->query->predict ? NULL : w->query->fit;

    return fit && fit->model[EL_TARGET_ENERGY].hi[EL_AXIS_DP] > 1.0
               ? w->config.dp
               : 1.0;
}

static el_status predict_at(const work *w, double batch, el_prediction *out)
{
    const el_optimize_query *q = w->query;
    el_point point = {.tp = w->config.tp,
                      .pp = w->config.pp,
                      .ep = w->config.ep,
                      .dp = fitted_dp(w),
                      .batch = batch,
                      .isl = q->isl,
                      .osl = q->osl,
                      .workload = -1,
                      .steady = true}; /* servers run for days */

    if (q->predict)
        return q->predict(q->predict_ctx, &point, q->workload, batch, out,
                          w->err);
    return el_fit_predict(q->fit, &q->facts, &point, q->workload, batch, out,
                          w->err);
}

/* Mean in flight while a replica has any, when the mean over all time is n. */
static double busy_batch(double n)
{
    return n < 1e-9 ? 1.0 : n / -expm1(-n);
}

/* n - rate latency(b(n)): negative while more arrive than n accounts for. */
static el_status imbalance(const work *w, double n, double *out)
{
    el_prediction p;
    el_status st = predict_at(w, busy_batch(n), &p);

    if (st == EL_OK)
        *out = n - w->rate_hz * request_latency(&p, w->query->osl);
    return st;
}

/* Little's law by regula falsi (Illinois); the root is within [0, most] and
 * imbalance(most) = g_most >= 0. */
static el_status solve_in_flight(const work *w, double most, double g_most,
                                 double *out)
{
    double lo = 0.0, hi = most, g_lo = 0.0, g_hi = g_most, n = most;
    el_status st = imbalance(w, lo, &g_lo);
    int side = 0;

    for (int k = 0; st == EL_OK && k < SOLVE_MAX; k++) {
        double g = 0.0;
        if (hi - lo <= SOLVE_RTOL * hi || g_hi == 0.0)
            break;
        n = (lo * g_hi - hi * g_lo) / (g_hi - g_lo);
        st = imbalance(w, n, &g);
        if (fabs(g) <= SOLVE_RTOL * n)
            break;
        if (g > 0.0) {
            hi = n;
            g_hi = g;
            g_lo *= side > 0 ? 0.5 : 1.0;
            side = 1;
        } else {
            lo = n;
            g_lo = g;
            g_hi *= side < 0 ? 0.5 : 1.0;
            side = -1;
        }
    }
    *out = n;
    return st;
}

/* Share of a full batch's throughput that the rate takes. */
static el_status utilisation_at(const work *w, double batch, double *out)
{
    el_prediction p;
    el_status st = predict_at(w, batch, &p);

    if (st == EL_OK)
        *out = w->rate_hz * request_latency(&p, w->query->osl) / batch;
    return st;
}

static double peak(const work *w, double n)
{
    return fmax(n + w->z * sqrt(n), 1.0);
}

/* Smallest grid value that holds the load's peak with the margin, else the
 * largest that fits. */
static el_status choose_batch(work *w, double *batch)
{
    double most =
        fmin(el_config_most_requests(w->query, &w->config), EL_MAX_BATCH);
    double top = 1.0, b = 1.0, used, n;
    el_status st;

    while (el_batch_next(top) <= most)
        top = el_batch_next(top);
    *batch = top;
    st = utilisation_at(w, top, &used);
    if (st != EL_OK || used >= EL_MAX_UTILISATION)
        return st;
    st = solve_in_flight(w, top, top * (1.0 - used), &n);
    while (st == EL_OK && b < top) {
        if (b >= peak(w, n)) {
            st = utilisation_at(w, b, &used);
            if (used <= EL_MAX_UTILISATION)
                break;
        }
        b = el_batch_next(b);
    }
    *batch = b;
    return st;
}

/* Utilisation and requests in flight; *mean counts empty times too. */
static el_status place_load(const work *w, el_candidate *c, double *mean)
{
    double batch = w->config.batch, used;
    el_status st;

    c->in_flight = c->in_flight_peak = *mean = batch;
    c->utilisation = 1.0;
    if (!el_is_known(w->rate_hz))
        return EL_OK;
    st = utilisation_at(w, batch, &used);
    if (st != EL_OK)
        return st;
    c->utilisation = used;
    check_limit(c, EL_LIMIT_RATE, w->query->request_rate_hz,
                w->query->request_rate_hz * EL_MAX_UTILISATION / used);
    if (used >= 1.0)
        return EL_OK; /* always full, and a queue that grows */
    st = solve_in_flight(w, batch, batch * (1.0 - used), mean);
    c->in_flight = fmin(busy_batch(*mean), batch);
    c->in_flight_peak = fmax(fmin(peak(w, *mean), batch), c->in_flight);
    return st;
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

/* Idle watts that the load pays for: empty replicas, idle GPUs of the node. */
static double idle_watts(const work *w, const el_candidate *c, double mean)
{
    const el_optimize_query *q = w->query;
    double empty = 0.0, spare = 0.0;

    if (el_is_known(w->rate_hz) && c->utilisation < 1.0)
        empty = c->gpus * exp(-mean);
    if (q->scope != EL_SCOPE_GPUS && q->fit_scope == EL_SCOPE_GPUS)
        spare = ceil(c->gpus / q->node_gpus) * q->node_gpus - c->gpus;
    if (empty + spare <= 0.0)
        return 0.0;
    if (!el_is_known(q->facts.gpu_idle_w)) /* el_optimize_check saw to spare */
        return 0.0;
    return (empty + spare) * q->facts.gpu_idle_w;
}

static void account_energy(const work *w, double mean, el_candidate *c)
{
    const el_optimize_query *q = w->query;
    const el_prediction *p = &c->prediction;
    double pue = q->scope == EL_SCOPE_FACILITY ? q->pue : 1.0;
    double watts = idle_watts(w, c, mean);
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

/* value at the percentile; hi is the upper end of the printed interval */
static double at_percentile(const work *w, double value, double hi)
{
    return value * pow(hi / value, w->z / el_normal_quantile(LEVEL_TAIL));
}

/* Prompts that one waits for and itself, in prompts: M/D/1, mean wait
 * rho / 2 (1 - rho), tail P(wait > t) = rho exp(-2 (1 - rho) t). */
static double prompts_ahead(const work *w, const el_prediction *p, double batch,
                            bool at_peak)
{
    double rho = fmin(w->rate_hz * p->ttft_s / batch, EL_MAX_UTILISATION);
    double tail = 1.0 - w->query->percentile / 100.0;
    double mean_if_any = 0.5 / (1.0 - rho);

    if (!at_peak)
        return 1.0 + rho * mean_if_any;
    return 1.0 + fmax(log(rho / tail), rho) * mean_if_any;
}

typedef struct times {
    double ttft_s, tpot_s, latency_s;
} times;

/*
 * Times of one request when `batch` are in flight (predicted as p): medians,
 * or at_peak at the percentile. A fitted TTFT is that of prompts that arrive
 * together: so it is offline. With a rate they arrive one by one: each waits
 * for its own prompt and for those ahead, and the rest of the work on prompts
 * holds up decoding.
 */
static el_status times_at(const work *w, const el_prediction *p, double batch,
                          bool at_peak, times *out)
{
    double steps = fmax(w->query->osl - 1.0, 0.0);
    double all_s = request_latency(p, w->query->osl);
    el_prediction first = *p;
    el_status st = EL_OK;

    if (el_is_known(w->rate_hz) && el_is_known(p->ttft_s))
        st = predict_at(w, prompts_ahead(w, p, batch, at_peak), &first);
    out->ttft_s = first.ttft_s;
    out->tpot_s = p->tpot_s;
    if (steps > 0.0 && el_is_known(w->rate_hz) && el_is_known(first.ttft_s))
        out->tpot_s = fmax(p->tpot_s, (all_s - first.ttft_s) / steps);
    if (at_peak) {
        out->ttft_s = at_percentile(w, first.ttft_s, first.ttft_hi_s);
        out->tpot_s *= at_percentile(w, p->tpot_s, p->tpot_hi_s) / p->tpot_s;
    }
    out->latency_s = out->ttft_s + out->tpot_s * steps;
    if (!el_is_known(out->latency_s))
        out->latency_s = all_s;
    return st;
}

/* Limits are checked where in-flight requests are at their percentile. The
 * wait in a queue that grows has no number: the rate is what is broken. */
static el_status check_times(const work *w, el_candidate *c)
{
    const el_optimize_query *q = w->query;
    el_prediction p = c->prediction;
    times t;
    el_status st = EL_OK;

    if (c->in_flight_peak > c->in_flight)
        st = predict_at(w, c->in_flight_peak, &p);
    if (st == EL_OK)
        st = times_at(w, &p, c->in_flight_peak, true, &t);
    if (st != EL_OK)
        return st;
    c->ttft_limit_s = t.ttft_s;
    c->tpot_limit_s = t.tpot_s;
    c->latency_limit_s = t.latency_s;
    check_limit(c, EL_LIMIT_TPOT, t.tpot_s, q->tpot_s);
    if (el_is_known(w->rate_hz) && c->utilisation >= 1.0)
        return EL_OK;
    check_limit(c, EL_LIMIT_TTFT, t.ttft_s, q->ttft_s);
    check_limit(c, EL_LIMIT_LATENCY, t.latency_s, q->latency_s);
    return EL_OK;
}

static void set_rates(const work *w, el_candidate *c)
{
    double full = w->config.dp * c->in_flight / c->latency_s;

    c->requests_per_s = full;
    if (el_is_known(w->rate_hz) && c->utilisation < 1.0)
        c->requests_per_s = w->query->request_rate_hz;
    c->tokens_per_s = c->requests_per_s * w->query->osl;
}

static el_status evaluate(const work *w, el_candidate *c)
{
    double mean;
    times t;
    el_status st;

    check_limit(c, EL_LIMIT_GPUS, c->gpus, w->query->gpus);
    check_memory(w, c);
    st = place_load(w, c, &mean);
    if (st == EL_OK)
        st = predict_at(w, c->in_flight, &c->prediction);
    if (st == EL_OK)
        st = times_at(w, &c->prediction, c->in_flight, false, &t);
    if (st != EL_OK)
        return st;
    c->ttft_s = t.ttft_s;
    c->tpot_s = t.tpot_s;
    c->latency_s = t.latency_s;
    c->source = c->prediction.source > w->query->match_source
                    ? c->prediction.source
                    : w->query->match_source;
    set_rates(w, c);
    account_energy(w, mean, c);
    st = check_times(w, c);
    c->feasible = c->n_reason == 0 && isfinite(c->energy_per_request_j);
    return st;
}

el_status el_candidate_make(const el_optimize_query *query,
                            const el_config *config, el_candidate *out,
                            el_error *err)
{
    work w = {query, *config, err, 0.0, 0.0};
    el_candidate c = {.isl = query->isl, .osl = query->osl};
    double fill;
    el_status st = EL_OK;

    if (!el_is_known(w.config.dp)) {
        w.config.dp = 1.0;
        fill = floor(query->gpus / el_config_gpus(&w.config));
        w.config.dp = fmax(fill, 1.0);
    }
    w.rate_hz = query->request_rate_hz / w.config.dp;
    w.z = el_normal_quantile(query->percentile / 100.0);
    if (!el_is_known(w.config.batch)) {
        w.config.batch =
            fmin(el_config_most_requests(query, &w.config), EL_MAX_BATCH);
        if (el_is_known(w.rate_hz))
            st = choose_batch(&w, &w.config.batch);
    }
    if (st != EL_OK)
        return st;
    c.config = w.config;
    c.gpus = el_config_gpus(&w.config);
    st = evaluate(&w, &c);
    if (st == EL_OK)
        *out = c;
    return st;
}

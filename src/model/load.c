/* SPDX-License-Identifier: Apache-2.0 */
#include "model/load.h"

#include <math.h>

#include "model/candidate.h"
#include "model/predict.h"
#include "num/stats.h"

#define LEVEL_TAIL 0.95 /* upper end of a two-sided EL_LEVEL interval */

/* Replicas are servers apart, so that dp is no extrapolation of a fit that saw
 * one; a fit that saw several may have learned what they cost each other. */
static double fitted_dp(const el_optimize_query *q, const el_config *config)
{
    const el_group_fit *fit = q->predict ? NULL : q->fit;

    return fit && fit->model[EL_TARGET_ENERGY].hi[EL_AXIS_DP] > 1.0 ? config->dp
                                                                    : 1.0;
}

static el_point point_at(const el_optimize_query *query,
                         const el_config *config, double batch, bool steady)
{
    return (el_point){.tp = config->tp,
                      .pp = config->pp,
                      .ep = config->ep,
                      .dp = fitted_dp(query, config),
                      .batch = batch,
                      .isl = query->isl,
                      .osl = query->osl,
                      .workload = -1,
                      .steady = steady || !query->predict}; /* a fit: servers
                                                               run for days */
}

el_status el_config_predict(const el_optimize_query *query,
                            const el_config *config, double batch, bool steady,
                            el_prediction *out, el_error *err)
{
    el_point point = point_at(query, config, batch, steady);

    if (query->predict)
        return query->predict(query->predict_ctx, &point, query->workload,
                              batch, out, err);
    return el_fit_predict(query->fit, &query->facts, &point, query->workload,
                          batch, out, err);
}

bool el_config_bands(const el_optimize_query *query, const el_config *config,
                     double in_flight, el_bands *out)
{
    el_prediction p;

    *out = (el_bands){1.0, 1.0, EL_UNKNOWN, EL_UNKNOWN, EL_SOURCE_FITTED};
    if (el_config_predict(query, config, fmax(in_flight, 1.0), true, &p,
                          NULL) != EL_OK)
        return false;
    out->energy_lo = p.energy_per_request_lo_j / p.energy_per_request_j;
    out->energy_hi = p.energy_per_request_hi_j / p.energy_per_request_j;
    out->ttft_hi = p.ttft_hi_s / p.ttft_s;
    out->tpot_hi = p.tpot_hi_s / p.tpot_s;
    out->source = el_source_weaker(p.source, query->match_source);
    return true;
}

double el_request_latency(const el_prediction *p, double osl)
{
    double latency_s = el_served_s(p, osl);

    if (el_is_known(latency_s))
        return latency_s;
    return el_is_known(p->latency_s) ? p->latency_s : p->tpot_s * osl;
}

bool el_config_same_times(const el_optimize_query *query, const el_config *a,
                          const el_config *b)
{
    return a->tp == b->tp && a->pp == b->pp && a->ep == b->ep &&
           fitted_dp(query, a) == fitted_dp(query, b);
}

/* Batches of the grid that reach `most`, which is the last. */
static size_t choose_knots(double most, double at[EL_QUEUE_KNOTS])
{
    double batch = 1.0;
    size_t n = 0;

    while (n < EL_QUEUE_KNOTS) {
        at[n++] = batch;
        if (batch >= most)
            break;
        batch = fmin(el_batch_next(batch), most); /* no further: it may wait */
    }
    return n;
}

/* Times of knots from .. t->n - 1. A fit is asked for times alone, at once. */
static el_status ask_times(const el_optimize_query *query,
                           const el_config *config, size_t from,
                           const el_queue_times *t,
                           el_prediction p[EL_QUEUE_KNOTS], el_error *err)
{
    el_point point[EL_QUEUE_KNOTS];
    el_status st = EL_OK;

    if (!query->predict) {
        for (size_t i = from; i < t->n; i++)
            point[i] = point_at(query, config, t->at[i], false);
        el_fit_times(query->fit, &query->facts, point + from, t->n - from,
                     query->workload, p + from);
        return EL_OK;
    }
    for (size_t i = from; st == EL_OK && i < t->n; i++)
        st = el_config_predict(query, config, t->at[i], false, &p[i], err);
    return st;
}

el_status el_queue_times_make(const el_optimize_query *query,
                              const el_config *config, double most,
                              el_queue_times *times, el_error *err)
{
    el_prediction p[EL_QUEUE_KNOTS];
    el_queue_times t = *times;
    size_t from = 0;
    el_status st;

    t.n = choose_knots(most, t.at);
    while (from < t.n && from < times->n && t.at[from] == times->at[from])
        from++;
    st = ask_times(query, config, from, &t, p, err);
    if (st != EL_OK)
        return st;
    for (size_t i = from; i < t.n; i++) {
        double whole_s = el_request_latency(&p[i], query->osl);

        t.prompts_s[i] = p[i].ttft_s;
        t.step_s[i] = p[i].tpot_s;
        if (!el_is_known(p[i].ttft_s + p[i].tpot_s)) {
            t.prompts_s[i] = el_is_known(whole_s) ? 0.0 : EL_UNKNOWN;
            t.step_s[i] = whole_s / query->osl;
        }
    }
    *times = t;
    return EL_OK;
}

double el_batch_choose(el_queue_flow *flow, double most, el_queue *out)
{
    double batch = 1.0, peak;

    el_queue_flow_serve(flow, most, out);
    if (!(out->utilisation < EL_MAX_UTILISATION))
        return most;
    peak = out->peak;
    while (batch < most) {
        el_queue q;

        if (batch >= peak) {
            el_queue_flow_serve(flow, batch, &q);
            if (q.utilisation <= EL_MAX_UTILISATION &&
                q.full <= 1.0 - flow->load.percentile) {
                *out = q;
                return batch;
            }
        }
        batch = fmin(el_batch_next(batch), most);
    }
    return most;
}

el_queue_load el_queue_load_of(const el_optimize_query *query, double rate_hz,
                               double batch)
{
    double isl = query->isl;

    return (el_queue_load){rate_hz, batch, query->osl,
                           el_is_known(isl) ? EL_CHUNK_TOKENS / isl : 1.0,
                           query->percentile / 100.0};
}

double el_doubt_ratio(const el_optimize_query *query, double value, double hi)
{
    return pow(hi / value, el_normal_quantile(query->percentile / 100.0) /
                               el_normal_quantile(LEVEL_TAIL));
}

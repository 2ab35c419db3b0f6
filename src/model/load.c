/* SPDX-License-Identifier: Apache-2.0 */
#include "model/load.h"

#include <math.h>

#include "model/candidate.h"
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

el_status el_config_predict(const el_optimize_query *query,
                            const el_config *config, double batch, bool steady,
                            el_prediction *out, el_error *err)
{
    el_point point = {.tp = config->tp,
                      .pp = config->pp,
                      .ep = config->ep,
                      .dp = fitted_dp(query, config),
                      .batch = batch,
                      .isl = query->isl,
                      .osl = query->osl,
                      .workload = -1,
                      .steady = steady || !query->predict}; /* a fit: servers
                                                               run for days */

    if (query->predict)
        return query->predict(query->predict_ctx, &point, query->workload,
                              batch, out, err);
    return el_fit_predict(query->fit, &query->facts, &point, query->workload,
                          batch, out, err);
}

double el_request_latency(const el_prediction *p, double osl)
{
    double latency_s = p->ttft_s + p->tpot_s * fmax(osl - 1.0, 0.0);

    if (el_is_known(latency_s))
        return latency_s;
    return el_is_known(p->latency_s) ? p->latency_s : p->tpot_s * osl;
}

el_status el_queue_times_make(const el_optimize_query *query,
                              const el_config *config, double most,
                              el_queue_times *out, el_error *err)
{
    el_queue_times t = {.n = 0};
    double batch = 1.0;
    el_status st = EL_OK;

    while (st == EL_OK && t.n < EL_QUEUE_KNOTS) {
        el_prediction p;
        double whole_s;

        st = el_config_predict(query, config, batch, false, &p, err);
        if (st != EL_OK)
            return st;
        whole_s = el_request_latency(&p, query->osl);
        t.at[t.n] = batch;
        t.prompts_s[t.n] = p.ttft_s;
        t.step_s[t.n] = p.tpot_s;
        if (!el_is_known(p.ttft_s + p.tpot_s)) {
            t.prompts_s[t.n] = el_is_known(whole_s) ? 0.0 : EL_UNKNOWN;
            t.step_s[t.n] = whole_s / query->osl;
        }
        t.n++;
        if (batch >= most)
            break;
        batch = fmin(el_batch_next(batch), most); /* no further: it may wait */
    }
    *out = t;
    return st;
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

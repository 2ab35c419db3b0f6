/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mfu-power: power of a GPU by the share of its peak FLOP/s that it reaches.
 *
 *   E = t T P [ idle + (max - idle) min(1, (MFU / .45)^.7) ]
 *   MFU = FLOP / (t T P peak)
 *
 * t is the latency of B requests as closed12 predicts it from the latencies of
 * the rows it is fitted to; no joules are looked at. max is the power limit.
 *
 * Source  M. Ozcan, P. Wiesner, P. Weiss, O. Kao, Quantifying the Energy
 *         Consumption and Carbon Emissions of LLM Inference via Simulations,
 *         arXiv 2507.11417 (Vidur-Energy): saturation .45, exponent .7.
 */
#include "model/forms.h"
#include "model/load_work.h"
#include "model/nlls.h"
#include "model/rule.h"

#define MFU_SATURATED 0.45
#define EXPONENT      0.7

static el_status fit(const el_fit_data *data, el_model *model, el_error *err)
{
    const el_facts *f = data->facts;

    if (!el_is_known(f->gpu_tdp_w) || !el_is_known(f->gpu_idle_w) ||
        !el_is_known(f->gpu_flop_s))
        return el_fail(err, EL_E_DATA,
                       "mfu-power: the GPU's power or peak is unknown");
    return el_rule_time_fit(data, model, err);
}

static double work_flop(const el_facts *facts, const el_point *point)
{
    el_load_work w = el_load_work_of(facts, point);

    return w.prefill_flop + point->osl * w.step_flop;
}

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad)
{
    const el_facts *f = &model->facts;
    size_t k = model->n_param;

    el_rule_time_predict(model, point, n, y, grad);
    for (size_t i = 0; i < n; i++) {
        double gpu_s = y[i] * el_point_shards(&point[i]) * point[i].pp;
        double mfu = work_flop(f, &point[i]) / (gpu_s * f->gpu_flop_s);
        double load = fmin(1.0, pow(mfu / MFU_SATURATED, EXPONENT));
        double busy_w = (f->gpu_tdp_w - f->gpu_idle_w) * load;
        double power_w = f->gpu_idle_w + busy_w;

        y[i] = gpu_s * power_w;
        for (size_t j = 0; grad && load < 1.0 && j < k; j++)
            grad[i * k + j] *= 1.0 - EXPONENT * busy_w / power_w;
    }
}

const el_form el_form_mfu_power = {
    .name = "mfu-power",
    .title = "time x power by FLOP utilisation",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = el_rule_time_specify,
    .fit = fit,
    .predict = predict,
};

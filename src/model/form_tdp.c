/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tdp: every GPU in use draws its power limit for as long as the run takes.
 *
 *   E = t TDP T P
 *
 * t is the latency of B requests as closed12 predicts it from the latencies of
 * the rows it is fitted to; no joules are looked at.
 *
 * Source  the usual estimate where nothing was measured, e.g. A. Lacoste et
 *         al., Quantifying the Carbon Emissions of Machine Learning, arXiv
 *         1910.09700.
 */
#include "model/forms.h"
#include "model/nlls.h"
#include "model/rule.h"

static el_status fit(const el_fit_data *data, el_model *model, el_error *err)
{
    if (!el_is_known(data->facts->gpu_tdp_w))
        return el_fail(err, EL_E_DATA, "tdp: the GPU's power limit is unknown");
    return el_rule_time_fit(data, model, err);
}

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad)
{
    el_rule_time_predict(model, point, n, y, grad);
    for (size_t i = 0; i < n; i++)
        y[i] *=
            model->facts.gpu_tdp_w * el_point_shards(&point[i]) * point[i].pp;
}

const el_form el_form_tdp = {
    .name = "tdp",
    .title = "time x power limit x GPUs",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = el_rule_time_specify,
    .fit = fit,
    .predict = predict,
};

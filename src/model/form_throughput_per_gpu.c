/* SPDX-License-Identifier: Apache-2.0 */
/* throughput-per-gpu: the most tokens per second and GPU win. */
#include "model/forms.h"
#include "model/nlls.h"
#include "model/rule.h"

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *score, double *grad)
{
    (void)grad;
    el_rule_time_predict(model, point, n, score, NULL);
    for (size_t i = 0; i < n; i++)
        score[i] *= el_point_shards(&point[i]) * point[i].pp /
                    (point[i].batch * point[i].osl);
}

const el_form el_form_throughput_per_gpu = {
    .name = "throughput-per-gpu",
    .title = "most tokens per GPU-second",
    .traits = EL_FORM_RANKS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = el_rule_time_specify,
    .fit = el_rule_time_fit,
    .predict = predict,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* latency-proxy: the fastest wins, as if joules followed seconds. */
#include "model/forms.h"
#include "model/nlls.h"
#include "model/rule.h"

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *score, double *grad)
{
    (void)grad;
    el_rule_time_predict(model, point, n, score, NULL);
    for (size_t i = 0; i < n; i++) /* free batch: seconds per token */
        score[i] /= point[i].batch * point[i].osl;
}

const el_form el_form_latency_proxy = {
    .name = "latency-proxy",
    .title = "lowest latency",
    .traits = EL_FORM_RANKS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = el_rule_time_specify,
    .fit = el_rule_time_fit,
    .predict = predict,
};

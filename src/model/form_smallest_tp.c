/* SPDX-License-Identifier: Apache-2.0 */
/* smallest-tp: the fewest GPUs win. */
#include "model/forms.h"
#include "model/nlls.h"
#include "model/rule.h"

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *score, double *grad)
{
    (void)model;
    (void)grad;
    for (size_t i = 0; i < n; i++)
        score[i] = el_point_shards(&point[i]) * point[i].pp;
}

const el_form el_form_smallest_tp = {
    .name = "smallest-tp",
    .title = "fewest GPUs",
    .traits = EL_FORM_RANKS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = el_rule_specify,
    .fit = el_rule_fit,
    .predict = predict,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* smallest-tp-that-fits: the fewest GPUs whose KV cache holds the load. */
#include "model/forms.h"
#include "model/nlls.h"
#include "model/rule.h"

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *score, double *grad)
{
    (void)grad;
    for (size_t i = 0; i < n; i++) {
        double t = el_point_shards(&point[i]), gpus = t * point[i].pp;
        double isl = el_is_known(point[i].isl) ? point[i].isl : 0.0;
        double need = point[i].batch * (isl + point[i].osl);
        double cap = el_facts_kv_capacity(&model->facts, t, point[i].pp);
        /* none fits: the most GPUs come nearest */
        score[i] = cap < need ? 1e9 - gpus : gpus;
    }
}

const el_form el_form_smallest_tp_fits = {
    .name = "smallest-tp-that-fits",
    .title = "fewest GPUs that hold the KV cache",
    .traits = EL_FORM_RANKS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = el_rule_specify,
    .fit = el_rule_fit,
    .predict = predict,
};

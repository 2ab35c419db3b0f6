/* SPDX-License-Identifier: Apache-2.0 */
#include "model/load_features.h"

#include "model/nlls.h"
#include "model/waves.h"

static double prompt_of(const el_fit_data *data, const el_point *point)
{
    bool named =
        point->workload >= 0 && (size_t)point->workload < data->n_workload;

    if (el_is_known(point->isl))
        return fmax(point->isl, 1.0);
    return el_workload_prompt(named ? data->workload[point->workload] : "");
}

static double ln_waves(const el_facts *facts, const el_point *point,
                       double tokens)
{
    double cap = el_facts_kv_capacity(facts, el_point_shards(point), point->pp);

    if (point->steady || !el_is_known(cap))
        return 0.0;
    return log(el_waves(point->batch * tokens / (cap > 0.0 ? cap : tokens)));
}

void el_load_features(const el_fit_data *data, const el_point *point,
                      double f[EL_N_FEATURES])
{
    double isl = prompt_of(data, point);

    f[EL_FEATURE_SHARDS] = log(el_point_shards(point));
    f[EL_FEATURE_EP] = log(point->ep);
    f[EL_FEATURE_PP] = log(point->pp);
    f[EL_FEATURE_DP] = log(point->dp);
    f[EL_FEATURE_BATCH] = log(point->batch);
    f[EL_FEATURE_ISL] = log(isl);
    f[EL_FEATURE_OSL] = log(point->osl);
    f[EL_FEATURE_WAVES] = ln_waves(data->facts, point, isl + point->osl);
    f[EL_FEATURE_WORKLOAD] = point->workload;
}

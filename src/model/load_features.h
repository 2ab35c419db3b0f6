/* SPDX-License-Identifier: Apache-2.0 */
/* What learned forms see of a configuration and its load. Layer: model. */
#ifndef EL_MODEL_LOAD_FEATURES_H
#define EL_MODEL_LOAD_FEATURES_H
#include "energylens/form.h"

enum {
    EL_FEATURE_SHARDS,   /* ln max(T, E) */
    EL_FEATURE_EP,       /* ln E */
    EL_FEATURE_PP,       /* ln P */
    EL_FEATURE_DP,       /* ln D */
    EL_FEATURE_BATCH,    /* ln B */
    EL_FEATURE_ISL,      /* ln I */
    EL_FEATURE_OSL,      /* ln O */
    EL_FEATURE_WAVES,    /* ln of the KV-cache waves, 0 where all fits */
    EL_FEATURE_WORKLOAD, /* index of the workload's label: a name, no number */
    EL_N_FEATURES
};

/*
 * Features of one point. A prompt that nobody recorded counts at what its
 * workload usually has; data names the workloads.
 */
void el_load_features(const el_fit_data *data, const el_point *point,
                      double f[EL_N_FEATURES]);

#endif

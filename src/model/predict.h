/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of el_fit_predict. Layer: model. */
#ifndef EL_MODEL_PREDICT_H
#define EL_MODEL_PREDICT_H
#include "energylens/fit.h"

/*
 * Only ttft_s, tpot_s and latency_s of el_fit_predict at n points, the same
 * bits; all else is unknown. A hundredth of its cost where n is large.
 */
void el_fit_times(const el_group_fit *fit, const el_facts *facts,
                  const el_point *point, size_t n, const char *workload,
                  el_prediction *out);

#endif

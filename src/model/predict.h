/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of el_fit_predict. Layer: model. */
#ifndef EL_MODEL_PREDICT_H
#define EL_MODEL_PREDICT_H
#include <math.h>

#include "energylens/fit.h"

/* Of two answers that both count: where the less certain one comes from. */
static inline el_source el_source_weaker(el_source a, el_source b)
{
    return a > b ? a : b;
}

/* TTFT + TPOT (O - 1) [s]; NaN unless both are known. */
static inline double el_served_s(const el_prediction *p, double osl)
{
    return p->ttft_s + p->tpot_s * fmax(osl - 1.0, 0.0);
}

/*
 * Only ttft_s, tpot_s and latency_s of el_fit_predict at n points, the same
 * bits; all else is unknown. A hundredth of its cost where n is large.
 */
void el_fit_times(const el_group_fit *fit, const el_facts *facts,
                  const el_point *point, size_t n, const char *workload,
                  el_prediction *out);

#endif

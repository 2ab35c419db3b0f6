/* SPDX-License-Identifier: Apache-2.0 */
/* A Pareto front while its points come in. Layer: model. */
#ifndef EL_MODEL_FRONT_H
#define EL_MODEL_FRONT_H
#include "energylens/optimize.h"

/*
 * Points that may be on the front: the first n_clean are a front, sorted by
 * time; what came since was not beaten by them. Zero is empty; el_free(point).
 */
typedef struct el_front_build {
    el_front_point *point;
    size_t n, cap, n_clean;
} el_front_build;

/* A point with a value that is not finite is left out. EL_E_NOMEM.
 * Cost   O(log n), amortised; memory of the front, not of all points */
EL_NODISCARD el_status el_front_add(el_front_build *front,
                                    const el_front_point *point, el_error *err);

/* Only the front, sorted by time, then index. EL_E_NOMEM. */
EL_NODISCARD el_status el_front_clean(el_front_build *front, el_error *err);

#endif

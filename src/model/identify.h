/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of a fit could not tell. Layer: model. */
#ifndef EL_MODEL_IDENTIFY_H
#define EL_MODEL_IDENTIFY_H
#include "energylens/form.h"

/* A direction is weak while the rows leave it this share of the prior's
 * standard deviation: they said less than the prior did. */
#define EL_WEAK_SHARE 0.5

/*
 * One eigen-direction of the covariance, each parameter counted in standard
 * deviations of its prior.
 */
typedef struct el_weak_direction {
    double share;                  /* sqrt(eigenvalue): sd left / prior's sd */
    double loading[EL_MAX_PARAMS]; /* unit vector; its largest entry is > 0 */
} el_weak_direction;

/*
 * Weak directions (share >= EL_WEAK_SHARE), weakest first, into direction[0 ..
 * *n-1]. *n = 0 for a form without parameters. EL_E_NUMERIC (the covariance
 * has no eigenvalues), EL_E_NOMEM. Cost: O(n_param^3).
 */
EL_NODISCARD el_status el_identify(const el_model *model,
                                   el_weak_direction direction[EL_MAX_PARAMS],
                                   size_t *n, el_error *err);

#endif

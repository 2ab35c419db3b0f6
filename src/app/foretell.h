/* SPDX-License-Identifier: Apache-2.0 */
/* What the analytic model says of measured groups. Layer: app. */
#ifndef EL_APP_FORETELL_H
#define EL_APP_FORETELL_H
#include "energylens/evaluate.h"

/* given: one a group, for el_evaluate_options; points into the rest. */
typedef struct el_foretold {
    el_given *given;
    double *value;    /* private */
    char (*why)[256]; /* private */
} el_foretold;

/*
 * Predict every sample of every group from its first row's model, GPU,
 * precision and engine, as predict --rows does without a fit. A group whose
 * model or GPU is unknown, or with a sharding that cannot be, has given->why.
 *
 * EL_E_NOMEM, EL_E_IO and what a broken user catalogue gives.
 */
EL_NODISCARD el_status el_foretell(const char *catalog_dir,
                                   const el_groups *groups, el_foretold *out,
                                   el_error *err);
void el_foretold_clear(el_foretold *foretold);

#endif

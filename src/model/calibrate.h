/* SPDX-License-Identifier: Apache-2.0 */
/* What the analytic model does with a correction. Layer: model. */
#ifndef EL_MODEL_CALIBRATE_H
#define EL_MODEL_CALIBRATE_H
#include "energylens/calibrate.h"

typedef struct el_calibration el_calibration;

void el_calibration_free(el_calibration *calibration); /* NULL is fine */

/* Correct a prediction of this point in place. */
void el_calibration_apply(const el_calibration *calibration,
                          const el_point *point, const char *workload,
                          el_prediction *p);

/* Takes ownership of the new one (NULL: none), hands back the one before. */
el_calibration *el_analytic_swap_calibration(el_analytic *analytic,
                                             el_calibration *calibration);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Forms that are linear in their coefficients. Layer: model. */
#ifndef EL_MODEL_LINEAR_H
#define EL_MODEL_LINEAR_H
#include "energylens/form.h"

/* Feature values of one point into f[n_param]. */
typedef void (*el_features_fn)(const el_facts *facts, const el_point *point,
                               double *f);

/*
 * Coefficients that minimise sum ((f.c / y) - 1)^2, with c >= 0 when
 * non_negative; covariance by the usual residual variance. A tiny ridge (1e-6
 * of each column) keeps features that never vary at 0.
 */
EL_NODISCARD el_status el_form_fit_linear(const el_form *form,
                                          el_features_fn features,
                                          bool non_negative,
                                          const el_fit_data *data,
                                          el_model *model, el_error *err);

/* y = max(f.c, floor) and its gradient; the floor keeps predictions positive.
 */
void el_form_predict_linear(el_features_fn features, const el_model *model,
                            const el_point *point, size_t n, double *y,
                            double *grad);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Forms that are linear in their coefficients: el_form.features. Layer: model.
 */
#ifndef EL_MODEL_LINEAR_H
#define EL_MODEL_LINEAR_H
#include "energylens/form.h"

/*
 * el_form.fit. Coefficients that minimise sum ((f.c / y) - 1)^2, with c >= 0
 * where the form is non_negative; covariance by the usual residual variance. A
 * tiny ridge (1e-6 of each column) keeps features that never vary at 0.
 */
EL_NODISCARD el_status el_form_fit_linear(const el_fit_data *data,
                                          el_model *model, el_error *err);

/* el_form.predict: y = max(f.c, floor) and its gradient; the floor keeps
 * predictions positive. */
void el_form_predict_linear(const el_model *model, const el_point *point,
                            size_t n, double *y, double *grad);

#endif

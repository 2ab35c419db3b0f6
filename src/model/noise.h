/* SPDX-License-Identifier: Apache-2.0 */
/* Scatter of runs around a fitted model. Layer: model. */
#ifndef EL_MODEL_NOISE_H
#define EL_MODEL_NOISE_H
#include "energylens/form.h"

/* Scatter of runs around a form that describes them. */
extern const el_noise el_noise_usual;

/*
 * Set model->noise and noise_df from the residuals of the training rows,
 * shrunk towards the usual scatter (s2 = 1) by 4 pseudo-rows:
 *
 *   s2 = (4 + sum min(e_i^2 / v_i, 9 b)) / (4 + f),  f = max(n - p_eff, 1)
 *   v_i = 0.03^2 + 0.0866^2 / run_i
 *   b = max(1, median(e_i^2 / v_i) n / (0.4549 f))
 *
 * A row is an outlier against the bulk b of the others, not against the usual
 * scatter: where the form misses all of them, that is the scatter.
 * p_eff is the number of parameters that the rows, not the prior, decide:
 * the sum of their leverages. model->cov, which the solver scales by the
 * loss's turning point, is brought to the same scatter.
 */
EL_NODISCARD el_status el_noise_estimate(const el_fit_data *data,
                                         el_model *model, el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The analytic model as the prior of a fitted form. Layer: model. */
#ifndef EL_MODEL_FIT_ANALYTIC_H
#define EL_MODEL_FIT_ANALYTIC_H
#include "energylens/analytic.h"
#include "model/learned.h"

/* How the rows of a group were served; the grid follows it. */
typedef struct el_serving_style {
    bool steady;          /* all of them: points of a long run */
    bool expert_parallel; /* any of them: ep goes with tp */
} el_serving_style;

el_serving_style el_group_style(const el_group *group);

/*
 * Where the form's parameters stand when it is fitted to what the analytic
 * model says over a grid of degrees, batches and lengths, and how sure that is.
 * data says target, facts and prompts (rows are not read). Shardings of the
 * grid are prepared.
 *
 *   sd_j^2 = what the grid leaves open of parameter j + doubt^2
 *   doubt  = the model's mean spread over the grid for a logarithm, that over
 *            ln 8 for an exponent of T or P
 *
 * The start-up ramp, which is the meter's and not the model's, and latent
 * prompts keep the form's own prior.
 *
 * EL_E_DATA (too few configurations that fit the GPU's memory), EL_E_NUMERIC,
 * EL_E_NOMEM. *out is written only on EL_OK. Cost: some ms.
 */
EL_NODISCARD el_status el_analytic_project(el_analytic *analytic,
                                           const el_form *form,
                                           const el_fit_data *data,
                                           el_serving_style style,
                                           el_learned *out, el_error *err);

/*
 * Fit every target of one group again on that prior. On failure *fit is as it
 * was.
 */
EL_NODISCARD el_status el_fit_project(el_analytic *analytic,
                                      const el_group *group, el_scope scope,
                                      el_group_fit *fit, el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Forms that are trees: features, ln y, and back. Layer: model. */
#ifndef EL_MODEL_TREES_H
#define EL_MODEL_TREES_H
#include "energylens/form.h"
#include "num/xgboost.h"

/*
 * el_form.answer by trees on el_load_features, of ln(y / (B O)). Trees say
 * nothing of their own spread: sd is NaN. As el_xgboost_run, EL_E_NOMEM.
 */
EL_NODISCARD el_status el_trees_answer(const el_tree_plan *plan,
                                       const el_fit_data *data,
                                       const el_points *asked, double *y,
                                       double *sd, el_error *err);

#endif

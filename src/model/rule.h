/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that choose a configuration without joules. Layer: model. */
#ifndef EL_MODEL_RULE_H
#define EL_MODEL_RULE_H
#include "energylens/form.h"

/* No parameters, nothing to fit. */
size_t el_rule_specify(const el_fit_data *data, el_param_spec *spec);
EL_NODISCARD el_status el_rule_fit(const el_fit_data *data, el_model *model,
                                   el_error *err);

/* Rules by time: closed12 fitted to data->time_s, kept in model->param. */
size_t el_rule_time_specify(const el_fit_data *data, el_param_spec *spec);
EL_NODISCARD el_status el_rule_time_fit(const el_fit_data *data,
                                        el_model *model, el_error *err);
/* grad as of el_form.predict, or NULL */
void el_rule_time_predict(const el_model *model, const el_point *point,
                          size_t n, double *latency_s, double *grad);

/* The same, by another form's formula of latency. */
EL_NODISCARD el_status el_rule_time_fit_by(const el_form *shape,
                                           const el_fit_data *data,
                                           el_model *model, el_error *err);

#endif

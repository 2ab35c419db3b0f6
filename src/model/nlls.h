/* SPDX-License-Identifier: Apache-2.0 */
/* Forms that are a smooth function of parameters, fitted in ln y. Layer: model.
 */
#ifndef EL_MODEL_NLLS_H
#define EL_MODEL_NLLS_H
#include "energylens/form.h"

/* Bounds stand this many prior SDs from the centre. */
#define EL_BOUND_SD 6.0

/* Doubt about a prompt length that nobody wrote down [ln]. */
#define EL_PROMPT_LN_SD 0.7

/*
 * el_form.fit: model->param by el_lsq_solve on ln(predict / y) /
 * el_run_scatter(run_s), soft L1, from data->start or the prior centre, with
 * form->predict for values and gradients. Everything of *model but noise is
 * set.
 */
EL_NODISCARD el_status el_form_fit_nlls(const el_fit_data *data,
                                        el_model *model, el_error *err);

/* spec[i] = {name, unit, meaning, is_log, centre, sd} in one line. */
void el_param_set(el_param_spec *spec, const char *name, const char *unit,
                  const char *meaning, bool is_log, double centre, double sd);

/* Append a parameter for each of data->extras; returns the new count. */
size_t el_param_add_extras(const el_fit_data *data, el_param_spec *spec,
                           size_t n);

size_t el_param_n_extras(unsigned extras);
const char *el_param_extra_name(unsigned extra);

/* Append one ln I parameter per workload label; returns the new count. */
size_t el_param_add_prompts(const el_fit_data *data, el_param_spec *spec,
                            size_t n);

/* Usual prompt length of a workload label, by the words in it [tokens]. */
double el_workload_prompt(const char *label);

/* Parameters before extras and prompts: those of the form itself. */
size_t el_param_core(const el_param_spec *spec, size_t n);

/* Prompt length of a point: recorded, latent, or 0; *which = its parameter
 * index or (size_t)-1. `first` is the index of the first prompt parameter. */
double el_point_prompt(const el_model *model, const el_point *point,
                       size_t first, size_t *which);

/* GPUs that hold one copy of a layer: max(tp, ep). */
double el_point_shards(const el_point *point);

#endif

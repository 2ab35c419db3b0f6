/* SPDX-License-Identifier: Apache-2.0 */
/* Every form there is; each lives in form_<name>.c. Layer: model. */
#ifndef EL_MODEL_FORMS_H
#define EL_MODEL_FORMS_H
#include "energylens/form.h"

extern const el_form el_form_closed12;
extern const el_form el_form_el12r;
extern const el_form el_form_nnls12kv;
extern const el_form el_form_serving8;
extern const el_form el_form_powerlaw;
extern const el_form el_form_linear;
extern const el_form el_form_sweetspot;
extern const el_form el_form_sweetspot5;
extern const el_form el_form_constant;
extern const el_form el_form_smallest_tp;
extern const el_form el_form_smallest_tp_fits;
extern const el_form el_form_throughput_per_gpu;
extern const el_form el_form_latency_proxy;
extern const el_form el_form_per_token;
extern const el_form el_form_wilhelm;
extern const el_form el_form_wilkins;
extern const el_form el_form_tdp;
extern const el_form el_form_roofline;
extern const el_form el_form_mfu_power;
extern const el_form el_form_logistic;
extern const el_form el_form_maveriq;
extern const el_form el_form_maveriq_full;
extern const el_form el_form_maveriq_latency;
extern const el_form el_form_gp;
extern const el_form el_form_forest;
extern const el_form el_form_boost;

/* Found by name, but not among el_forms(): without a law it searches. */
extern const el_form el_form_discovered;

/* Not among el_forms(): it cannot be fitted, only scored (EL_FORM_GIVEN). */
extern const el_form el_form_analytic;

/* "W" of the parameter that is fitted as ln_W. */
const char *el_param_natural_name(const el_param_spec *spec);

#endif

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

/* Not among el_forms(): it cannot be fitted, only scored (EL_FORM_GIVEN). */
extern const el_form el_form_analytic;

#endif

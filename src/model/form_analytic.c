/* SPDX-License-Identifier: Apache-2.0 */
/* The analytic predictor among the forms that el_evaluate scores. */
#include "model/forms.h"

const el_form el_form_analytic = {
    .name = "analytic",
    .title = "kernels and data sheets, nothing measured",
    .traits = EL_FORM_PREDICTS | EL_FORM_GIVEN,
    .targets = 0,
};

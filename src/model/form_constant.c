/* SPDX-License-Identifier: Apache-2.0 */
/* constant: the same joules for every output token. */
#include "model/forms.h"
#include "model/nlls.h"

static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    (void)data;
    el_param_set(&spec[0], "ln_e", "J", "energy per output token", true, 0.0,
                 10.0);
    return 1;
}

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad)
{
    for (size_t i = 0; i < n; i++) {
        y[i] = exp(model->param[0]) * point[i].batch * point[i].osl;
        if (grad)
            grad[i] = 1.0;
    }
}

static const el_formula formula = {
    .text = "E = e B O\n",
    .latex = "E = e\\,B\\,O\n",
    .c = "    (void)T, (void)P, (void)I;\n    return e * B * O;\n",
    .python = "    return e * B * O\n",
};

const el_form el_form_constant = {
    .name = "constant",
    .title = "one energy per output token",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify,
    .fit = el_form_fit_nlls,
    .predict = predict,
    .formula = &formula,
};

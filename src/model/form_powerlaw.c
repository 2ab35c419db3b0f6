/* SPDX-License-Identifier: Apache-2.0 */
/* powerlaw: ln E linear in the logarithms of the load and the degrees. */
#include "model/forms.h"
#include "model/nlls.h"

#define N_EXPONENTS 6u

/* Exponents of T P B I O; a missing prompt length counts as one token. */
static void log_features(const el_point *point, double *f)
{
    f[0] = 1.0;
    f[1] = log(el_point_shards(point));
    f[2] = log(point->pp);
    f[3] = log(point->batch);
    f[4] = el_is_known(point->isl) ? log(point->isl) : 0.0;
    f[5] = log(point->osl);
}

static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    static const char *const name[N_EXPONENTS] = {"ln_e", "a_T", "a_P",
                                                  "a_B",  "a_I", "a_O"};

    (void)data;
    for (size_t j = 0; j < N_EXPONENTS; j++)
        el_param_set(&spec[j], name[j], j ? "1" : "J",
                     j ? "exponent" : "energy of one token", j == 0, 0.0,
                     j ? 3.0 : 20.0);
    return N_EXPONENTS;
}

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad)
{
    for (size_t i = 0; i < n; i++) {
        double f[N_EXPONENTS], sum = 0.0;
        log_features(&point[i], f);
        for (size_t j = 0; j < N_EXPONENTS; j++) {
            sum += f[j] * model->param[j];
            if (grad)
                grad[i * N_EXPONENTS + j] = f[j];
        }
        y[i] = exp(sum);
    }
}

static const el_formula formula = {
    .text = "E = e T^a_T P^a_P B^a_B I^a_I O^a_O\n",
    .latex = "E = e\\,T^{a_T} P^{a_P} B^{a_B} I^{a_I} O^{a_O}\n",
    .c = "    return e * pow(T, a_T) * pow(P, a_P) * pow(B, a_B) *\n"
         "           pow(I, a_I) * pow(O, a_O);\n",
    .python = "    return (e * T**a_T * P**a_P * B**a_B * I**a_I\n"
              "            * O**a_O)\n",
};

const el_form el_form_powerlaw = {
    .name = "powerlaw",
    .title = "power law",
    .traits = EL_FORM_PREDICTS,
    .targets = (1u << EL_N_TARGETS) - 1u,
    .specify = specify,
    .fit = el_form_fit_nlls,
    .predict = predict,
    .formula = &formula,
};

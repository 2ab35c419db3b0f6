/* SPDX-License-Identifier: Apache-2.0 */
/* linear: energy on the raw features, by relative least squares. */
#include "model/forms.h"
#include "model/linear.h"
#include "model/nlls.h"

static void features(const el_facts *facts, const el_point *point, double *f)
{
    (void)facts;
    f[0] = 1.0;
    f[1] = el_point_shards(point);
    f[2] = point->pp;
    f[3] = point->batch;
    f[4] = el_is_known(point->isl) ? point->isl : 0.0;
    f[5] = point->osl;
}

static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    static const char *const name[] = {"c_1", "c_T", "c_P",
                                       "c_B", "c_I", "c_O"};

    (void)data;
    for (size_t j = 0; j < 6; j++)
        el_param_set(&spec[j], name[j], "J", "slope", false, 0.0, INFINITY);
    return 6;
}

static const el_formula formula = {
    .text = "E = c_1 + c_T T + c_P P + c_B B + c_I I + c_O O\n",
    .latex = "E = c_1 + c_T T + c_P P + c_B B + c_I I + c_O O\n",
    .c = "    return c_1 + c_T * T + c_P * P + c_B * B + c_I * I + c_O * O;\n",
    .python = "    return c_1 + c_T * T + c_P * P + c_B * B + c_I * I"
              " + c_O * O\n",
};

const el_form el_form_linear = {
    .name = "linear",
    .title = "linear in T, P, B, I, O",
    .traits = EL_FORM_PREDICTS,
    .targets = (1u << EL_N_TARGETS) - 1u,
    .specify = specify,
    .features = features,
    .fit = el_form_fit_linear,
    .predict = el_form_predict_linear,
    .formula = &formula,
};

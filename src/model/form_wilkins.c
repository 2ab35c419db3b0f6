/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wilkins: a request's energy is bilinear in its lengths.
 *
 *   E = B (c_I I + c_O O + c_IO I O)
 *
 * Source  G. Wilkins, S. Keshav, R. Mortier, Offline Energy-Optimal LLM
 *         Serving, arXiv 2407.04014: one fit per model and machine, no batch
 *         and no degrees, so configurations tie and the first is taken.
 */
#include "model/forms.h"
#include "model/linear.h"
#include "model/nlls.h"

static void features(const el_facts *facts, const el_point *point, double *f)
{
    double isl = el_is_known(point->isl) ? point->isl : 0.0;

    (void)facts;
    f[0] = point->batch * isl;
    f[1] = point->batch * point->osl;
    f[2] = point->batch * isl * point->osl;
}

static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    (void)data;
    el_param_set(&spec[0], "c_I", "J", "prompt token", false, 0.0, INFINITY);
    el_param_set(&spec[1], "c_O", "J", "output token", false, 0.0, INFINITY);
    el_param_set(&spec[2], "c_IO", "J", "pair of them", false, 0.0, INFINITY);
    return 3;
}

static const el_formula formula = {
    .text = "E = B (c_I I + c_O O + c_IO I O)\n",
    .latex = "E = B\\,(c_I I + c_O O + c_{IO} I O)\n",
    .c = "    (void)T, (void)P;\n"
         "    return B * (c_I * I + c_O * O + c_IO * I * O);\n",
    .python = "    return B * (c_I * I + c_O * O + c_IO * I * O)\n",
};

const el_form el_form_wilkins = {
    .name = "wilkins",
    .title = "bilinear in prompt and answer",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify,
    .features = features,
    .fit = el_form_fit_linear,
    .predict = el_form_predict_linear,
    .formula = &formula,
};

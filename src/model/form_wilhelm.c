/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wilhelm: energy per output token falls with the length of the sequence.
 *
 *   E = B O (c_O + c_1 / (I + O))
 *
 * Source  P. Wilhelm, T. Wittkopp, O. Kao, Beyond Test-Time Compute
 *         Strategies, arXiv 2603.20224, in the shape t0 + t1 / (n + m) that
 *         SweetSpot (arXiv 2602.05695) compares with. Blind to T, P and to
 *         what a batch shares: configurations tie, the first is taken.
 */
#include "model/forms.h"
#include "model/linear.h"
#include "model/nlls.h"

static void features(const el_facts *facts, const el_point *point, double *f)
{
    double isl = el_is_known(point->isl) ? point->isl : 0.0;

    (void)facts;
    f[0] = point->batch * point->osl;
    f[1] = f[0] / (isl + point->osl);
}

static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    (void)data;
    el_param_set(&spec[0], "c_O", "J", "output token", false, 0.0, INFINITY);
    el_param_set(&spec[1], "c_1", "J token", "shared by the sequence's tokens",
                 false, 0.0, INFINITY);
    return 2;
}

static const el_formula formula = {
    .text = "E = B O (c_O + c_1 / (I + O))\n",
    .latex = "E = B\\,O\\left(c_O + \\frac{c_1}{I + O}\\right)\n",
    .c = "    (void)T, (void)P;\n    return B * O * (c_O + c_1 / (I + O));\n",
    .python = "    return B * O * (c_O + c_1 / (I + O))\n",
};

const el_form el_form_wilhelm = {
    .name = "wilhelm",
    .title = "per token, by length of the sequence",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify,
    .features = features,
    .fit = el_form_fit_linear,
    .predict = el_form_predict_linear,
    .formula = &formula,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * per-token: a fixed cost per request and one per output token.
 *
 *   E = B (c_O O + c_1), that is t0 + t1 / m joules a token for m of them
 *
 * Source  baseline of SweetSpot, arXiv 2602.05695. It does not see T, P, the
 *         prompt or what a batch shares: among configurations all tie, and
 *         the first (smallest T) is taken.
 */
#include "model/forms.h"
#include "model/linear.h"
#include "model/nlls.h"

static void features(const el_facts *facts, const el_point *point, double *f)
{
    (void)facts;
    f[0] = point->batch * point->osl;
    f[1] = point->batch;
}

static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    (void)data;
    el_param_set(&spec[0], "c_O", "J", "output token", false, 0.0, INFINITY);
    el_param_set(&spec[1], "c_1", "J", "request", false, 0.0, INFINITY);
    return 2;
}

static const el_formula formula = {
    .text = "E = B (c_O O + c_1)\n",
    .latex = "E = B\\,(c_O O + c_1)\n",
    .c = "    (void)T, (void)P, (void)I;\n    return B * (c_O * O + c_1);\n",
    .python = "    return B * (c_O * O + c_1)\n",
};

const el_form el_form_per_token = {
    .name = "per-token",
    .title = "a request and its output tokens",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify,
    .features = features,
    .fit = el_form_fit_linear,
    .predict = el_form_predict_linear,
    .formula = &formula,
};

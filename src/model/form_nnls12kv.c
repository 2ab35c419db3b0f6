/* SPDX-License-Identifier: Apache-2.0 */
/* nnls12kv: 12 non-negative coefficients on products of the loads. */
#include <stdio.h>

#include "base/str.h"
#include "model/forms.h"
#include "model/linear.h"
#include "model/nlls.h"
#include "model/waves.h"

#define N_FEATURES 12u

static const struct {
    const char *name, *meaning;
} feature[N_FEATURES] = {
    {"c_O_w", "step, in waves"},
    {"c_O_w_T", "step per GPU, in waves"},
    {"c_O_B", "token"},
    {"c_O_B_T", "token per GPU"},
    {"c_O_B_L", "token and position"},
    {"c_O_B_L_T", "token and position, per GPU"},
    {"c_O_B_per_T", "token, shared by the GPUs"},
    {"c_B_I", "prompt token"},
    {"c_B_I_T", "prompt token per GPU"},
    {"c_B_I_I", "prompt token pair"},
    {"c_1", "run"},
    {"c_T", "run per GPU"},
};

static void features(const el_facts *facts, const el_point *point, double *f)
{
    double t = el_point_shards(point), b = point->batch, o = point->osl;
    double i = el_is_known(point->isl) ? point->isl : 0.0, l = i + 0.5 * o;
    double cap = el_facts_kv_capacity(facts, t, point->pp);
    double held = cap > 0.0 ? cap : i + o;
    double w =
        point->steady || !el_is_known(cap) ? 1.0 : el_waves(b * (i + o) / held);

    f[0] = o * w;
    f[1] = o * w * t;
    f[2] = o * b;
    f[3] = o * b * t;
    f[4] = o * b * l;
    f[5] = o * b * l * t;
    f[6] = o * b / t;
    f[7] = b * i;
    f[8] = b * i * t;
    f[9] = b * i * i;
    f[10] = 1.0;
    f[11] = t;
}

static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    (void)data;
    for (size_t j = 0; j < N_FEATURES; j++)
        el_param_set(&spec[j], feature[j].name, "J", feature[j].meaning, false,
                     0.0, INFINITY);
    return N_FEATURES;
}

const el_form el_form_nnls12kv = {
    .name = "nnls12kv",
    .title = "12 non-negative coefficients, KV-capacity waves",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify,
    .features = features,
    .non_negative = true,
    .fit = el_form_fit_linear,
    .predict = el_form_predict_linear,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * el12r: a plain reading of arXiv 2605.10556, kept for comparison.
 *
 *   E = B I (t1 + t2 I) T^t3 P^t4
 *       + B O (t5 B^-t6 + t7 + t8 L) T^t9 P^t10 + t11 O T P + t12
 */
#include <string.h>

#include "model/forms.h"
#include "model/nlls.h"

enum { T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, N_THETA };

/* Wide priors about what the terms stand for: the rows decide. */
static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    const el_facts *f = data->facts;
    double flop = 2.0 * f->active_params;
    double weights = el_facts_streamed_bytes(f, 1.0) * 210e-12;
    double kv = fmax(f->kv_bytes_per_token, 1.0) * 300e-12;
    double attention = 4.0 * f->layers * f->hidden * 2e-12;

    el_param_set(&spec[T1], "ln_t1", "J", "prefill", true, log(flop * 1.6e-12),
                 2.0);
    el_param_set(&spec[T2], "ln_t2", "J", "prefill attention", true,
                 log(attention), 3.0);
    el_param_set(&spec[T3], "t3", "1", "T exponent, prefill", false, 0.35, 1.0);
    el_param_set(&spec[T4], "t4", "1", "P exponent, prefill", false, 0.35, 1.0);
    el_param_set(&spec[T5], "ln_t5", "J", "step shared by the batch", true,
                 log(weights), 2.0);
    el_param_set(&spec[T6], "t6", "1", "batch exponent", false, 1.0, 0.5);
    el_param_set(&spec[T7], "ln_t7", "J", "marginal token", true,
                 log(flop * 1.5e-12), 2.0);
    el_param_set(&spec[T8], "ln_t8", "J", "KV read", true, log(kv), 2.0);
    el_param_set(&spec[T9], "t9", "1", "T exponent, decode", false, 0.3, 1.0);
    el_param_set(&spec[T10], "t10", "1", "P exponent, decode", false, 0.3, 1.0);
    el_param_set(&spec[T11], "ln_t11", "J", "step per GPU", true,
                 log(0.012 * f->layers), 2.0);
    el_param_set(&spec[T12], "ln_t12", "J", "run", true, log(10.0), 3.0);
    return N_THETA;
}

/* Value of one addend times its log-derivatives, summed into y and grad. */
static double predict_one(const double *p, const el_point *point, double *grad)
{
    double t = el_point_shards(point), b = point->batch, o = point->osl;
    double i = el_is_known(point->isl) ? point->isl : 0.0, l = i + 0.5 * o;
    double ln_t = log(t), ln_p = log(point->pp), ln_b = log(b);
    double pre = b * i * exp(p[T3] * ln_t + p[T4] * ln_p);
    double dec = b * o * exp(p[T9] * ln_t + p[T10] * ln_p);
    double a1 = pre * exp(p[T1]), a2 = pre * i * exp(p[T2]);
    double a5 = dec * exp(p[T5] - p[T6] * ln_b), a7 = dec * exp(p[T7]);
    double a8 = dec * l * exp(p[T8]), a11 = o * t * point->pp * exp(p[T11]);
    double a12 = exp(p[T12]);
    double y = a1 + a2 + a5 + a7 + a8 + a11 + a12;

    if (grad) {
        grad[T1] = a1 / y;
        grad[T2] = a2 / y;
        grad[T3] = (a1 + a2) / y * ln_t;
        grad[T4] = (a1 + a2) / y * ln_p;
        grad[T5] = a5 / y;
        grad[T6] = -a5 / y * ln_b;
        grad[T7] = a7 / y;
        grad[T8] = a8 / y;
        grad[T9] = (a5 + a7 + a8) / y * ln_t;
        grad[T10] = (a5 + a7 + a8) / y * ln_p;
        grad[T11] = a11 / y;
        grad[T12] = a12 / y;
    }
    return y;
}

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad)
{
    for (size_t i = 0; i < n; i++)
        y[i] = predict_one(model->param, &point[i],
                           grad ? grad + i * model->n_param : NULL);
}

static const el_formula formula = {
    .text = "L = I + O/2\n"
            "E = B I (t1 + t2 I) T^t3 P^t4"
            " + B O (t5 B^-t6 + t7 + t8 L) T^t9 P^t10 + t11 O T P + t12\n",
    .latex = "E = B I(\\theta_1+\\theta_2 I)T^{\\theta_3}P^{\\theta_4}"
             " + B O(\\theta_5 B^{-\\theta_6}+\\theta_7+\\theta_8 L)"
             "T^{\\theta_9}P^{\\theta_{10}} + \\theta_{11} O T P"
             " + \\theta_{12}\n",
    .c = "    double L = I + 0.5 * O;\n"
         "    return B * I * (t1 + t2 * I) * pow(T, t3) * pow(P, t4) +\n"
         "           B * O * (t5 * pow(B, -t6) + t7 + t8 * L) * pow(T, t9) *\n"
         "               pow(P, t10) +\n"
         "           t11 * O * T * P + t12;\n",
    .python = "    L = I + 0.5 * O\n"
              "    return (B * I * (t1 + t2 * I) * T**t3 * P**t4\n"
              "            + B * O * (t5 * B**-t6 + t7 + t8 * L)\n"
              "            * T**t9 * P**t10 + t11 * O * T * P + t12)\n",
};

const el_form el_form_el12r = {
    .name = "el12r",
    .title = "plain reconstruction of the published 12-parameter form",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify,
    .fit = el_form_fit_nlls,
    .predict = predict,
    .formula = &formula,
};

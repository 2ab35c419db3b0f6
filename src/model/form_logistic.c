/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logistic: joules per output token fall from one level to another along
 * log2 of the concurrency.
 *
 *   E = B O T^a [ c + d / (1 + e^(k (log2 B - x))) ]
 *
 * Source  the ML.ENERGY data toolkit (mlenergy-data) and the fleet simulator of
 *         vLLM's semantic router fit power and latency of each model and
 *         number of GPUs so; here the curve is of energy, and one exponent of
 *         T stands for the separate fits, which is ours.
 */
#include "model/forms.h"
#include "model/nlls.h"

enum { LOW, DROP, SLOPE, MIDDLE, DEGREE, N_LOGISTIC };

static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    const el_facts *f = data->facts;
    double token = 2.0 * f->active_params * 5e-12;
    double step = el_facts_streamed_bytes(f, 1.0) * 210e-12 + 0.012 * f->layers;

    el_param_set(&spec[LOW], "ln_c", "J", "token of a full batch", true,
                 log(token), 2.0);
    el_param_set(&spec[DROP], "ln_d", "J", "what sharing a step saves", true,
                 log(2.0 * step), 2.0);
    el_param_set(&spec[SLOPE], "ln_k", "1", "steepness along log2 B", true, 0.0,
                 1.0);
    el_param_set(&spec[MIDDLE], "x", "1", "log2 B halfway", false, 0.0, 3.0);
    el_param_set(&spec[DEGREE], "a", "1", "T exponent", false, 0.3, 1.0);
    return N_LOGISTIC;
}

static double predict_one(const double *p, const el_point *point, double *grad)
{
    double away = log2(point->batch) - p[MIDDLE], k = exp(p[SLOPE]);
    double share = 1.0 / (1.0 + exp(k * away));
    double low = exp(p[LOW]), drop = exp(p[DROP]) * share, e = low + drop;
    double ln_t = log(el_point_shards(point));

    if (grad) {
        double down = drop * (1.0 - share) / e; /* -d ln e / d (k away) */
        grad[LOW] = low / e;
        grad[DROP] = drop / e;
        grad[SLOPE] = -down * k * away;
        grad[MIDDLE] = down * k;
        grad[DEGREE] = ln_t;
    }
    return point->batch * point->osl * exp(p[DEGREE] * ln_t) * e;
}

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad)
{
    for (size_t i = 0; i < n; i++)
        y[i] = predict_one(model->param, &point[i],
                           grad ? grad + i * N_LOGISTIC : NULL);
}

static const el_formula formula = {
    .text = "E = B O T^a (c + d / (1 + e^(k (log2 B - x))))\n",
    .latex = "E = B\\,O\\,T^{a}\\left(c + "
             "\\frac{d}{1 + e^{k(\\log_2 B - x)}}\\right)\n",
    .c = "    (void)P, (void)I;\n"
         "    return B * O * pow(T, a) *\n"
         "           (c + d / (1 + exp(k * (log2(B) - x))));\n",
    .python = "    from math import exp, log2\n"
              "    return B * O * T**a * (c + d / (1 + exp(k * (log2(B)"
              " - x))))\n",
};

const el_form el_form_logistic = {
    .name = "logistic",
    .title = "logistic in log2 of the concurrency",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify,
    .fit = el_form_fit_nlls,
    .predict = predict,
    .formula = &formula,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maveriq: latency extrapolated over degrees from a few fingerprint runs.
 *
 *   L(T,P) = L0 / (T P^a) + O_T (T-1)^b / P^c + O_P (P-1)^d
 *   L(B)   = L(1) + (B-1) max(0, L(2) - L(1))
 *
 * The published exponents are for 16-bit weights, one set from a model cut to
 * few layers (fingerprint), one from the whole model (full). There the
 * overheads come from runs at (2,1) and (1,2), clamped at 0; rows drawn by
 * `evaluate` need not hold these runs, so L0, O_T, O_P and their slopes in B
 * are found by non-negative least squares, which agrees with the anchors
 * where they are the rows. All six are per output token, which is ours: the
 * source fits one pair of lengths at a time.
 *
 * maveriq and maveriq-full put energy in the place of L; maveriq-latency keeps
 * time and picks the fastest.
 *
 * Source  D. Liakopoulos, T. Hu, P. Sinha, N. Yadwadkar, iServe (MaverIQ, SC
 *         2025), arXiv 2501.13111.
 */
#include "model/forms.h"
#include "model/linear.h"
#include "model/nlls.h"
#include "model/rule.h"

#define N_SHAPES     3u
#define N_PARAMETERS 6u

typedef struct exponents {
    double a, b, c, d;
} exponents;

static const exponents fingerprint = {.049, .686, .188, .569};
static const exponents full = {.921, .802, 1.062, .259};

static void shapes(const exponents *e, const el_point *point, double *f)
{
    double t = el_point_shards(point), p = point->pp;

    f[0] = point->osl / (t * pow(p, e->a));
    f[1] = point->osl * pow(t - 1.0, e->b) / pow(p, e->c);
    f[2] = point->osl * pow(p - 1.0, e->d);
    for (size_t j = 0; j < N_SHAPES; j++)
        f[N_SHAPES + j] = (point->batch - 1.0) * f[j];
}

static void features(const el_facts *facts, const el_point *point, double *f)
{
    (void)facts;
    shapes(&fingerprint, point, f);
}

static void features_full(const el_facts *facts, const el_point *point,
                          double *f)
{
    (void)facts;
    shapes(&full, point, f);
}

static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    static const char *const name[N_PARAMETERS] = {"L_0", "O_T",  "O_P",
                                                   "b_0", "b_OT", "b_OP"};
    static const char *const meaning[N_PARAMETERS] = {
        "one request on one GPU", "overhead of splitting layers",
        "overhead of stages",     "each further request",
        "its share of splitting", "its share of stages"};
    const char *unit = data->target == EL_TARGET_ENERGY ? "J" : "s";

    for (size_t j = 0; j < N_PARAMETERS; j++)
        el_param_set(&spec[j], name[j], unit, meaning[j], false, 0.0, INFINITY);
    return N_PARAMETERS;
}

static el_status fit_latency(const el_fit_data *data, el_model *model,
                             el_error *err)
{
    return el_rule_time_fit_by(&el_form_maveriq, data, model, err);
}

static void predict_latency(const el_model *model, const el_point *point,
                            size_t n, double *score, double *grad)
{
    (void)grad;
    el_form_predict_linear(model, point, n, score, NULL);
    for (size_t i = 0; i < n; i++) /* free batch: seconds per token */
        score[i] /= point[i].batch * point[i].osl;
}

static size_t specify_latency(const el_fit_data *data, el_param_spec *spec)
{
    el_fit_data time = *data;

    time.target = EL_TARGET_LATENCY;
    return specify(&time, spec);
}

const el_form el_form_maveriq = {
    .name = "maveriq",
    .title = "MaverIQ on energy, fingerprint exponents",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY | 1u << EL_TARGET_LATENCY,
    .specify = specify,
    .features = features,
    .non_negative = true,
    .fit = el_form_fit_linear,
    .predict = el_form_predict_linear,
};

const el_form el_form_maveriq_full = {
    .name = "maveriq-full",
    .title = "MaverIQ on energy, full-model exponents",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY | 1u << EL_TARGET_LATENCY,
    .specify = specify,
    .features = features_full,
    .non_negative = true,
    .fit = el_form_fit_linear,
    .predict = el_form_predict_linear,
};

const el_form el_form_maveriq_latency = {
    .name = "maveriq-latency",
    .title = "lowest latency by MaverIQ",
    .traits = EL_FORM_RANKS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify_latency,
    .features = features,
    .fit = fit_latency,
    .predict = predict_latency,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sweetspot, sweetspot5: energy per output token in the two lengths.
 *
 *   E / (B O) = t0 + t1 I^2/O + t2 I + t3 I/O + t4 O + t5/O,  t >= 0
 *
 * sweetspot5 has no t5. Batch and degrees are not in it: one curve for all
 * rows, which is the formula of its paper only where they are of one batch and
 * one degree. Without prompt lengths the terms in I are left out.
 *
 * Source  SweetSpot, arXiv 2602.05695, ICPE 2026: "memory + FLOPs" and
 *         "FLOPs only".
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "energylens/sweetspot.h"
#include "model/forms.h"
#include "model/linear.h"
#include "model/nlls.h"
#include "num/qr.h"

#define N_TERMS EL_SWEETSPOT_TERMS

static const char *const meaning[N_TERMS] = {
    "output token", "prompt token pair", "output token and prompt token",
    "prompt token", "output token pair", "request"};

static void features_six(const el_facts *facts, const el_point *point,
                         double *f)
{
    double n = el_is_known(point->isl) ? point->isl : 0.0;

    (void)facts;
    el_sweetspot_terms(n, point->osl, f);
    for (size_t k = 0; k < N_TERMS; k++)
        f[k] *= point->batch * point->osl;
}

static void features_five(const el_facts *facts, const el_point *point,
                          double *f)
{
    double all[N_TERMS];

    features_six(facts, point, all);
    memcpy(f, all, (N_TERMS - 1) * sizeof *f);
}

static size_t specify_terms(el_param_spec *spec, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        char name[EL_LABEL_LEN];

        (void)snprintf(name, sizeof name, "t%zu", j);
        el_param_set(&spec[j], name, "J", meaning[j], false, 0.0, INFINITY);
    }
    return n;
}

static size_t specify_six(const el_fit_data *data, el_param_spec *spec)
{
    (void)data;
    return specify_terms(spec, N_TERMS);
}

static size_t specify_five(const el_fit_data *data, el_param_spec *spec)
{
    (void)data;
    return specify_terms(spec, N_TERMS - 1);
}

/* --- which terms do the lengths tell apart? ------------------------------ */

/* A column of length 1 this near to the span of the others is theirs: far
 * above rounding, far below what lengths that differ by a token give. */
#define SAME 1e-9

/* Columns of length 1, relative to y; 0 where a term is never seen. */
static void fill_columns(const el_form *form, const el_fit_data *data, size_t k,
                         double *a)
{
    for (size_t i = 0; i < data->n; i++) {
        form->features(data->facts, &data->point[i], a + i * k);
        for (size_t j = 0; j < k; j++)
            a[i * k + j] /= data->y[i];
    }
    for (size_t j = 0; j < k; j++) {
        double sum = 0.0, scale;

        for (size_t i = 0; i < data->n; i++)
            sum += a[i * k + j] * a[i * k + j];
        scale = sum > 0.0 ? 1.0 / sqrt(sum) : 0.0;
        for (size_t i = 0; i < data->n; i++)
            a[i * k + j] *= scale;
    }
}

/* Distance of column j from the span of the others: the last pivot of a QR
 * in which it stands last. work: n x k numbers, then n and k. */
static double distance(const double *a, size_t n, size_t k, size_t j,
                       double *work)
{
    double *b = work + n * k, *w = b + n;

    memcpy(work, a, n * k * sizeof *work);
    memset(b, 0, n * sizeof *b);
    for (size_t i = 0; i < n; i++) {
        work[i * k + j] = a[i * k + k - 1];
        work[i * k + k - 1] = a[i * k + j];
    }
    el_qr_rows(work, b, n, k, w);
    return fabs(work[(k - 1) * k + k - 1]);
}

static el_status refuse(const el_form *form, const el_fit_data *data,
                        const el_param_spec *spec, size_t k,
                        const bool *confused, el_error *err)
{
    el_buf text = {0};
    el_status st;

    for (size_t j = 0; j < k; j++)
        if (confused[j])
            el_buf_printf(&text, "%s%s", text.len ? ", " : "", spec[j].name);
    st = el_fail(err, EL_E_DATA,
                 "%s: %zu rows of these input and output lengths cannot tell "
                 "%s apart; vary both",
                 form->name, data->n, el_buf_text(&text));
    el_buf_clear(&text);
    return st;
}

static bool never_seen(const double *a, size_t n, size_t k, size_t j)
{
    for (size_t i = 0; i < n; i++)
        if (a[i * k + j] > 0.0)
            return false;
    return true;
}

/* Terms in I are 0 where no prompt length is known, and stay out. */
static el_status identify(const el_form *form, const el_fit_data *data,
                          const el_param_spec *spec, size_t k, el_error *err)
{
    size_t n = data->n;
    bool confused[N_TERMS] = {false}, any = false;
    double *a = NULL;

    if (n < k)
        return el_fail(err, EL_E_DATA, "%s: %zu rows for %zu terms", form->name,
                       n, k);
    a = el_array(2 * n * k + n + k, sizeof *a);
    if (!a)
        return el_fail(err, EL_E_NOMEM, "%s: scratch for %zu rows", form->name,
                       n);
    fill_columns(form, data, k, a);
    for (size_t j = 0; j < k; j++) {
        if (data->prompts_unknown && never_seen(a, n, k, j))
            continue;
        confused[j] = distance(a, n, k, j, a + n * k) < SAME;
        any = any || confused[j];
    }
    el_free(a);
    return any ? refuse(form, data, spec, k, confused, err) : EL_OK;
}

/* ------------------------------------------------------------------------ */

static el_status fit(const el_fit_data *data, el_model *model, el_error *err)
{
    el_param_spec spec[EL_MAX_PARAMS];
    size_t k = model->form->specify(data, spec);
    el_status st = identify(model->form, data, spec, k, err);

    return st == EL_OK ? el_form_fit_linear(data, model, err) : st;
}

static void predict(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad)
{
    size_t k = model->n_param;

    for (size_t i = 0; i < n; i++) {
        el_point p = point[i];

        if (model->prompts_unknown) /* nothing is known of these terms */
            p.isl = EL_UNKNOWN;
        el_form_predict_linear(model, &p, 1, y + i, grad ? grad + i * k : NULL);
    }
}

static const el_formula formula_six = {
    .text = "E = B O (t0 + t1 I^2/O + t2 I + t3 I/O + t4 O + t5/O)\n",
    .latex = "E = B O \\left(t_0 + t_1 I^2/O + t_2 I + t_3 I/O + t_4 O"
             " + t_5/O\\right)\n",
    .c = "    return B * (t0 * O + t1 * I * I + t2 * I * O + t3 * I"
         " + t4 * O * O\n                + t5);\n",
    .python = "    return B * (t0 * O + t1 * I * I + t2 * I * O + t3 * I"
              " + t4 * O * O + t5)\n",
};

static const el_formula formula_five = {
    .text = "E = B O (t0 + t1 I^2/O + t2 I + t3 I/O + t4 O)\n",
    .latex = "E = B O \\left(t_0 + t_1 I^2/O + t_2 I + t_3 I/O + t_4 O"
             "\\right)\n",
    .c = "    return B * (t0 * O + t1 * I * I + t2 * I * O + t3 * I"
         " + t4 * O * O);\n",
    .python = "    return B * (t0 * O + t1 * I * I + t2 * I * O + t3 * I"
              " + t4 * O * O)\n",
};

const el_form el_form_sweetspot = {
    .name = "sweetspot",
    .title = "SweetSpot, six terms in I and O; no batch, no degree",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify_six,
    .features = features_six,
    .non_negative = true,
    .fit = fit,
    .predict = predict,
    .formula = &formula_six,
};

const el_form el_form_sweetspot5 = {
    .name = "sweetspot5",
    .title = "SweetSpot, FLOPs only: without the term per request",
    .traits = EL_FORM_PREDICTS,
    .targets = 1u << EL_TARGET_ENERGY,
    .specify = specify_five,
    .features = features_five,
    .non_negative = true,
    .fit = fit,
    .predict = predict,
    .formula = &formula_five,
};

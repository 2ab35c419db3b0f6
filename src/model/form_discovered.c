/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discovered: a law that symbolic regression found, or finds in the rows.
 *
 * The law is a formula of el_law_feature's names; its fitted numbers are the
 * parameters. Where no law is given, one is sought in the axes that vary.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "energylens/discover.h"
#include "energylens/expr_eval.h"
#include "energylens/known.h"
#include "model/forms.h"
#include "model/law_feature.h"
#include "model/nlls.h"

#define EVALUATIONS 200000u /* of other targets than joules */

#define MAX_SOUGHT (EL_N_AXES + sizeof made / sizeof *made)
#define MEANING    "constant of the law, in the order of its text"

/* Sought beside the axes: waves that wait for the cache, experts' weights. */
static const char *const made[] = {"kv_waves", "streamed_bytes"};

/* Feature columns of some points. Those that a law does not name are not
   filled in and stand for any other one. */
typedef struct columns {
    double *value;
    const double *col[EL_EXPR_MAX_COLS];
    el_columns x;
} columns;

static void columns_clear(columns *c)
{
    el_free(c->value);
}

static void columns_fill(const el_facts *facts, const el_point *point, size_t n,
                         size_t feature, double *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = el_law_feature_value(feature, &point[i], facts);
}

static el_status columns_make(const el_expr *law, const el_facts *facts,
                              const el_point *point, size_t n, columns *c,
                              el_error *err)
{
    const size_t n_col = el_law_n_features();
    bool used[EL_EXPR_MAX_COLS] = {false};
    size_t k = 0;

    for (unsigned i = 0; i < law->n_node; i++)
        if (law->node[i].op == EL_OP_COL)
            used[law->node[i].arg] = true;
    for (size_t f = 0; f < n_col; f++)
        k += used[f];
    c->value = el_array((k + 1) * n, sizeof *c->value);
    if (!c->value)
        return el_fail(err, EL_E_NOMEM, "discovered: %zu points", n);
    k = 0;
    for (size_t f = 0; f < n_col; f++) {
        double *to = c->value;

        if (used[f]) {
            to += ++k * n;
            columns_fill(facts, point, n, f, to);
        }
        c->col[f] = to;
    }
    c->x = (el_columns){c->col, n_col, n};
    return EL_OK;
}

/* Numbers that vary, and not as another column does. */
static bool says_something(const double *const *col, size_t n_col,
                           const double *v, size_t n)
{
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        if (!isfinite(v[i]))
            return false;
        any = any || v[i] != v[0];
    }
    for (size_t k = 0; k < n_col; k++)
        any = any && memcmp(col[k], v, n * sizeof *v) != 0;
    return any;
}

/* The law's columns as features. */
static void rename_columns(const size_t *feature, el_expr *law)
{
    for (unsigned i = 0; i < law->n_node; i++)
        if (law->node[i].op == EL_OP_COL)
            law->node[i].arg = (uint16_t)feature[law->node[i].arg];
}

/* Rows of one load, whatever its degrees: left out together. */
static void label_loads(const el_fit_data *data, size_t *group)
{
    for (size_t i = 0; i < data->n; i++) {
        const el_point *a = &data->point[i];
        size_t j = 0;

        for (; j < i; j++) {
            const el_point *b = &data->point[j];

            if (a->batch == b->batch && a->osl == b->osl &&
                el_known_equal(a->isl, b->isl))
                break;
        }
        group[i] = j;
    }
}

/* Of the columns and the target: a number that carries one is no round one. */
static el_status read_units(const size_t *feature, size_t n, el_target target,
                            el_unit *unit, el_unit *result, el_error *err)
{
    el_unit_bases bases = {0};
    el_status st = el_unit_parse(target == EL_TARGET_ENERGY ? "J" : "s", &bases,
                                 result, err);

    for (size_t k = 0; k < n && st == EL_OK; k++)
        st = el_unit_parse(el_law_feature_at(feature[k])->unit, &bases,
                           &unit[k], err);
    return st;
}

/* Search in the axes that vary, which the caller has room for. */
static el_status search(const el_fit_data *data, double *value,
                        const size_t *group, el_front *front, el_expr *law,
                        el_error *err)
{
    el_part part[MAX_SOUGHT];
    el_unit unit[MAX_SOUGHT], result;
    const el_unit_rules scales = {unit, &result, true};
    const bool joules = data->target == EL_TARGET_ENERGY;
    const el_discover_options options = {
        .evaluations = joules ? 0 : EVALUATIONS,
        .max_complexity = joules ? EL_LAW_MAX_COMPLEXITY : 0,
        .part = joules ? part : NULL,
        .scales = &scales,
        .group = group};
    const double *col[MAX_SOUGHT];
    size_t feature[MAX_SOUGHT], n_col = 0;
    el_columns x;
    el_status st;

    for (size_t f = 0; f < MAX_SOUGHT; f++) {
        const size_t which =
            f < EL_N_AXES ? f : el_law_feature_find(made[f - EL_N_AXES]);
        double *to = value + n_col * data->n;

        columns_fill(data->facts, data->point, data->n, which, to);
        if (!says_something(col, n_col, to, data->n))
            continue;
        col[n_col] = to;
        part[n_col] = el_law_feature_at(which)->part;
        feature[n_col++] = which;
    }
    if (n_col == 0)
        return el_fail(err, EL_E_DATA, "discovered: no axis varies");
    x = (el_columns){col, n_col, data->n};
    st = read_units(feature, n_col, data->target, unit, &result, err);
    if (st != EL_OK)
        return st;
    st = el_discover(&x, data->y, &options, NULL, front, err);
    if (st == EL_OK && front->n == 0)
        return el_fail(err, EL_E_DATA, "discovered: no law was found");
    if (st == EL_OK) {
        *law = front->law[front->pick].expr;
        rename_columns(feature, law);
    }
    return st;
}

static el_status find_law(const el_fit_data *data, el_expr *law, el_error *err)
{
    double *value = el_array(MAX_SOUGHT * data->n, sizeof *value);
    el_front *front = el_array(1, sizeof *front);
    size_t *group = el_array(data->n, sizeof *group);
    el_status st;

    if (value && front && group) {
        label_loads(data, group);
        st = search(data, value, group, front, law, err);
    } else {
        st = el_fail(err, EL_E_NOMEM, "discovered: %zu rows", data->n);
    }
    el_free(group);
    el_free(front);
    el_free(value);
    return st;
}

/* As a fit file gives it back: what is written of a law is all of it. */
static el_status rewrite(el_expr *law, el_error *err)
{
    el_buf text = {0};
    el_status st = EL_E_NOMEM;

    el_law_print(law, EL_NOTATION_TEXT, 0, &text);
    if (el_buf_ok(&text))
        st = el_law_parse(el_buf_text(&text), law, err);
    else
        st = el_fail(err, st, "discovered: out of memory");
    el_buf_clear(&text);
    return st;
}

/* Fitted numbers of the law, in its order; returns how many. */
static size_t fitted(const el_expr *law, size_t slot[EL_EXPR_MAX_CONSTS])
{
    size_t k = 0;

    for (unsigned j = 0; j < law->n_const; j++)
        if (law->kind[j] != EL_CONST_FIXED)
            slot[k++] = j;
    return k;
}

/* A coefficient keeps its sign, which is part of what the law says. */
static bool is_log(const el_expr *law, size_t slot)
{
    return law->kind[slot] != EL_CONST_EXPONENT && law->value[slot] > 0.0;
}

/* The law's own numbers are where a fit starts; nothing is believed of them. */
static size_t specify(const el_fit_data *data, el_param_spec *spec)
{
    size_t slot[EL_EXPR_MAX_CONSTS];
    const size_t k = data->law ? fitted(data->law, slot) : 1;
    char name[EL_LABEL_LEN];

    if (!data->law) /* not found yet: something without a prior */
        el_param_set(&spec[0], "ln_c1", "1", MEANING, true, 0.0,
                     (double)INFINITY);
    for (size_t j = 0; data->law && j < k; j++) {
        const double value = data->law->value[slot[j]];
        const bool log_scale = is_log(data->law, slot[j]);

        (void)snprintf(name, sizeof name, "%sc%zu", log_scale ? "ln_" : "",
                       j + 1);
        el_param_set(&spec[j], name, "1", MEANING, log_scale,
                     log_scale ? log(value) : value, (double)INFINITY);
    }
    return k;
}

/* The law with the model's parameters in it; a sign is kept to the limits. */
static el_expr law_of(const el_model *model)
{
    el_expr law = model->law;
    size_t slot[EL_EXPR_MAX_CONSTS];
    const size_t k = fitted(&law, slot);

    for (size_t j = 0; j < k && j < model->n_param; j++)
        law.value[slot[j]] =
            is_log(&model->law, slot[j])
                ? fmin(fmax(exp(model->param[j]), DBL_MIN), DBL_MAX)
                : model->param[j];
    return law;
}

/* d ln f / d parameter from the Jacobian of all numbers. */
static el_status slopes(const el_expr *law, const columns *c, const double *y,
                        double *grad)
{
    size_t slot[EL_EXPR_MAX_CONSTS];
    const size_t k = fitted(law, slot), n = c->x.n_row;
    double *jac = el_array(n * law->n_const, sizeof *jac);
    el_status st = jac ? el_expr_jacobian(law, &c->x, jac, NULL) : EL_E_NOMEM;

    for (size_t i = 0; st == EL_OK && i < n; i++)
        for (size_t j = 0; j < k; j++) {
            const double d = jac[i * law->n_const + slot[j]] / y[i];

            grad[i * k + j] =
                is_log(law, slot[j]) ? d * law->value[slot[j]] : d;
        }
    el_free(jac);
    return st;
}

/* Out of memory there is no number to give, nor where an offset is more than
   all else: so short a run is none that the law knows. */
static void predict(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad)
{
    const el_expr law = law_of(model);
    columns c = {0};
    el_status st = law.n_node > 0
                       ? columns_make(&law, &model->facts, point, n, &c, NULL)
                       : EL_E_ARG;

    if (st == EL_OK)
        st = el_expr_eval(&law, &c.x, y, NULL);
    if (st == EL_OK && grad && model->n_param > 0)
        st = slopes(&law, &c, y, grad);
    for (size_t i = 0; i < n; i++)
        if (st != EL_OK || !(y[i] > 0.0))
            y[i] = EL_UNKNOWN;
    for (size_t i = 0; st != EL_OK && grad && i < n * model->n_param; i++)
        grad[i] = EL_UNKNOWN;
    columns_clear(&c);
}

static el_status fit(const el_fit_data *data, el_model *model, el_error *err)
{
    el_fit_data with_law = *data;
    size_t slot[EL_EXPR_MAX_CONSTS];
    el_status st = EL_OK;

    with_law.law = &model->law;
    if (data->law)
        model->law = *data->law;
    else
        st = find_law(data, &model->law, err);
    if (st == EL_OK)
        st = rewrite(&model->law, err);
    if (st != EL_OK || fitted(&model->law, slot) == 0)
        return st; /* all round numbers: nothing to fit */
    st = el_form_fit_nlls(&with_law, model, err);
    if (st == EL_OK)
        model->law = law_of(model);
    return st;
}

const el_form el_form_discovered = {
    .name = "discovered",
    .title = "law found by symbolic regression",
    .traits = EL_FORM_PREDICTS,
    .targets = (1u << EL_N_TARGETS) - 1u,
    .specify = specify,
    .fit = fit,
    .predict = predict,
};

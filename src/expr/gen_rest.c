/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A product of whole powers with a round coefficient and a law of what it
 * leaves: y = p/q x^a + g(x). Where g is small and of one sign, y/x^a comes
 * close to p/q on one side and never passes it, which is how p/q is found;
 * noise passes it. What is left goes to the generators of products.
 */
#include <math.h>

#include "base/mem.h"
#include "expr/build.h"
#include "expr/gen.h"

#define CLOSE       .01 /* of p/q, where y/x^a comes to */
#define DENOMINATOR 4

typedef struct leading {
    const el_gen_view *view;
    double coef, exponent[EL_POLY_MAX_VARS];
    double *value; /* n: x^a */
    double *rest;  /* n: y - coef x^a */
} leading;

/* The view's columns to whole powers by ln|y|; false where none is a law. */
static bool find_powers(leading *m, double *design)
{
    const el_gen_view *v = m->view;
    const size_t n = v->n, p = v->n_var;
    el_sparse_fit fit = {.n_term = 1 + p};

    for (size_t i = 0; i < n; i++) {
        design[i] = 1;
        m->rest[i] = log(fabs(v->y[i]));
    }
    for (size_t i = 0; i < p * n; i++)
        design[n + i] = v->log_x[i];
    for (size_t j = 0; j <= p; j++)
        fit.index[j] = j;
    if (!el_sparse_refit(&(el_dictionary){design, n, 1 + p}, m->rest, &fit,
                         design + n * (1 + p)))
        return false;
    for (size_t k = 0; k < p; k++)
        m->exponent[k] = round(fit.coef[1 + k]);
    for (size_t i = 0; i < n; i++) {
        m->value[i] = 1;
        for (size_t k = 0; k < p; k++)
            m->value[i] *= pow(v->x[k * n + i], m->exponent[k]);
    }
    return true;
}

/* The p/q of least q in lo..hi; 0: none. */
static double round_between(double lo, double hi)
{
    for (int q = 1; q <= DENOMINATOR; q++)
        if (floor(hi * q) >= lo * q)
            return floor(hi * q) / q;
    return 0;
}

static bool take(void *ctx, const el_expr *rest)
{
    const leading *m = ctx;
    const el_gen_view *v = m->view;
    const el_monomial power = {.factor = m->coef,
                               .factor_kind = EL_CONST_FREE,
                               .n = v->n_var,
                               .column = v->column,
                               .exponent = m->exponent,
                               .exponent_kind = EL_CONST_FIXED};
    el_expr sum = {0};

    if (el_expr_push_monomial(&sum, &power) && el_expr_push(&sum, rest) &&
        el_expr_push_op(&sum, EL_OP_ADD))
        el_gen_offer(v, &sum, false);
    return *v->stop;
}

/* Laws of y - coef x^a. */
static el_status search(leading *m, el_error *err)
{
    const el_gen_view *v = m->view;
    const el_gen_sink sink = {take, m};
    const double *col[EL_POLY_MAX_VARS];
    el_columns columns = {col, v->n_var, v->n};
    el_gen_view view;
    bool stop = false;
    el_status st;

    for (size_t k = 0; k < v->n_var; k++)
        col[k] = v->x + k * v->n;
    for (size_t i = 0; i < v->n; i++)
        m->rest[i] = v->y[i] - m->coef * m->value[i];
    st = el_gen_view_new(&columns, m->rest, &v->options, &sink, &stop, &view,
                         err);
    if (st == EL_OK && view.y_one_sign)
        st = el_gen_products(&view, err);
    if (st == EL_OK)
        el_gen_view_clear(&view);
    return st;
}

static el_status both_sides(leading *m, el_error *err)
{
    const el_gen_view *v = m->view;
    double lo = (double)INFINITY, hi = -(double)INFINITY;
    el_status st = EL_OK;

    for (size_t i = 0; i < v->n; i++) {
        lo = fmin(lo, v->y[i] / m->value[i]);
        hi = fmax(hi, v->y[i] / m->value[i]);
    }
    m->coef = round_between(lo * (1 - CLOSE), lo);
    if (m->coef > 0)
        st = search(m, err);
    m->coef = round_between(hi, hi * (1 + CLOSE));
    if (st == EL_OK && m->coef > 0 && v->options.signed_terms && !*v->stop)
        st = search(m, err);
    return st;
}

static el_status run(const el_gen_view *view, el_error *err)
{
    const size_t n = view->n, p = view->n_var;
    leading m = {.view = view};
    double *design;
    el_status st = EL_OK;

    if (view->n_power > 0 || p == 0 || p >= EL_SPARSE_MAX_TERMS ||
        !view->x_positive || !view->y_one_sign || view->y[0] < 0)
        return EL_OK;
    m.value = el_array(n, sizeof *m.value);
    m.rest = el_array(n, sizeof *m.rest);
    design = el_array((2 * p + 4) * n, sizeof *design);
    if (!m.value || !m.rest || !design)
        st = el_fail(err, EL_E_NOMEM, "generate: %zu rows", n);
    else if (find_powers(&m, design))
        st = both_sides(&m, err);
    el_free(m.value);
    el_free(m.rest);
    el_free(design);
    return st;
}

const el_generator el_gen_rest = {"rest", run};

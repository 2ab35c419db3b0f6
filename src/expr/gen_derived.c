/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns that laws are often made of, tried as further variables: sine and
 * cosine of one column, of the difference of two; (x - 1)/x and log2 x of a
 * column of small whole numbers, as degrees of parallelism are.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "energylens/expr_eval.h"
#include "expr/build.h"
#include "expr/gen.h"

#define ADDED_MAX    4u
#define ALL_OF(a, b) ((UINT32_C(1) << EL_OP_##a) | (UINT32_C(1) << EL_OP_##b))

static bool add(el_gen_derived *d, el_expr_op op, size_t a, size_t b, bool two)
{
    el_expr *e = &d->expr[d->n];
    bool made;

    *e = (el_expr){0};
    made =
        el_expr_push_col(e, a) &&
        (!two || (el_expr_push_col(e, b) && el_expr_push_op(e, EL_OP_SUB))) &&
        el_expr_push_op(e, op);
    d->n += made;
    return made;
}

/* 1 - 1/x */
static bool add_ring(el_gen_derived *d, size_t a)
{
    el_expr *e = &d->expr[d->n];

    *e = (el_expr){0};
    d->n++;
    return el_expr_push_const(e, 1, EL_CONST_FIXED) && el_expr_push_col(e, a) &&
           el_expr_push_op(e, EL_OP_INV) && el_expr_push_op(e, EL_OP_SUB);
}

static bool is_degree(const el_columns *x, size_t k)
{
    bool more = false;

    for (size_t i = 0; i < x->n_row; i++) {
        const double v = x->col[k][i];

        if (!(v >= 1 && v <= 64 && v == floor(v)))
            return false;
        more = more || v > 1;
    }
    return more;
}

/* x beside the derived columns; false without memory. */
static el_status with_columns(const el_columns *x, const el_gen_derived *d,
                              const double **col, double **values,
                              el_error *err)
{
    el_status st = EL_OK;

    *values = el_array(d->n * x->n_row, sizeof **values);
    if (!*values)
        return el_fail(err, EL_E_NOMEM, "generate: %zu rows", x->n_row);
    memcpy(col, x->col, x->n_col * sizeof *col);
    for (size_t k = 0; k < d->n && st == EL_OK; k++) {
        col[x->n_col + k] = *values + k * x->n_row;
        st = el_expr_eval(&d->expr[k], x, *values + k * x->n_row, err);
    }
    return st;
}

/* Generators that look for sums, on the columns and the derived ones. */
static el_status try(const el_gen_view *like, const el_columns *x,
                     const double *y, const el_gen_derived *d, el_error *err)
{
    const double *col[EL_POLY_MAX_VARS + ADDED_MAX];
    double *values = NULL;
    el_gen_view view = {0}, rest = {0};
    bool any = false;
    el_status st = with_columns(x, d, col, &values, err);

    if (st == EL_OK)
        st =
            el_gen_view_new(&(el_columns){col, x->n_col + d->n, x->n_row}, y,
                            &like->options, like->sink, like->stop, &view, err);
    if (st == EL_OK) {
        view.derived = d;
        view.n_real = x->n_col;
        st = el_gen_separate(&view, &rest, &any, err);
    }
    if (st == EL_OK && any)
        st = el_gen_sums(&rest, err);
    if (st == EL_OK && !*like->stop)
        st = el_gen_sums(&view, err);
    el_gen_view_clear(&rest);
    el_gen_view_clear(&view);
    el_free(values);
    return st;
}

el_status el_gen_with_derived(const el_gen_view *like, const el_columns *x,
                              const double *y, el_error *err)
{
    const uint32_t ops = like->options.ops, trig = ALL_OF(SIN, COS);
    const bool room = x->n_col + 2 <= EL_POLY_MAX_VARS;
    el_gen_derived d;
    el_status st = EL_OK;

    for (size_t a = 0; a < x->n_col && st == EL_OK && !*like->stop; a++) {
        d = (el_gen_derived){0};
        if (room && (ops & trig) == trig && add(&d, EL_OP_SIN, a, 0, false) &&
            add(&d, EL_OP_COS, a, 0, false))
            st = try(like, x, y, &d, err);
        d = (el_gen_derived){0};
        if (st == EL_OK && room && is_degree(x, a) && add_ring(&d, a) &&
            ((ops & (UINT32_C(1) << EL_OP_LOG2)) == 0 ||
             add(&d, EL_OP_LOG2, a, 0, false)))
            st = try(like, x, y, &d, err);
    }
    for (size_t a = 0; a < x->n_col && st == EL_OK; a++)
        for (size_t b = a + 1; b < x->n_col && st == EL_OK; b++) {
            d = (el_gen_derived){0};
            if (!*like->stop && room && (ops & trig) == trig &&
                add(&d, EL_OP_SIN, a, b, true) &&
                add(&d, EL_OP_COS, a, b, true))
                st = try(like, x, y, &d, err);
        }
    return st;
}

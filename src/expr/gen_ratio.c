/* SPDX-License-Identifier: Apache-2.0 */
/*
 * y or y^2 as a ratio of two sparse polynomials: P(x) - h Q(x) = 0 is linear
 * in the coefficients of both, so one term of h Q is the target and all others
 * the dictionary. For data without noise only: noise in h biases the
 * coefficients of Q.
 */
#include <math.h>

#include "base/mem.h"
#include "expr/build.h"
#include "expr/gen.h"
#include "num/qr.h"

#define POOL_MAX    130u
#define TARGETS_MAX 16u
#define TERMS_MAX   9u

typedef struct work {
    const el_gen_view *view;
    el_poly_term *term;
    double *rows;    /* n * 2m row-major: monomials, then h times them */
    double *reduced; /* 2m columns of 2m: its R, column-major, target last */
    double *column;  /* n */
    double *w;
    size_t m;
} work;

static bool fill_rows(work *w, bool squared)
{
    const el_gen_view *v = w->view;
    const size_t width = 2 * w->m;

    for (size_t j = 0; j < w->m; j++) {
        double norm[2] = {0, 0};

        if (!el_gen_column(v, &w->term[j], w->column))
            return false;
        for (size_t i = 0; i < v->n; i++) {
            const double h = squared ? v->y[i] * v->y[i] : v->y[i];

            w->rows[i * width + j] = w->column[i];
            w->rows[i * width + w->m + j] = w->column[i] * h;
            norm[0] += w->column[i] * w->column[i];
            norm[1] += w->column[i] * h * w->column[i] * h;
        }
        if (!(norm[0] > 0 && norm[1] > 0 && isfinite(norm[0] + norm[1])))
            return false;
    }
    return true;
}

/* Is there a relation at all? Then R has a zero on its diagonal. */
static bool has_relation(const work *w)
{
    const size_t width = 2 * w->m;

    for (size_t j = 0; j < width; j++) {
        double norm = 0;

        for (size_t i = 0; i <= j; i++)
            norm += w->rows[i * width + j] * w->rows[i * width + j];
        if (fabs(w->rows[j * width + j]) < 1e-8 * sqrt(norm))
            return true;
    }
    return false;
}

static void push_ratio(const work *w, el_poly *above, const el_poly *below,
                       bool squared)
{
    const size_t *column = w->view->column;
    el_poly quotient = {0}, root[2];
    el_expr e = {0};
    bool ok, whole;

    if (!squared)
        el_poly_divide(above, below, &quotient);
    if (above->n == 0)
        return;
    if (squared && el_poly_root(above, &root[0])) {
        const bool both = el_poly_root(below, &root[1]);

        ok = el_poly_push(&e, &root[0], column) &&
             el_poly_push(&e, both ? &root[1] : below, column) &&
             (both || el_expr_push_op(&e, EL_OP_SQRT)) &&
             el_expr_push_op(&e, EL_OP_DIV);
        squared = false;
    } else {
        whole = quotient.n == 0;
        ok = (whole || el_poly_push(&e, &quotient, column)) &&
             el_poly_push(&e, above, column) &&
             el_poly_push(&e, below, column) &&
             el_expr_push_op(&e, EL_OP_DIV) &&
             (whole || el_expr_push_op(&e, EL_OP_ADD));
    }
    if (ok && squared)
        ok = el_expr_push_op(&e, EL_OP_SQRT);
    if (ok)
        el_gen_offer(w->view, &e, false);
}

/* Largest coefficient of the denominator 1, so that 1 - v/c looks like it. */
static void normalise(el_poly *above, el_poly *below)
{
    double scale = below->term[0].coef;

    for (size_t i = 0; i < below->n; i++)
        below->term[i].coef /= scale;
    for (size_t i = 0; i < above->n; i++)
        above->term[i].coef /= scale;
}

/* index < m: numerator; else h times monomial index - m (or the one after the
   target). */
static void offer(const work *w, const el_sparse_fit *fit, size_t target,
                  bool squared)
{
    el_poly above = {0}, below = {0};
    el_poly_term t = w->term[target];

    t.coef = 1;
    if (!el_poly_add(&below, &t))
        return;
    for (size_t k = 0; k < fit->n_term; k++) {
        size_t j = fit->index[k];
        const bool is_above = j < w->m;

        j -= is_above ? 0 : w->m;
        j += !is_above && j >= target;
        t = w->term[j];
        t.coef = is_above ? fit->coef[k] : -fit->coef[k];
        if (!el_poly_add(is_above ? &above : &below, &t))
            return;
    }
    if (below.n == 1 || above.n == 0)
        return; /* a polynomial: gen_poly.c */
    normalise(&above, &below);
    push_ratio(w, &above, &below, squared);
}

/* Columns of R without the target, and it. */
static void fill_reduced(work *w, size_t target)
{
    const size_t width = 2 * w->m, skip = w->m + target;
    size_t c = 0;

    for (size_t pass = 0; pass < 2; pass++)
        for (size_t j = 0; j < width; j++) {
            if ((j == skip) != (pass == 1))
                continue;
            for (size_t i = 0; i < width; i++)
                w->reduced[c * width + i] = i <= j ? w->rows[i * width + j] : 0;
            c++;
        }
}

static el_status try_pool(work *w, bool squared, bool *found, el_error *err)
{
    const size_t width = 2 * w->m;
    size_t targets = w->m < TARGETS_MAX ? w->m : TARGETS_MAX;
    size_t fewest = TERMS_MAX + 1, best = 0;
    el_sparse_fit fit, kept = {0};

    if (!fill_rows(w, squared))
        return EL_OK;
    el_qr_rows_part(w->rows, w->view->n, width, width, w->w);
    if (!has_relation(w))
        return EL_OK;
    for (size_t t = 0; t < targets; t++) {
        const el_dictionary d = {w->reduced, width, width - 1};
        el_status st;

        fill_reduced(w, t);
        st = el_sparse_exact(&d, w->reduced + (width - 1) * width, 1, 1e-19,
                             TERMS_MAX, &fit, err);
        if (st != EL_OK)
            return st;
        if (fit.n_term > 0 && fit.n_term < fewest) {
            fewest = fit.n_term;
            best = t;
            kept = fit;
        }
    }
    if (kept.n_term > 0) {
        offer(w, &kept, best, squared);
        *found = true;
    }
    return EL_OK;
}

static el_status run(const el_gen_view *view, el_error *err)
{
    static const int pools[][3] = {{0, 1, 16}, {0, 2, 2}, {0, 2, 3},
                                   {0, 3, 3},  {0, 2, 4}, {0, 4, 4}};
    work w = {.view = view};
    el_status st = EL_OK;
    bool found = false;

    w.term = el_array(POOL_MAX, sizeof *w.term);
    w.rows = el_array(view->n * 2 * POOL_MAX, sizeof *w.rows);
    w.reduced = el_array((size_t)4 * POOL_MAX * POOL_MAX, sizeof *w.reduced);
    w.column = el_array(view->n, sizeof *w.column);
    w.w = el_array((size_t)2 * POOL_MAX, sizeof *w.w);
    if (!w.term || !w.rows || !w.reduced || !w.column || !w.w)
        st = el_fail(err, EL_E_NOMEM, "generate: %zu rows", view->n);
    for (size_t i = 0; i < sizeof pools / sizeof *pools && st == EL_OK; i++)
        for (int squared = 0; squared < 1 + view->y_one_sign; squared++) {
            if (*view->stop || found || st != EL_OK)
                continue;
            w.m = el_gen_pool(view->n_var, pools[i][0], pools[i][1],
                              pools[i][2], w.term, POOL_MAX);
            if (w.m <= POOL_MAX && w.m * 4 <= view->n)
                st = try_pool(&w, squared == 1, &found, err);
        }
    el_free(w.term);
    el_free(w.rows);
    el_free(w.reduced);
    el_free(w.column);
    el_free(w.w);
    return st;
}

const el_generator el_gen_ratio = {"ratio", run};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sum of few monomials out of thousands with exponents of either sign,
 * chosen one by one: the posynomials of energy laws. Relative errors count.
 */
#include <math.h>

#include "base/mem.h"
#include "expr/build.h"
#include "expr/gen.h"

#define POOL_MAX 12000u
#define ROWS_MAX 300u /* of a fit; the sink judges on all rows */

typedef struct work {
    el_gen_view small; /* borrowed rows 0..small.n */
    el_poly_term *term;
    double *column, *target;
    size_t n_term;
} work;

/* Exponents a law of this many variables may have. */
static size_t enumerate(work *w, size_t n_var)
{
    const int hi = n_var <= 3 ? 4 : n_var <= 6 ? 3 : 2;

    for (int cap = 8; cap > 1; cap--) {
        const size_t m = el_gen_pool(n_var, -2, hi, cap, w->term, POOL_MAX);

        if (m <= POOL_MAX)
            return m;
    }
    return 0;
}

static void offer(const work *w, const el_gen_view *view,
                  const el_sparse_fit *fit, bool squared)
{
    el_poly poly = {0};
    el_expr inner = {0};

    for (size_t k = 0; k < fit->n_term; k++) {
        el_poly_term t = w->term[fit->index[k]];

        t.coef = fit->coef[k];
        if (!el_poly_add(&poly, &t))
            return;
    }
    if (el_poly_push(&inner, &poly, view->column) &&
        (!squared || el_expr_push_op(&inner, EL_OP_SQRT)))
        el_gen_offer(view, &inner, false);
}

static void fill(work *w, const el_gen_view *view, bool squared)
{
    const size_t n = w->small.n, n_all = w->n_term;

    w->n_term = 0;
    for (size_t i = 0; i < n; i++)
        w->target[i] = squared ? w->small.y[i] * w->small.y[i] : w->small.y[i];
    for (size_t j = 0; j < n_all; j++) {
        double *column = w->column + w->n_term * n;

        if (!el_gen_column(&w->small, &w->term[j], column))
            continue;
        for (size_t i = 0; i < n && view->y_one_sign; i++)
            column[i] /= fabs(w->target[i]);
        w->term[w->n_term++] = w->term[j];
    }
    for (size_t i = 0; i < n && view->y_one_sign; i++)
        w->target[i] = copysign(1, w->target[i]);
}

static el_status run(const el_gen_view *view, el_error *err)
{
    const el_sparse_options options = {.max_terms = 8,
                                       .non_negative =
                                           !view->options.signed_terms,
                                       .stop = 1e-24};
    work w = {.term = NULL};
    el_status st;

    if (view->n_var == 0)
        return EL_OK;
    st = el_gen_thin(view, ROWS_MAX, &w.small, err);
    w.term = el_array(POOL_MAX, sizeof *w.term);
    w.column = el_array(POOL_MAX * w.small.n, sizeof *w.column);
    w.target = el_array(w.small.n, sizeof *w.target);
    if (st == EL_OK && (!w.term || !w.column || !w.target))
        st = el_fail(err, EL_E_NOMEM, "generate: %zu rows", w.small.n);
    for (int squared = 0; squared < 1 + view->y_one_sign && st == EL_OK;
         squared++) {
        el_sparse_fit path[EL_SPARSE_MAX_TERMS];
        el_dictionary d;
        size_t n_path = 0;

        if (*view->stop)
            break;
        w.n_term = enumerate(&w, view->n_var);
        fill(&w, view, squared == 1);
        d = (el_dictionary){w.column, w.small.n, w.n_term};
        st = el_sparse_path(&d, w.target, &options, path, &n_path, err);
        for (size_t k = 0; st == EL_OK && k < n_path; k++)
            offer(&w, view, &path[k], squared == 1);
    }
    el_free(w.small.x);
    el_free(w.small.y);
    el_free(w.term);
    el_free(w.column);
    el_free(w.target);
    return st;
}

const el_generator el_gen_laurent = {"laurent", run};

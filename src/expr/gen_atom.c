/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laws of energy: sums c_k x^a, c_k >= 0, of monomials with exponents 0, 1, 2,
 * where some terms may carry one factor (an atom) that is no power: the share
 * (x - 1)/x that a ring sends, log2 x, or a saturation x/(x + x0). Which atom?
 * Each is tried on few rows and low degrees, the best three on more.
 */
#include <math.h>

#include "base/mem.h"
#include "expr/build.h"
#include "expr/gen.h"

#define POOL_MAX    2500u /* 3^7 monomials of seven variables */
#define ROWS_MAX    600u
#define SCREEN_POOL 250u
#define SCREEN_ROWS 200u
#define TERMS_MAX   8u
#define GRID        8u /* of x0 */
#define BEST        3u /* atoms that are tried in full */

typedef enum atom_kind { NONE, RING, LOG2, SATURATE } atom_kind;

typedef struct atom {
    atom_kind kind;
    size_t v;  /* variable */
    double x0; /* of SATURATE */
    double score;
} atom;

static double atom_value(const atom *a, double x)
{
    switch (a->kind) {
    case RING:
        return 1 - 1 / x;
    case LOG2:
        return log2(x);
    case SATURATE:
        return x / (x + a->x0);
    default:
        return 1;
    }
}

static bool atom_push(const atom *a, size_t column, el_expr *e)
{
    switch (a->kind) {
    case RING:
        return el_expr_push_const(e, 1, EL_CONST_FIXED) &&
               el_expr_push_col(e, column) && el_expr_push_op(e, EL_OP_INV) &&
               el_expr_push_op(e, EL_OP_SUB);
    case LOG2:
        return el_expr_push_col(e, column) && el_expr_push_op(e, EL_OP_LOG2);
    default: /* x / (x + x0) */
        return el_expr_push_col(e, column) && el_expr_push_part(e, e, 0) &&
               el_expr_push_const(e, a->x0, EL_CONST_POSITIVE) &&
               el_expr_push_op(e, EL_OP_ADD) && el_expr_push_op(e, EL_OP_DIV);
    }
}

typedef struct work {
    el_gen_view rows; /* thinned */
    el_poly_term *term;
    size_t n_term;
    double *column, *target; /* relative: over y */
    el_sparse_fit path[EL_SPARSE_MAX_TERMS];
    size_t n_path;
} work;

static el_status work_init(work *w, const el_gen_view *view, size_t rows,
                           size_t pool, el_error *err)
{
    el_status st = el_gen_thin(view, rows, &w->rows, err);
    const size_t n = w->rows.n;

    if (st != EL_OK)
        return st;
    w->term = el_array(pool, sizeof *w->term);
    w->column = el_array(2 * pool * n, sizeof *w->column);
    w->target = el_array(n, sizeof *w->target);
    if (!w->term || !w->column || !w->target)
        return el_fail(err, EL_E_NOMEM, "generate: %zu rows", n);
    w->n_term = el_gen_pool(view->n_var, 0, 2, 8, w->term, pool);
    w->n_term = w->n_term < pool ? w->n_term : pool;
    for (size_t i = 0; i < n; i++)
        w->target[i] = 1;
    for (size_t j = 0; j < w->n_term; j++) {
        double *column = w->column + j * n;
        const bool finite = el_gen_column(&w->rows, &w->term[j], column);

        for (size_t i = 0; i < n; i++) /* a column of zeros is never chosen */
            column[i] = finite ? column[i] / w->rows.y[i] : 0;
    }
    return EL_OK;
}

static void work_clear(work *w)
{
    el_free(w->rows.x);
    el_free(w->rows.y);
    el_free(w->term);
    el_free(w->column);
    el_free(w->target);
}

/* Paths with the monomials and their products with the atom. */
static el_status search(work *w, const atom *a, size_t max_terms, el_error *err)
{
    const el_sparse_options options = {
        .max_terms = max_terms, .non_negative = true, .stop = 1e-24};
    const size_t n = w->rows.n, m = w->n_term;
    const double *x = w->rows.x + a->v * n;
    el_dictionary d = {w->column, n, m};

    if (a->kind != NONE) {
        d.n_column = 2 * m;
        for (size_t i = 0; i < n; i++) {
            const double factor = atom_value(a, x[i]);

            for (size_t j = 0; j < m; j++)
                w->column[(m + j) * n + i] = w->column[j * n + i] * factor;
        }
    }
    return el_sparse_path(&d, w->target, &options, w->path, &w->n_path, err);
}

/* Shortest description on the path [nat]. */
static double score_of(const work *w)
{
    const double n = (double)w->rows.n;
    const double term = log(n) / 2 + log(2. * (double)w->n_term);
    double best = (double)INFINITY;

    for (size_t k = 0; k < w->n_path; k++) {
        const double rss = fmax(w->path[k].rss, 1e-20 * n);

        best =
            fmin(best, n / 2 * log(rss / n) + (double)w->path[k].n_term * term);
    }
    return best;
}

static void offer(const work *w, const el_gen_view *view, const atom *a,
                  const el_sparse_fit *fit)
{
    /* the atom is one more variable, of a column past all others */
    const size_t v = view->n_var, past = EL_POLY_MAX_VARS;
    el_gen_derived derived = {0};
    el_gen_view with = *view;
    el_poly poly = {0};
    el_expr inner = {0};

    for (size_t k = 0; k < fit->n_term; k++) {
        const size_t j = fit->index[k], m = w->n_term;
        el_poly_term t = w->term[j % m];

        t.coef = fit->coef[k];
        if (j >= m)
            t.exponent[v] = 1;
        if (!el_poly_add(&poly, &t))
            return;
    }
    with.n_real = past;
    if (a->kind != NONE) {
        with.column[v] = past;
        with.derived = &derived;
        derived.n = 1;
        if (!atom_push(a, view->column[a->v], &derived.expr[0]))
            return;
    }
    if (el_poly_push(&inner, &poly, with.column))
        el_gen_offer(&with, &inner, false);
}

/* The best x0 of a grid, for SATURATE; score INFINITY: it makes no sense. */
static el_status screen(work *few, atom *a, double base, el_error *err)
{
    const size_t n = few->rows.n, tries = a->kind == SATURATE ? GRID : 1;
    const double *x = few->rows.x + a->v * n;
    double lo = x[0], hi = x[0];
    el_status st = EL_OK;

    for (size_t i = 1; i < n; i++) {
        lo = fmin(lo, x[i]);
        hi = fmax(hi, x[i]);
    }
    a->score = base;
    if (a->kind == SATURATE && hi < 3 * lo)
        return EL_OK;
    for (size_t k = 0; k < tries && st == EL_OK; k++) {
        atom trial = *a;

        trial.x0 = lo * pow(hi / lo, ((double)k + .5) / (double)GRID);
        st = search(few, &trial, TERMS_MAX, err);
        trial.score = score_of(few);
        if (st == EL_OK && trial.score < a->score)
            *a = trial;
    }
    return st;
}

static bool is_degree(const el_gen_view *view, size_t v)
{
    const double *x = view->x + v * view->n;

    for (size_t i = 0; i < view->n; i++)
        if (!(x[i] >= 1 && x[i] <= 64 && x[i] == floor(x[i])))
            return false;
    return true;
}

/* The atoms that shorten the description most, best first; returns how many. */
static el_status choose(const el_gen_view *view, atom best[BEST], size_t *n,
                        el_error *err)
{
    static const atom_kind kinds[] = {RING, LOG2, SATURATE};
    const atom none = {NONE, 0, 0, 0};
    work few = {.term = NULL};
    double base = 0;
    el_status st = work_init(&few, view, SCREEN_ROWS, SCREEN_POOL, err);

    if (st == EL_OK)
        st = search(&few, &none, TERMS_MAX, err);
    if (st == EL_OK)
        base = score_of(&few);
    for (size_t k = 0; k < 3 * view->n_var && st == EL_OK; k++) {
        atom a = {kinds[k % 3], k / 3, 0, 0};
        size_t at = *n;

        if (a.kind == SATURATE ? false
                               : !is_degree(view, a.v) ||
                                     (a.kind == LOG2 &&
                                      !(view->options.ops >> EL_OP_LOG2 & 1)))
            continue;
        st = screen(&few, &a, base, err);
        if (st != EL_OK || !(a.score < base))
            continue;
        if (at == BEST && !(a.score < best[--at].score))
            continue;
        *n = at + 1 > *n ? at + 1 : *n;
        for (; at > 0 && a.score < best[at - 1].score; at--)
            best[at] = best[at - 1];
        best[at] = a;
    }
    work_clear(&few);
    return st;
}

static el_status run(const el_gen_view *view, el_error *err)
{
    work w = {.term = NULL};
    atom todo[1 + BEST] = {{NONE, 0, 0, 0}};
    size_t n = 0;
    el_status st;

    if (view->n_var == 0 || view->n_var >= EL_POLY_MAX_VARS ||
        view->options.signed_terms || view->derived || !view->x_positive ||
        !view->y_one_sign || view->y[0] < 0)
        return EL_OK;
    st = work_init(&w, view, ROWS_MAX, POOL_MAX, err);
    if (st == EL_OK)
        st = choose(view, todo + 1, &n, err);
    for (size_t k = 0; k <= n && st == EL_OK && !*view->stop; k++) {
        st = search(&w, &todo[k], TERMS_MAX, err);
        for (size_t i = 0; i < w.n_path && st == EL_OK; i++)
            offer(&w, view, &todo[k], &w.path[i]);
    }
    work_clear(&w);
    return st;
}

const el_generator el_gen_atom = {"atom", run};

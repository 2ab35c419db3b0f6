/* SPDX-License-Identifier: Apache-2.0 */
/*
 * y, 1/y, y^2 or 1/y^2 as a sum of few monomials: the whole of a small pool is
 * fitted at once and what does not belong drops out (data without noise), or
 * the best few are chosen one by one (data with noise).
 */
#include <math.h>

#include "base/mem.h"
#include "expr/build.h"
#include "expr/gen.h"

#define POOL_MAX  400u /* QR of 1,000 rows: about 0.1 s */
#define TERMS_MAX 10u

typedef struct pool {
    int lo, hi, cap; /* cap 0: number of variables */
} pool;

static const pool pools[] = {{0, 1, 0},  {0, 2, 2},  {0, 3, 3},
                             {-1, 1, 3}, {0, 4, 4},  {-1, 1, 5},
                             {-2, 2, 3}, {-2, 2, 4}, {-2, 2, 6}};

typedef enum link {
    LINK_Y,
    LINK_INV,
    LINK_SQUARE,
    LINK_INV_SQUARE,
    N_LINKS
} link;

static double link_of(link l, double y)
{
    switch (l) {
    case LINK_INV:
        return 1 / y;
    case LINK_SQUARE:
        return y * y;
    case LINK_INV_SQUARE:
        return 1 / (y * y);
    default:
        return y;
    }
}

typedef struct work {
    const el_gen_view *view;
    el_poly_term *term; /* POOL_MAX */
    double *column;     /* POOL_MAX * n */
    double *weighted;   /* the same times a weight */
    double *target;     /* N_LINKS * n */
    size_t n_term;
} work;

static void work_clear(work *w)
{
    el_free(w->term);
    el_free(w->column);
    el_free(w->weighted);
    el_free(w->target);
}

static el_status work_init(work *w, el_error *err)
{
    const size_t n = w->view->n;

    w->term = el_array(POOL_MAX, sizeof *w->term);
    w->column = el_array(POOL_MAX * n, sizeof *w->column);
    w->weighted = el_array(POOL_MAX * n, sizeof *w->weighted);
    w->target = el_array(N_LINKS * n, sizeof *w->target);
    if (w->term && w->column && w->weighted && w->target)
        return EL_OK;
    return el_fail(err, EL_E_NOMEM, "generate: %zu rows", n);
}

/* Columns of a pool; 0 when it is too large for the rows or not finite. */
static size_t fill_pool(work *w, pool p)
{
    const size_t n = w->view->n;
    const size_t limit = n * 3 / 5 < POOL_MAX ? n * 3 / 5 : POOL_MAX;
    const size_t m =
        el_gen_pool(w->view->n_var, p.lo, p.hi,
                    p.cap ? p.cap : (int)w->view->n_var, w->term, limit);

    if (m > limit)
        return 0;
    for (size_t j = 0; j < m; j++)
        if (!el_gen_column(w->view, &w->term[j], w->column + j * n))
            return 0;
    return m;
}

static void offer(const work *w, const el_sparse_fit *fit, link l)
{
    el_poly poly = {0}, root;
    el_expr inner = {0};
    bool squared = l == LINK_SQUARE || l == LINK_INV_SQUARE, made;

    for (size_t k = 0; k < fit->n_term; k++) {
        el_poly_term t = w->term[fit->index[k]];

        t.coef = fit->coef[k];
        if (!el_poly_add(&poly, &t))
            return;
    }
    if (squared && el_poly_root(&poly, &root)) {
        squared = false;
        poly = root;
    }
    made = el_poly_push(&inner, &poly, w->view->column) &&
           (!squared || el_expr_push_op(&inner, EL_OP_SQRT));
    if (made && w->view->y[0] < 0 && (l == LINK_SQUARE || l == LINK_INV_SQUARE))
        made = el_expr_push_op(&inner, EL_OP_NEG);
    if (made)
        el_gen_offer(w->view, &inner, l == LINK_INV || l == LINK_INV_SQUARE);
}

/* Links that make sense for y; the others are left as zeros. */
static size_t fill_targets(work *w)
{
    const el_gen_view *v = w->view;
    const size_t n_links = v->y_one_sign ? N_LINKS : 1;

    for (size_t l = 0; l < n_links; l++)
        for (size_t i = 0; i < v->n; i++)
            w->target[l * v->n + i] = link_of((link)l, v->y[i]);
    return n_links;
}

static el_status exact(work *w, size_t n_links, bool *found, el_error *err)
{
    const el_dictionary d = {w->column, w->view->n, w->n_term};
    el_sparse_fit fit[N_LINKS];
    el_status st =
        el_sparse_exact(&d, w->target, n_links, 1e-19, TERMS_MAX, fit, err);

    *found = false;
    for (size_t l = 0; st == EL_OK && l < n_links; l++)
        if (fit[l].n_term > 0) {
            offer(w, &fit[l], (link)l);
            *found = true;
        }
    return st;
}

/* Relative errors count where y keeps its sign. */
static el_status noisy(work *w, size_t n_links, el_error *err)
{
    const el_gen_view *v = w->view;
    const size_t n = v->n;
    const el_sparse_options options = {.max_terms = 7,
                                       .non_negative = !v->options.signed_terms,
                                       .stop = 1e-24};
    const el_dictionary d = {w->weighted, n, w->n_term};
    el_status st = EL_OK;

    for (size_t l = 0; l < n_links && st == EL_OK && !*v->stop; l++) {
        double *h = w->target + l * n;
        el_sparse_fit path[EL_SPARSE_MAX_TERMS];
        size_t n_path = 0;

        for (size_t i = 0; i < n; i++) {
            const double weight = v->y_one_sign ? 1 / fabs(h[i]) : 1;

            for (size_t j = 0; j < w->n_term; j++)
                w->weighted[j * n + i] = w->column[j * n + i] * weight;
            h[i] *= weight;
        }
        st = el_sparse_path(&d, h, &options, path, &n_path, err);
        for (size_t k = 0; st == EL_OK && k < n_path; k++)
            offer(w, &path[k], (link)l);
        (void)fill_targets(w);
    }
    return st;
}

static el_status run(const el_gen_view *view, el_error *err)
{
    work w = {.view = view};
    el_status st = work_init(&w, err);
    size_t largest = 0;
    bool found = false;

    for (size_t i = 0; i < sizeof pools / sizeof *pools && st == EL_OK; i++) {
        const size_t m = fill_pool(&w, pools[i]);

        if (m == 0 || *view->stop || found)
            continue;
        w.n_term = m;
        largest = m > largest ? i : largest;
        st = exact(&w, fill_targets(&w), &found, err);
    }
    for (size_t i = 0; i < sizeof pools / sizeof *pools && st == EL_OK; i++) {
        if (*view->stop || found || (i != 3 && i != 4 && i != 7))
            continue;
        w.n_term = fill_pool(&w, pools[i]);
        if (w.n_term > 0)
            st = noisy(&w, fill_targets(&w), err);
    }
    work_clear(&w);
    return st;
}

const el_generator el_gen_poly = {"poly", run};

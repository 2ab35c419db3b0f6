/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rooflines: y = max(f, g) of two sums of few monomials, c >= 0. Each row
 * belongs to one of them; from a split of the rows along some direction, fit
 * both sides, give every row to the side that fits it (at first) or is larger
 * (then), and again until no row moves. The sink's refit joins them.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "expr/build.h"
#include "expr/gen.h"
#include "num/stats.h"

#define ROWS_MAX  300u
#define POOL_MAX  250u
#define VARS_MAX  6u
#define TERMS_MAX 3u  /* of each side */
#define ROUNDS    12u /* the first of them by fit: */
#define BY_FIT    4u
#define BEST      3u          /* splits that are offered */
#define ROWS_SIDE ((size_t)8) /* fewer rows are no side */

typedef struct split {
    double loss;
    el_sparse_fit side[2][TERMS_MAX];
    size_t n[2];
} split;

typedef struct work {
    el_gen_view rows; /* thinned */
    el_poly_term term[POOL_MAX];
    size_t n_term;
    double *column, *part; /* n_term * n over y; those of one side */
    double *one, *f[2];    /* n each: targets; values over y */
    double *key, *sorted;  /* n each */
    unsigned char *label;
} work;

static el_status work_init(work *w, const el_gen_view *view, el_error *err)
{
    el_status st = el_gen_thin(view, ROWS_MAX, &w->rows, err);
    const size_t n = w->rows.n;

    if (st != EL_OK)
        return st;
    w->column = el_array(POOL_MAX * n, sizeof *w->column);
    w->part = el_array(POOL_MAX * n, sizeof *w->part);
    w->one = el_array(5 * n, sizeof *w->one);
    w->label = el_array(n, 1);
    if (!w->column || !w->part || !w->one || !w->label)
        return el_fail(err, EL_E_NOMEM, "generate: %zu rows", n);
    w->f[0] = w->one + n;
    w->f[1] = w->one + 2 * n;
    w->key = w->one + 3 * n;
    w->sorted = w->one + 4 * n;
    w->n_term = el_gen_pool(view->n_var, 0, 2, 6, w->term, POOL_MAX);
    w->n_term = w->n_term < POOL_MAX ? w->n_term : POOL_MAX;
    for (size_t i = 0; i < n; i++)
        w->one[i] = 1;
    for (size_t j = 0; j < w->n_term; j++) {
        double *column = w->column + j * n;
        const bool finite = el_gen_column(&w->rows, &w->term[j], column);

        for (size_t i = 0; i < n; i++)
            column[i] = finite ? column[i] / w->rows.y[i] : 0;
    }
    return EL_OK;
}

static void work_clear(work *w)
{
    el_free(w->rows.x);
    el_free(w->rows.y);
    el_free(w->column);
    el_free(w->part);
    el_free(w->one);
    el_free(w->label);
}

/* Which of the path describes n rows shortest. */
static size_t shortest(const el_sparse_fit *path, size_t n_path, double n,
                       double n_term)
{
    double best = (double)INFINITY;
    size_t at = 0;

    for (size_t k = 0; k < n_path; k++) {
        const double nat = n / 2 * log(fmax(path[k].rss / n, 1e-20)) +
                           (double)path[k].n_term * (log(n) / 2 + log(n_term));

        if (nat < best) {
            best = nat;
            at = k;
        }
    }
    return at;
}

/* Fit side s to its rows; its values over y on all rows. *ok: it has enough. */
static el_status fit_side(work *w, unsigned s, split *p, bool *ok,
                          el_error *err)
{
    const el_sparse_options options = {
        .max_terms = TERMS_MAX, .non_negative = true, .stop = 1e-24};
    const size_t n = w->rows.n;
    size_t m = 0;
    const el_sparse_fit *fit;
    el_status st;

    for (size_t i = 0; i < n; i++)
        m += w->label[i] == s;
    *ok = m >= ROWS_SIDE;
    if (!*ok)
        return EL_OK;
    for (size_t j = 0; j < w->n_term; j++) {
        size_t k = j * m;

        for (size_t i = 0; i < n; i++)
            if (w->label[i] == s)
                w->part[k++] = w->column[j * n + i];
    }
    st = el_sparse_path(&(el_dictionary){w->part, m, w->n_term}, w->one,
                        &options, p->side[s], &p->n[s], err);
    *ok = st == EL_OK && p->n[s] > 0;
    if (!*ok)
        return st;
    fit = &p->side[s]
                  [shortest(p->side[s], p->n[s], (double)m, (double)w->n_term)];
    memset(w->f[s], 0, n * sizeof *w->f[s]);
    for (size_t k = 0; k < fit->n_term; k++)
        for (size_t i = 0; i < n; i++)
            w->f[s][i] += fit->coef[k] * w->column[fit->index[k] * n + i];
    return EL_OK;
}

/* Sides to rows and rows to sides until they agree; loss INFINITY: one side
   took all. */
static el_status settle(work *w, split *p, el_error *err)
{
    const size_t n = w->rows.n;
    bool ok = true, moved = true;
    el_status st = EL_OK;

    p->loss = (double)INFINITY;
    for (unsigned round = 0; round < ROUNDS && moved; round++) {
        double loss = 0;

        for (unsigned s = 0; s < 2 && st == EL_OK && ok; s++)
            st = fit_side(w, s, p, &ok, err);
        if (st != EL_OK || !ok) {
            p->loss = (double)INFINITY;
            return st;
        }
        moved = round <= BY_FIT;
        for (size_t i = 0; i < n; i++) {
            const double a = w->f[0][i], b = w->f[1][i], top = fmax(a, b);
            const unsigned char to =
                (unsigned char)(round < BY_FIT ? fabs(b - 1) < fabs(a - 1)
                                               : b > a);

            moved = moved || to != w->label[i];
            w->label[i] = to;
            loss += (top - 1) * (top - 1);
        }
        p->loss = loss;
    }
    return EL_OK;
}

/* Rows above a quantile of x_v x_w^power (v == w: of x_v) to side 1. */
static void cut(work *w, size_t v, size_t u, int power, double quantile)
{
    const size_t n = w->rows.n;
    const double *x = w->rows.x;
    double at;

    for (size_t i = 0; i < n; i++) {
        const double z = x[u * n + i];

        w->key[i] = x[v * n + i] * (v == u ? 1 : power > 0 ? z : 1 / z);
    }
    memcpy(w->sorted, w->key, n * sizeof *w->sorted);
    el_sort(w->sorted, n);
    at = w->sorted[(size_t)(quantile * (double)n)];
    for (size_t i = 0; i < n; i++)
        w->label[i] = w->key[i] > at;
}

static void keep_best(split *best, size_t *n, const split *p)
{
    size_t at = *n;

    for (size_t k = 0; k < *n; k++) /* the same, from another start */
        if (fabs(best[k].loss - p->loss) <= 1e-9 * p->loss)
            return;
    if (!isfinite(p->loss) || (at == BEST && !(p->loss < best[--at].loss)))
        return;
    *n = at + 1 > *n ? at + 1 : *n;
    for (; at > 0 && p->loss < best[at - 1].loss; at--)
        best[at] = best[at - 1];
    best[at] = *p;
}

static bool push_side(const work *w, const el_gen_view *view,
                      const el_sparse_fit *fit, el_expr *e)
{
    el_poly poly = {0};

    for (size_t k = 0; k < fit->n_term; k++) {
        el_poly_term t = w->term[fit->index[k]];

        t.coef = fit->coef[k];
        if (!el_poly_add(&poly, &t))
            return false;
    }
    return el_poly_push(e, &poly, view->column);
}

static void offer(const work *w, const el_gen_view *view, const split *p)
{
    for (size_t i = 0; i < p->n[0]; i++)
        for (size_t j = 0; j < p->n[1]; j++) {
            el_expr e = {0};

            if (push_side(w, view, &p->side[0][i], &e) &&
                push_side(w, view, &p->side[1][j], &e) &&
                el_expr_push_op(&e, EL_OP_MAX))
                el_gen_offer(view, &e, false);
        }
}

static el_status search(work *w, split *best, size_t *n_best, el_error *err)
{
    static const double quantiles[] = {.3, .5, .7};
    const size_t n_var = w->rows.n_var;
    el_status st = EL_OK;

    for (size_t v = 0; v < n_var; v++)
        for (size_t u = v; u < n_var; u++)
            for (int power = u == v ? 1 : -1; power <= 1; power += 2)
                for (size_t q = 0; q < 3 && st == EL_OK; q++) {
                    split p;

                    cut(w, v, u, power, quantiles[q]);
                    st = settle(w, &p, err);
                    if (st == EL_OK)
                        keep_best(best, n_best, &p);
                }
    return st;
}

static el_status run(const el_gen_view *view, el_error *err)
{
    work *w = NULL;
    split best[BEST];
    size_t n_best = 0;
    el_status st;

    if (view->n_var == 0 || view->n_var > VARS_MAX ||
        view->options.signed_terms || !view->x_positive || !view->y_one_sign ||
        view->y[0] < 0 || !(view->options.ops >> EL_OP_MAX & 1) ||
        view->n < 4 * ROWS_SIDE)
        return EL_OK;
    w = el_array(1, sizeof *w);
    if (!w)
        return el_fail(err, EL_E_NOMEM, "generate: roofline");
    st = work_init(w, view, err);
    if (st == EL_OK)
        st = search(w, best, &n_best, err);
    for (size_t k = 0; k < n_best && st == EL_OK && !*view->stop; k++)
        offer(w, view, &best[k]);
    work_clear(w);
    el_free(w);
    return st;
}

const el_generator el_gen_max = {"max", run};

/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse least squares that is exact, and the small fits that both kinds end
   with. The path is in sparse_path.c. */
#include "num/sparse_ls.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "num/qr.h"

bool el_sparse_refit(const el_dictionary *dictionary, const double *target,
                     el_sparse_fit *fit, double *scratch)
{
    const size_t n = dictionary->n_row, k = fit->n_term;
    double *a = scratch, *b = scratch + n * k;
    double w[EL_SPARSE_MAX_TERMS], norm[EL_SPARSE_MAX_TERMS];

    if (k == 0 || k > n)
        return false;
    for (size_t j = 0; j < k; j++) {
        const double *column = dictionary->column + fit->index[j] * n;

        norm[j] = 0;
        for (size_t i = 0; i < n; i++) {
            a[i * k + j] = column[i];
            norm[j] += column[i] * column[i];
        }
    }
    memcpy(b, target, n * sizeof *b);
    el_qr_rows(a, b, n, k, w);
    for (size_t j = 0; j < k; j++)
        if (!(fabs(a[j * k + j]) > 1e-12 * sqrt(norm[j])))
            return false;
    if (!el_qr_back(a, b, k, fit->coef))
        return false;
    fit->rss = 0;
    for (size_t i = 0; i < n; i++) {
        double r = target[i];

        for (size_t j = 0; j < k; j++)
            r -= fit->coef[j] * dictionary->column[fit->index[j] * n + i];
        fit->rss += r * r;
    }
    return true;
}

/* The dictionary in compact form: rows of R beside Q'h of each target. */
typedef struct compact {
    size_t m, width; /* columns; m + n_target */
    double *r;       /* n_row * width row-major, of which m rows count */
    double *norm;    /* m: of the columns; 0 = not to be chosen */
    double *coef;    /* m: of unit columns */
    size_t *order;   /* m */
    double *q;       /* EL_SPARSE_MAX_TERMS * m */
    double *w;       /* width */
} compact;

static void compact_clear(compact *c)
{
    el_free(c->r);
    el_free(c->norm);
    el_free(c->coef);
    el_free(c->order);
    el_free(c->q);
    el_free(c->w);
}

static bool compact_alloc(compact *c, size_t n_row)
{
    c->r = el_array(n_row * c->width, sizeof *c->r);
    c->norm = el_array(c->m, sizeof *c->norm);
    c->coef = el_array(c->m, sizeof *c->coef);
    c->order = el_array(c->m, sizeof *c->order);
    c->q = el_array(c->m * EL_SPARSE_MAX_TERMS, sizeof *c->q);
    c->w = el_array(c->width, sizeof *c->w);
    return c->r && c->norm && c->coef && c->order && c->q && c->w;
}

static double norm_of(const double *v, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

static void compact_fill(compact *c, const el_dictionary *d,
                         const double *target, size_t n_target)
{
    for (size_t j = 0; j < c->m; j++) {
        const double *column = d->column + j * d->n_row;

        c->norm[j] = norm_of(column, d->n_row);
        for (size_t i = 0; i < d->n_row; i++)
            c->r[i * c->width + j] =
                c->norm[j] > 0 ? column[i] / c->norm[j] : 0;
    }
    for (size_t t = 0; t < n_target; t++)
        for (size_t i = 0; i < d->n_row; i++)
            c->r[i * c->width + c->m + t] = target[t * d->n_row + i];
}

/*
 * Coefficients of unit columns for target t by back substitution; a column
 * that the ones before it nearly span gets 0.
 */
static void solve_all(compact *c, size_t t)
{
    for (size_t j = c->m; j-- > 0;) {
        const double *row = c->r + j * c->width;
        double b = row[c->m + t];

        for (size_t k = j + 1; k < c->m; k++)
            b -= row[k] * c->coef[k];
        c->coef[j] = fabs(row[j]) > 1e-11 ? b / row[j] : 0;
    }
}

static void sort_by_size(compact *c, size_t n)
{
    for (size_t i = 1; i < n; i++) { /* insertion: n is small or sorted once */
        size_t v = c->order[i], k = i;

        while (k > 0 && fabs(c->coef[c->order[k - 1]]) < fabs(c->coef[v])) {
            c->order[k] = c->order[k - 1];
            k--;
        }
        c->order[k] = v;
    }
}

/*
 * How many of order[0..n) suffice for rss <= limit, 0 if they do not.
 * Gram-Schmidt, twice, on columns of R, which are short.
 */
static size_t shortest_prefix(compact *c, size_t t, size_t n, double limit,
                              double rss)
{
    const size_t m = c->m;
    size_t used = 0;

    for (size_t s = 0; s < n; s++) {
        const size_t j = c->order[s];
        double *q = c->q + used * m;
        double length, dot = 0;

        for (size_t i = 0; i < m; i++)
            q[i] = i <= j ? c->r[i * c->width + j] : 0;
        for (size_t pass = 0; pass < 2 * used; pass++) {
            const double *p = c->q + (pass % used) * m;
            double pq = 0;

            for (size_t i = 0; i < m; i++)
                pq += p[i] * q[i];
            for (size_t i = 0; i < m; i++)
                q[i] -= pq * p[i];
        }
        length = norm_of(q, m);
        if (!(length > 1e-12))
            continue;
        for (size_t i = 0; i < m; i++) {
            q[i] /= length;
            dot += q[i] * c->r[i * c->width + m + t];
        }
        rss -= dot * dot;
        used++;
        if (rss <= limit || used == EL_SPARSE_MAX_TERMS)
            return rss <= limit ? s + 1 : 0;
    }
    return 0;
}

/* Columns for target t from the largest coefficients down, into *fit. */
static void keep_few(compact *c, const el_dictionary *d, const double *h,
                     size_t t, double tol, size_t max_terms, el_sparse_fit *fit,
                     double *scratch)
{
    const double tss = pow(norm_of(h, d->n_row), 2);
    /* what rounding leaves after subtracting squares */
    const double limit = fmax(tol, 1e-13) * tss;
    size_t n = c->m;

    fit->n_term = 0;
    solve_all(c, t);
    for (size_t j = 0; j < c->m; j++)
        c->order[j] = j;
    sort_by_size(c, n);
    for (size_t last = n + 1; n < last;) {
        el_sparse_fit trial = {0};
        size_t need = shortest_prefix(c, t, n, limit, tss);

        if (need == 0 || need > max_terms)
            break;
        last = n;
        n = need;
        trial.n_term = n;
        memcpy(trial.index, c->order, n * sizeof *trial.index);
        if (!el_sparse_refit(d, h, &trial, scratch) || trial.rss > tol * tss)
            break;
        *fit = trial;
        for (size_t k = 0; k < n; k++)
            c->coef[trial.index[k]] = trial.coef[k] * c->norm[trial.index[k]];
        sort_by_size(c, n);
    }
}

el_status el_sparse_exact(const el_dictionary *d, const double *target,
                          size_t n_target, double tol, size_t max_terms,
                          el_sparse_fit *out, el_error *err)
{
    compact c = {.m = d->n_column, .width = d->n_column + n_target};
    double *scratch = NULL;
    el_status st = EL_E_NOMEM;

    if (d->n_column == 0 || d->n_row <= d->n_column || n_target == 0 ||
        max_terms > EL_SPARSE_MAX_TERMS)
        return el_fail(err, EL_E_ARG,
                       "sparse: %zu rows, %zu columns, %zu terms", d->n_row,
                       d->n_column, max_terms);
    scratch = el_array(d->n_row * (EL_SPARSE_MAX_TERMS + 1), sizeof *scratch);
    if (!scratch || !compact_alloc(&c, d->n_row)) {
        st = el_fail(err, EL_E_NOMEM, "sparse: %zu columns", d->n_column);
        goto done;
    }
    compact_fill(&c, d, target, n_target);
    /* the targets ride along as columns after the last pivot */
    el_qr_rows_part(c.r, d->n_row, c.width, c.m, c.w);
    for (size_t t = 0; t < n_target; t++) {
        const double *h = target + t * d->n_row;
        double rss = 0, tss = pow(norm_of(h, d->n_row), 2);

        for (size_t i = c.m; i < d->n_row; i++)
            rss += pow(c.r[i * c.width + c.m + t], 2);
        out[t].n_term = 0;
        if (rss <= tol * tss)
            keep_few(&c, d, h, t, tol, max_terms, out + t, scratch);
    }
    st = EL_OK;
done:
    compact_clear(&c);
    el_free(scratch);
    return st;
}

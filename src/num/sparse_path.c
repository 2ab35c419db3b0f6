/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse least squares by forward selection with exchanges. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "num/linalg.h"
#include "num/sparse_ls.h"

typedef struct search {
    const el_dictionary *d;
    const double *h;
    const el_sparse_options *opt;
    size_t set[EL_SPARSE_MAX_TERMS], n_set;
    double *q;       /* EL_SPARSE_MAX_TERMS * n_row, orthonormal */
    double *r;       /* n_row: h less its part in the span of q */
    double *norm2;   /* n_column: |column|^2 */
    double *left2;   /* n_column: the same less its part in the span of q */
    double *scratch; /* of el_sparse_refit */
} search;

static const double *column_of(const search *s, size_t j)
{
    return s->d->column + j * s->d->n_row;
}

/* Add column j as direction k of q; false when q nearly spans it. */
static bool extend(search *s, size_t k, size_t j)
{
    const size_t n = s->d->n_row;
    double *q = s->q + k * n, length, hq;

    memcpy(q, column_of(s, j), n * sizeof *q);
    for (size_t pass = 0; pass < 2 * k; pass++) {
        const double *p = s->q + (pass % k) * n;
        double pq = el_dot(p, q, n);

        el_subtract(q, pq, p, n);
    }
    length = sqrt(el_dot(q, q, n));
    if (!(length > 1e-9 * sqrt(s->norm2[j])))
        return false;
    for (size_t i = 0; i < n; i++)
        q[i] /= length;
    hq = el_dot(q, s->r, n);
    el_subtract(s->r, hq, q, n);
    for (size_t c = 0; c < s->d->n_column; c++) {
        double cq = el_dot(q, column_of(s, c), n);

        s->left2[c] -= cq * cq;
    }
    return true;
}

static bool restart(search *s, size_t without)
{
    const size_t n = s->d->n_row;
    size_t k = 0;

    memcpy(s->r, s->h, n * sizeof *s->r);
    memcpy(s->left2, s->norm2, s->d->n_column * sizeof *s->left2);
    for (size_t i = 0; i < s->n_set; i++)
        if (i != without && !extend(s, k++, s->set[i]))
            return false;
    return true;
}

static bool is_chosen(const search *s, size_t j)
{
    for (size_t i = 0; i < s->n_set; i++)
        if (s->set[i] == j)
            return true;
    return false;
}

/* The column whose addition lowers rss most, n_column if none does. */
static size_t best_column(const search *s, double *gain)
{
    size_t best = s->d->n_column;

    *gain = 0;
    for (size_t j = s->opt->n_always; j < s->d->n_column; j++) {
        double g;

        if (!(s->left2[j] > 1e-10 * s->norm2[j]))
            continue;
        g = el_dot(s->r, column_of(s, j), s->d->n_row);
        if (s->opt->non_negative && g <= 0)
            continue;
        g = g * g / s->left2[j];
        if (g > *gain && !is_chosen(s, j)) {
            *gain = g;
            best = j;
        }
    }
    return best;
}

/* Drop chosen columns with a coefficient <= 0; false when a fit fails. */
static bool settle(search *s, el_sparse_fit *fit)
{
    for (;;) {
        size_t worst = s->n_set;

        memset(fit, 0, sizeof *fit);
        fit->n_term = s->n_set;
        memcpy(fit->index, s->set, s->n_set * sizeof *s->set);
        if (s->n_set == 0) {
            fit->rss = el_dot(s->h, s->h, s->d->n_row);
            return true;
        }
        if (!el_sparse_refit(s->d, s->h, fit, s->scratch))
            return false;
        for (size_t i = s->opt->n_always; i < s->n_set; i++)
            if (s->opt->non_negative && fit->coef[i] <= 0 &&
                (worst == s->n_set || fit->coef[i] < fit->coef[worst]))
                worst = i;
        if (worst == s->n_set)
            return true;
        s->n_set--;
        memmove(s->set + worst, s->set + worst + 1,
                (s->n_set - worst) * sizeof *s->set);
    }
}

/* Offer every chosen column in exchange; true if one was taken. */
static bool exchange(search *s, double rss)
{
    bool changed = false;

    for (size_t i = s->opt->n_always; i < s->n_set; i++) {
        const size_t old = s->set[i];
        double gain, left;
        size_t j;

        if (!restart(s, i))
            return changed;
        s->set[i] = s->d->n_column; /* may be taken back */
        left = el_dot(s->r, s->r, s->d->n_row);
        j = best_column(s, &gain);
        s->set[i] =
            j < s->d->n_column && left - gain < rss * (1 - 1e-9) ? j : old;
        if (s->set[i] != old) {
            rss = left - gain;
            changed = true;
        }
    }
    return changed;
}

static bool grow(search *s, el_sparse_fit *best)
{
    double gain;
    size_t j;

    if (!restart(s, s->n_set))
        return false;
    j = best_column(s, &gain);
    if (j == s->d->n_column)
        return false;
    s->set[s->n_set++] = j;
    if (!settle(s, best))
        return false;
    for (int round = 0; round < 4 && s->n_set > s->opt->n_always; round++) {
        const search before = *s;
        el_sparse_fit trial;

        if (!exchange(s, best->rss))
            break;
        if (!settle(s, &trial) || !(trial.rss < best->rss)) {
            memcpy(s->set, before.set, sizeof s->set);
            s->n_set = before.n_set;
            break;
        }
        *best = trial;
    }
    return true;
}

static el_status start(search *s, el_error *err)
{
    const size_t n = s->d->n_row;

    s->q = el_array(n * EL_SPARSE_MAX_TERMS, sizeof *s->q);
    s->r = el_array(n, sizeof *s->r);
    s->norm2 = el_array(s->d->n_column, sizeof *s->norm2);
    s->left2 = el_array(s->d->n_column, sizeof *s->left2);
    s->scratch = el_array(n * (EL_SPARSE_MAX_TERMS + 1), sizeof *s->scratch);
    if (!s->q || !s->r || !s->norm2 || !s->left2 || !s->scratch)
        return el_fail(err, EL_E_NOMEM, "sparse: %zu rows", n);
    for (size_t j = 0; j < s->d->n_column; j++)
        s->norm2[j] = el_dot(column_of(s, j), column_of(s, j), n);
    for (size_t j = 0; j < s->opt->n_always; j++)
        s->set[s->n_set++] = j;
    return EL_OK;
}

el_status el_sparse_path(const el_dictionary *d, const double *target,
                         const el_sparse_options *options, el_sparse_fit *path,
                         size_t *n_path, el_error *err)
{
    search s = {.d = d, .h = target, .opt = options};
    const size_t always = options->n_always, most = options->max_terms;
    double tss;
    el_status st;

    if (d->n_row == 0 || always > d->n_column || most > EL_SPARSE_MAX_TERMS ||
        most <= always)
        return el_fail(err, EL_E_ARG, "sparse: %zu rows, %zu terms", d->n_row,
                       most);
    *n_path = 0;
    st = start(&s, err);
    if (st != EL_OK)
        goto done;
    tss = el_dot(target, target, d->n_row);
    while (*n_path < most - always && s.n_set < most && s.n_set < d->n_row) {
        el_sparse_fit fit;
        const double last = *n_path ? path[*n_path - 1].rss : (double)INFINITY;

        if (!grow(&s, &fit) || !(fit.rss < last))
            break;
        path[(*n_path)++] = fit;
        if (fit.rss <= options->stop * tss)
            break;
    }
done:
    el_free(s.q);
    el_free(s.r);
    el_free(s.norm2);
    el_free(s.left2);
    el_free(s.scratch);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Columns that say the same thing. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "expr/assess.h"
#include "num/sparse_ls.h"

#define MAX_COLS  16u
#define SCATTER   0.01 /* of the logarithm: less cannot be told from none */
#define EXACT     1e-4 /* of a sum, which chance makes more often */
#define MAX_TERMS 4u   /* columns that explain another one */

typedef struct work {
    size_t n, m;             /* rows, columns */
    size_t column[MAX_COLS]; /* of the table */
    double sd[MAX_COLS];
    bool is_sum; /* of values, not of logarithms */
    double *z;   /* m * n of them centred over their SD */
    double *d;   /* the same without the target */
} work;

/* Centre and scale x or ln|x|; false where x has no logarithm. */
static bool standardise(const double *x, size_t n, bool is_sum, double *z,
                        double *sd)
{
    double mean = 0, s2 = 0;

    for (size_t i = 0; i < n; i++) {
        if (!is_sum && !(x[i] * x[0] > 0))
            return false;
        z[i] = is_sum ? x[i] : log(fabs(x[i]));
        mean += z[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        s2 += (z[i] - mean) * (z[i] - mean);
    *sd = sqrt(s2 / (double)n);
    if (!(*sd > 1e-12 * (1 + fabs(mean)))) /* rounding of the mean */
        *sd = 0;
    for (size_t i = 0; i<n && * sd> 0; i++)
        z[i] = (z[i] - mean) / *sd;
    return true;
}

/* Exponents over the smallest one, whole where they are nearly so. */
static void normalise(double *exponent, size_t n, double nearly)
{
    double least = (double)INFINITY;
    bool whole = true;

    for (size_t k = 0; k < n; k++)
        if (exponent[k] != 0 && fabs(exponent[k]) < fabs(least))
            least = exponent[k];
    for (size_t k = 0; k < n; k++) {
        exponent[k] /= least;
        whole = whole && fabs(exponent[k] - round(exponent[k])) < nearly;
    }
    for (size_t k = 0; k < n && whole; k++)
        exponent[k] = round(exponent[k]) + 0.0; /* no -0 */
}

static bool same_columns(const el_relation *a, const el_relation *b)
{
    for (size_t k = 0; k < MAX_COLS; k++)
        if ((a->exponent[k] != 0) != (b->exponent[k] != 0))
            return false;
    return true;
}

static void add(const el_relation *r, el_relation *out, size_t *n)
{
    for (size_t k = 0; k < *n; k++)
        if (same_columns(&out[k], r))
            return;
    if (*n < EL_MAX_RELATIONS)
        out[(*n)++] = *r;
}

/* Column t of w by few others. */
static el_status explain(work *w, size_t t, el_relation *out, size_t *n_out,
                         el_error *err)
{
    const size_t n = w->n, others = w->m - 1;
    const el_sparse_options options = {.max_terms = MAX_TERMS, .stop = 1e-20};
    el_sparse_fit path[EL_SPARSE_MAX_TERMS];
    size_t n_path = 0;
    el_status st;

    for (size_t k = 0, to = 0; k < w->m; k++)
        if (k != t)
            memcpy(w->d + n * to++, w->z + n * k, n * sizeof *w->d);
    st = el_sparse_path(&(el_dictionary){w->d, n, others}, w->z + t * n,
                        &options, path, &n_path, err);
    for (size_t p = 0; p < n_path && st == EL_OK; p++) {
        el_relation r = {.scatter = sqrt(path[p].rss / (double)n),
                         .is_sum = w->is_sum};

        if (!(r.scatter <= (w->is_sum ? EXACT : SCATTER)))
            continue;
        r.exponent[w->column[t]] = 1 / w->sd[t];
        for (size_t k = 0; k < path[p].n_term; k++) {
            const size_t j = path[p].index[k] + (path[p].index[k] >= t);

            r.exponent[w->column[j]] = -path[p].coef[k] / w->sd[j];
        }
        normalise(r.exponent, MAX_COLS, w->is_sum ? EXACT : .01);
        add(&r, out, n_out);
        break;
    }
    return st;
}

static el_status find(work *w, const el_columns *columns, el_relation *out,
                      size_t *n, el_error *err)
{
    el_status st = EL_OK;

    w->m = 0;
    for (size_t k = 0; k < columns->n_col; k++) {
        if (!standardise(columns->col[k], w->n, w->is_sum, w->z + w->m * w->n,
                         &w->sd[w->m]))
            continue;
        w->column[w->m] = k;
        if (w->sd[w->m] > 0) {
            w->m++;
        } else if (!w->is_sum) { /* a constant column */
            el_relation r = {.scatter = 0};

            r.exponent[k] = 1;
            add(&r, out, n);
        }
    }
    for (size_t t = 0; t < w->m && w->m > 1 && st == EL_OK; t++)
        st = explain(w, t, out, n, err);
    return st;
}

el_status el_find_relations(const el_columns *columns,
                            el_relation out[EL_MAX_RELATIONS], size_t *n,
                            el_error *err)
{
    work w = {.n = columns->n_row};
    el_status st = EL_OK;

    *n = 0;
    if (columns->n_col > MAX_COLS)
        return EL_OK;
    w.z = el_array(columns->n_col * w.n, sizeof *w.z);
    w.d = el_array(columns->n_col * w.n, sizeof *w.d);
    if (!w.z || !w.d)
        st = el_fail(err, EL_E_NOMEM, "discover: relations of columns");
    for (int sum = 0; sum < 2 && st == EL_OK; sum++) {
        w.is_sum = sum;
        st = find(&w, columns, out, n, err);
    }
    el_free(w.z);
    el_free(w.d);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "num/lsq.h"
#include "num/qr.h"

/* a x - b in compact form: rows of R and Q'b after one QR of the whole. */
typedef struct work {
    size_t rows, n; /* rows = min(m, n) */
    double *r, *b;  /* m * n and m, of which the first `rows` rows count */
    double *sub;    /* rows * n, columns of the passive set */
    double *rhs;    /* rows */
    double *x, *z, *grad, *norm, *w; /* n each */
    bool *passive;                   /* n */
    double norm_b;
} work;

/* grad = R'(b - R x), half the descent direction */
static void gradient(work *k)
{
    memcpy(k->rhs, k->b, k->rows * sizeof *k->rhs);
    for (size_t i = 0; i < k->rows; i++)
        for (size_t j = i; j < k->n; j++)
            k->rhs[i] -= k->r[i * k->n + j] * k->x[j];
    for (size_t j = 0; j < k->n; j++) {
        k->grad[j] = 0;
        for (size_t i = 0; i <= j && i < k->rows; i++)
            k->grad[j] += k->r[i * k->n + j] * k->rhs[i];
    }
}

/* The column that falls fastest, n when none does beyond rounding. */
static size_t pick(const work *k, const bool *refused)
{
    size_t best = k->n;

    for (size_t j = 0; j < k->n; j++) {
        double tol = 100 * DBL_EPSILON * k->norm[j] * k->norm_b;

        if (k->passive[j] || refused[j] || !(k->grad[j] > tol))
            continue;
        if (best == k->n || k->grad[j] > k->grad[best])
            best = j;
    }
    return best;
}

/* z = unconstrained minimum over the passive columns, 0 elsewhere. */
static bool solve_passive(work *k)
{
    size_t c = 0, p = 0;

    for (size_t j = 0; j < k->n; j++)
        p += k->passive[j] ? 1 : 0;
    if (p > k->rows)
        return false;
    for (size_t j = 0; j < k->n; j++) {
        if (!k->passive[j])
            continue;
        for (size_t i = 0; i < k->rows; i++)
            k->sub[i * p + c] = i <= j ? k->r[i * k->n + j] : 0;
        c++;
    }
    memcpy(k->rhs, k->b, k->rows * sizeof *k->rhs);
    el_qr_rows(k->sub, k->rhs, k->rows, p, k->w);
    for (size_t i = 0, j = 0; j < k->n; j++) {
        /* a column that is a combination of the others leaves no pivot */
        if (k->passive[j] &&
            !(fabs(k->sub[i * (p + 1)]) > 100 * DBL_EPSILON * k->norm[j]))
            return false;
        i += k->passive[j] ? 1 : 0;
    }
    if (!el_qr_back(k->sub, k->rhs, p, k->rhs))
        return false;
    c = 0;
    for (size_t j = 0; j < k->n; j++)
        k->z[j] = k->passive[j] ? k->rhs[c++] : 0;
    return true;
}

/* Walk from x towards z until the first coefficient is 0; true at z. */
static bool walk(work *k)
{
    double alpha = 1;
    size_t hit = k->n;

    for (size_t j = 0; j < k->n; j++) {
        double t;

        if (!k->passive[j] || k->z[j] > 0)
            continue;
        t = k->x[j] / (k->x[j] - k->z[j]);
        if (hit == k->n || t < alpha) {
            alpha = t;
            hit = j;
        }
    }
    for (size_t j = 0; j < k->n; j++)
        k->x[j] = hit == k->n ? k->z[j] : k->x[j] + alpha * (k->z[j] - k->x[j]);
    if (hit == k->n)
        return true;
    k->x[hit] = 0;
    for (size_t j = 0; j < k->n; j++)
        if (k->passive[j] && !(k->x[j] > 0)) {
            k->passive[j] = false;
            k->x[j] = 0;
        }
    return false;
}

static bool lawson_hanson(work *k, bool *refused)
{
    size_t left = 10 * k->n + 10; /* theirs is 3n; never seen to be reached */

    while (left-- > 0) {
        size_t j;

        gradient(k);
        j = pick(k, refused);
        if (j == k->n)
            return true;
        k->passive[j] = true;
        /* By exact arithmetic z[j] > 0; where rounding says otherwise the
           column brings nothing new and would cycle (L & H, step 6). */
        if (!solve_passive(k) || !(k->z[j] > 0)) {
            k->passive[j] = false;
            refused[j] = true;
            continue;
        }
        memset(refused, 0, k->n * sizeof *refused);
        while (!walk(k))
            if (!solve_passive(k))
                return false;
    }
    return false;
}

static el_status check(const double *a, const double *b, size_t m, size_t n,
                       el_error *err)
{
    if (!a || !b || m == 0 || n == 0 || m > SIZE_MAX / sizeof *a / n / 4)
        return el_fail(err, EL_E_ARG, "nnls: %zu rows, %zu columns", m, n);
    for (size_t i = 0; i < m * n; i++)
        if (!isfinite(a[i]))
            return el_fail(err, EL_E_DATA, "nnls: a[%zu][%zu] is not finite",
                           i / n, i % n);
    for (size_t i = 0; i < m; i++)
        if (!isfinite(b[i]))
            return el_fail(err, EL_E_DATA, "nnls: b[%zu] is not finite", i);
    return EL_OK;
}

/* Cut one block into the arrays and factor a once. */
static void prepare(work *k, double *block, const double *a, const double *b,
                    size_t m)
{
    size_t n = k->n;

    k->r = block;
    k->b = k->r + m * n;
    k->sub = k->b + m;
    k->rhs = k->sub + k->rows * n;
    k->x = k->rhs + k->rows;
    k->z = k->x + n;
    k->grad = k->z + n;
    k->norm = k->grad + n;
    k->w = k->norm + n;
    memcpy(k->r, a, m * n * sizeof *a);
    memcpy(k->b, b, m * sizeof *b);
    el_qr_rows(k->r, k->b, m, n, k->w);
    for (size_t i = 0; i < m; i++)
        k->norm_b = hypot(k->norm_b, b[i]);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i <= j && i < k->rows; i++)
            k->norm[j] = hypot(k->norm[j], k->r[i * n + j]);
}

el_status el_nnls(const double *a, const double *b, size_t m, size_t n,
                  double *x, el_error *err)
{
    work k = {.n = n, .rows = m < n ? m : n};
    double *block = NULL;
    bool *flags = NULL;
    el_status st = check(a, b, m, n, err);

    if (st != EL_OK)
        return st;
    block = el_array((m + k.rows) * (n + 1) + 5 * n, sizeof *block);
    flags = el_array(2 * n, sizeof *flags);
    if (!block || !flags) {
        st = el_fail(err, EL_E_NOMEM, "nnls: %zu x %zu", m, n);
        goto done;
    }
    k.passive = flags;
    prepare(&k, block, a, b, m);
    if (!lawson_hanson(&k, flags + n)) {
        st =
            el_fail(err, EL_E_NUMERIC, "nnls: %zu x %zu: no convergence", m, n);
        goto done;
    }
    memcpy(x, k.x, n * sizeof *x);
done:
    el_free(flags);
    el_free(block);
    return st;
}

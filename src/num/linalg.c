/* SPDX-License-Identifier: Apache-2.0 */
#include "num/linalg.h"

#include <float.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

/* Rounding of the n products in a pivot, with room to spare. */
#define PIVOT_TOL(n) (8 * (double)(n)*DBL_EPSILON)

static el_status check(const char *who, const double *a, size_t n,
                       el_error *err)
{
    if (!a || n == 0 || n > INT_MAX / 4)
        return el_fail(err, EL_E_ARG, "%s: no matrix, or size %zu", who, n);
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(a[i]))
            return el_fail(err, EL_E_NUMERIC, "%s: [%zu][%zu] is not finite",
                           who, i / n, i % n);
    return EL_OK;
}

/* dsyev fixes a vector up to its sign; the largest entry is made positive. */
static void fix_sign(double *v, size_t n)
{
    size_t big = 0;

    for (size_t i = 1; i < n; i++)
        if (fabs(v[i]) > fabs(v[big]))
            big = i;
    for (size_t i = 0; v[big] < 0 && i < n; i++)
        if (i != big)
            v[i] = -v[i];
    v[big] = fabs(v[big]);
}

el_status el_sym_eigen(const double *a, size_t n, double *val, double *vec,
                       el_error *err)
{
    el_status st = check("eigen", a, n, err);
    double *v = NULL, *w, *work;
    lapack_int k = (lapack_int)n;

    if (st != EL_OK)
        return st;
    v = el_array(n * n + 4 * n, sizeof *v);
    if (!v)
        return el_fail(err, EL_E_NOMEM, "eigen: n = %zu", n);
    w = v + n * n;
    work = w + n;
    memcpy(v, a, n * n * sizeof *v);
    /* by columns: vector k of the result is contiguous, row k for us */
    if (LAPACKE_dsyev_work(LAPACK_COL_MAJOR, 'V', 'U', k, v, k, w, work,
                           3 * k) != 0) {
        st = el_fail(err, EL_E_NUMERIC, "eigen: no convergence, n = %zu", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        fix_sign(v + i * n, n);
    memcpy(vec, v, n * n * sizeof *v);
    memcpy(val, w, n * sizeof *w);
done:
    el_free(v);
    return st;
}

static double inner(const double *a, const double *b, size_t n)
{
    double s = 0;

    for (size_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

/* Column j of the factor below its pivot: 0 where the pivot is 0. */
static bool column(const double *a, size_t n, size_t j, double tol, double *l)
{
    double pivot = a[j * n + j] - inner(l + j * n, l + j * n, j);
    double scale = sqrt(fabs(a[j * n + j]));

    if (pivot < -tol)
        return false;
    pivot = pivot <= tol ? 0 : sqrt(pivot);
    l[j * n + j] = pivot;
    for (size_t i = j + 1; i < n; i++) {
        double r = a[i * n + j] - inner(l + i * n, l + j * n, j);

        if (pivot > 0)
            l[i * n + j] = r / pivot;
        else if (fabs(r) > sqrt(tol) * fmax(sqrt(fabs(a[i * n + i])), scale))
            return false; /* row without a pivot: not semi-definite */
    }
    return true;
}

el_status el_cholesky(const double *a, size_t n, double *l, el_error *err)
{
    el_status st = check("cholesky", a, n, err);
    double *t = NULL, big = 0;

    if (st != EL_OK)
        return st;
    t = el_array(n * n, sizeof *t);
    if (!t)
        return el_fail(err, EL_E_NOMEM, "cholesky: n = %zu", n);
    for (size_t j = 0; j < n; j++)
        big = fmax(big, fabs(a[j * n + j]));
    for (size_t j = 0; j < n; j++)
        if (!column(a, n, j, PIVOT_TOL(n) * big, t)) {
            st = el_fail(err, EL_E_NUMERIC,
                         "cholesky: pivot %zu of %zu is negative", j, n);
            goto done;
        }
    memcpy(l, t, n * n * sizeof *t);
done:
    el_free(t);
    return st;
}

double el_quadratic_form(const double *g, const double *a, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            sum += g[i] * a[i * n + j] * g[j];
    }
    return sum;
}

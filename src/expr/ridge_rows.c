/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/ridge_rows.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "num/linalg.h"

#define SMOOTH  5u  /* functions of ln z in a score */
#define LOG_MAX 600 /* exp() of more would overflow soon */

bool el_ridge_rows_init(el_ridge_rows *rows, size_t n, size_t n_var,
                        size_t n_all, const double *log_x, const double *log_y)
{
    *rows = (el_ridge_rows){.n = n, .n_var = n_var};
    rows->log_x = el_array(n * n_var, sizeof *rows->log_x);
    rows->log_y = el_array(n, sizeof *rows->log_y);
    rows->basis = el_array(EL_RIDGE_BASIS * n, sizeof *rows->basis);
    rows->r = el_array(n, sizeof *rows->r);
    rows->q = el_array(SMOOTH * n, sizeof *rows->q);
    rows->z = el_array(n, sizeof *rows->z);
    rows->f = el_array(n, sizeof *rows->f);
    if (!rows->log_x || !rows->log_y || !rows->basis || !rows->r || !rows->q ||
        !rows->z || !rows->f)
        return false;
    for (size_t i = 0; i < n; i++) {
        const size_t row = i * n_all / n;

        rows->log_y[i] = log_y[row];
        for (size_t v = 0; v < n_var; v++)
            rows->log_x[v * n + i] = log_x[v * n_all + row];
    }
    return true;
}

void el_ridge_rows_clear(el_ridge_rows *rows)
{
    el_free(rows->log_x);
    el_free(rows->log_y);
    el_free(rows->basis);
    el_free(rows->r);
    el_free(rows->q);
    el_free(rows->z);
    el_free(rows->f);
}

/* Take out of v its part in the basis and in q[0..n_q). */
static void project(const el_ridge_rows *w, size_t n_q, double *v)
{
    for (size_t k = 0; k < w->n_basis; k++) {
        const double *b = w->basis + k * w->n;

        el_subtract(v, el_dot(b, v, w->n), b, w->n);
    }
    for (size_t k = 0; k < n_q; k++) {
        const double *b = w->q + k * w->n;

        el_subtract(v, el_dot(b, v, w->n), b, w->n);
    }
}

static void scale(double *v, double s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] *= s;
}

/* Add v to the basis, unless it is in its span already. */
static void extend(el_ridge_rows *w, const double *v)
{
    double *q = w->basis + w->n_basis * w->n, length;
    const double before = sqrt(el_dot(v, v, w->n));

    if (w->n_basis == EL_RIDGE_BASIS)
        return;
    memmove(q, v, w->n * sizeof *q);
    project(w, 0, q);
    project(w, 0, q); /* twice: the first pass leaves rounding */
    length = sqrt(el_dot(q, q, w->n));
    if (!(length > 1e-10 * before))
        return;
    scale(q, 1 / length, w->n);
    w->n_basis++;
}

static void set_residual(el_ridge_rows *w)
{
    memcpy(w->r, w->log_y, w->n * sizeof *w->r);
    project(w, 0, w->r);
    project(w, 0, w->r);
    w->rss = el_dot(w->r, w->r, w->n);
}

void el_ridge_reset(el_ridge_rows *rows)
{
    rows->n_basis = 0;
    for (size_t i = 0; i < rows->n; i++)
        rows->f[i] = 1;
    extend(rows, rows->f);
    for (size_t v = 0; v < rows->n_var; v++)
        extend(rows, rows->log_x + v * rows->n);
    set_residual(rows);
}

static void log_z(el_ridge_rows *w, const el_poly_term *z)
{
    memset(w->z, 0, w->n * sizeof *w->z);
    for (size_t v = 0; v < w->n_var; v++)
        if (z->exponent[v] != 0)
            el_subtract(w->z, -z->exponent[v], w->log_x + v * w->n, w->n);
}

/* f = ln|fn(c z)| of w->z; false where one is not finite. */
static bool log_f(const el_ridge_rows *w, const el_ridge_fn *fn, double log_c,
                  double *f)
{
    for (size_t i = 0; i < w->n; i++) {
        f[i] = log(fabs(fn->value(exp(fmin(w->z[i] + log_c, LOG_MAX)))));
        if (!isfinite(f[i]))
            return false;
    }
    return true;
}

bool el_ridge_values(const el_ridge_rows *rows, const el_ridge_factor *factor,
                     double *out)
{
    el_ridge_rows w = *rows;

    log_z(&w, &factor->z);
    return log_f(&w, factor->fn, factor->log_c, out);
}

void el_ridge_fix(el_ridge_rows *rows, const el_ridge_factor *factor)
{
    const double h = 1e-4;
    double *derivative = rows->r; /* is set anew below */

    log_z(rows, &factor->z);
    if (log_f(rows, factor->fn, factor->log_c, rows->f)) {
        const bool known =
            log_f(rows, factor->fn, factor->log_c + h, derivative);

        for (size_t i = 0; known && i < rows->n; i++)
            derivative[i] = (derivative[i] - rows->f[i]) / h;
        extend(rows, rows->f);
        if (known && factor->fn->scaled)
            extend(rows, derivative);
    }
    set_residual(rows);
}

/* The k-th smooth function of the standardised t. */
static double smooth(size_t k, double t)
{
    switch (k) {
    case 0:
        return t * t;
    case 1:
        return t * t * t;
    case 2:
        return fmax(t - .7, 0);
    case 3:
        return fmax(-t - .7, 0);
    default:
        return fabs(t);
    }
}

static void standardise(double *z, size_t n)
{
    double mean = 0, sd;

    for (size_t i = 0; i < n; i++)
        mean += z[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        z[i] -= mean;
    sd = sqrt(el_dot(z, z, n) / (double)n) + 1e-12;
    scale(z, 1 / sd, n);
}

double el_ridge_smooth(el_ridge_rows *rows, const el_poly_term *z)
{
    const size_t n = rows->n;
    double left = rows->rss;
    size_t n_q = 0;

    log_z(rows, z);
    standardise(rows->z, n);
    for (size_t k = 0; k < SMOOTH; k++) {
        double *c = rows->q + n_q * n, length, part;

        for (size_t i = 0; i < n; i++)
            c[i] = smooth(k, rows->z[i]);
        project(rows, n_q, c);
        length = el_dot(c, c, n);
        if (!(length > 1e-12 * (double)n))
            continue;
        scale(c, 1 / sqrt(length), n);
        part = el_dot(c, rows->r, n);
        left -= part * part;
        n_q++;
    }
    return left / rows->rss;
}

/* rss with ln|f(c z)| of w->z in the basis; infinite where f is not finite. */
static double rss_with(el_ridge_rows *w, const el_ridge_fn *fn, double log_c)
{
    double before, left, part;

    if (!log_f(w, fn, log_c, w->f))
        return (double)INFINITY;
    before = el_dot(w->f, w->f, w->n);
    project(w, 0, w->f);
    left = el_dot(w->f, w->f, w->n);
    if (!(left > 1e-9 * before))
        return w->rss;
    part = el_dot(w->f, w->r, w->n);
    return w->rss - part * part / left;
}

void el_ridge_scan(el_ridge_rows *rows, el_ridge_factor *factor)
{
    static const double simple[] = {1, .5, .25, 2, 4, 3, 1 / 3.};
    const size_t n_simple = sizeof simple / sizeof *simple;
    const double pi = 3.14159265358979323846;
    const size_t n = factor->fn->scaled ? 25 + 2 * n_simple : 1;

    factor->rss = (double)INFINITY;
    log_z(rows, &factor->z);
    for (size_t k = 0; k < n; k++) {
        const double c = k < 25              ? exp2(.5 * (double)k - 6)
                         : k < 25 + n_simple ? simple[k - 25] / pi
                                             : simple[k - 25 - n_simple] * pi;
        const double log_c = factor->fn->scaled ? log(c) : 0;
        const double rss = rss_with(rows, factor->fn, log_c);

        if (rss < factor->rss) {
            factor->rss = rss;
            factor->log_c = log_c;
        }
    }
}

void el_ridge_refine(el_ridge_rows *rows, el_ridge_factor *factor)
{
    const double golden = .61803398874989485;
    double a = factor->log_c - .35, b = factor->log_c + .35, x[2], v[2];

    log_z(rows, &factor->z);
    factor->rss = rss_with(rows, factor->fn, factor->log_c);
    if (!factor->fn->scaled)
        return;
    for (int step = 0; step < 36; step++) {
        x[0] = b - golden * (b - a);
        x[1] = a + golden * (b - a);
        for (int k = 0; k < 2; k++) {
            v[k] = rss_with(rows, factor->fn, x[k]);
            if (v[k] < factor->rss) {
                factor->rss = v[k];
                factor->log_c = x[k];
            }
        }
        if (v[0] < v[1])
            b = x[1];
        else
            a = x[0];
    }
}

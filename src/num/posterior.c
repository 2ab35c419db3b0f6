/* SPDX-License-Identifier: Apache-2.0 */
#include "num/posterior.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "num/linalg.h"

/* Inverse of the lower triangle l, in place. */
static void invert_lower(double *l, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        l[j * n + j] = 1.0 / l[j * n + j];
        for (size_t i = j + 1; i < n; i++) {
            double sum = 0.0;

            for (size_t k = j; k < i; k++)
                sum += l[i * n + k] * l[k * n + j];
            l[i * n + j] = -sum / l[i * n + i];
        }
    }
}

static double row_times(const el_posterior *p, size_t i, const double *v)
{
    double sum = 0.0;

    for (size_t k = 0; k <= i; k++)
        sum += p->inverse[i * p->n + k] * v[k];
    return sum;
}

el_status el_posterior_make(const double *cov, const double *r, size_t n,
                            el_posterior *out, el_error *err)
{
    el_posterior p = {.n = n};
    el_status st;

    p.inverse = el_array(n * n, sizeof *p.inverse);
    p.weight = el_array(n, sizeof *p.weight);
    if (!p.inverse || !p.weight) {
        el_posterior_clear(&p);
        return el_fail(err, EL_E_NOMEM, "posterior: n = %zu", n);
    }
    st = el_cholesky(cov, n, p.inverse, err);
    for (size_t i = 0; i < n && st == EL_OK; i++)
        if (!(p.inverse[i * n + i] > 0.0)) /* only semi-definite */
            st = el_fail(err, EL_E_NUMERIC, "posterior: pivot %zu of %zu is 0",
                         i, n);
    if (st != EL_OK) {
        el_posterior_clear(&p);
        return st;
    }
    invert_lower(p.inverse, n);
    for (size_t i = 0; i < n; i++) {
        double sum = row_times(&p, i, r);

        for (size_t k = 0; k <= i; k++)
            p.weight[k] += p.inverse[i * n + k] * sum;
    }
    *out = p;
    return EL_OK;
}

void el_posterior_clear(el_posterior *p)
{
    el_free(p->weight);
    el_free(p->inverse);
    memset(p, 0, sizeof *p);
}

double el_posterior_mean(const el_posterior *p, const double *k,
                         double *explained)
{
    double mean = 0.0, sum = 0.0;

    for (size_t i = 0; i < p->n; i++) {
        double known = row_times(p, i, k);

        mean += k[i] * p->weight[i];
        sum += known * known;
    }
    *explained = sum;
    return mean;
}

double el_posterior_left_out(const el_posterior *p, size_t i, double *sd)
{
    double precision = 0.0;

    for (size_t k = i; k < p->n; k++) {
        double l = p->inverse[k * p->n + i];

        precision += l * l;
    }
    *sd = 1.0 / sqrt(precision);
    return p->weight[i] / precision;
}

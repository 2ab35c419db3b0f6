/* SPDX-License-Identifier: Apache-2.0 */
#include "num/stats.h"

#include <math.h>
#include <stdlib.h>

double el_mean(const double *v, size_t n)
{
    double s = 0;

    for (size_t i = 0; i < n; i++)
        s += v[i];
    return s / (double)n;
}

double el_variance(const double *v, size_t n)
{
    double m = el_mean(v, n), s = 0;

    if (n < 2)
        return 0;
    for (size_t i = 0; i < n; i++)
        s += (v[i] - m) * (v[i] - m);
    return s / (double)(n - 1);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double el_quantile(double *v, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;

    qsort(v, n, sizeof *v, by_value);
    if (i + 1 >= n)
        return v[n - 1];
    return v[i] + (at - (double)i) * (v[i + 1] - v[i]);
}

double el_median(double *v, size_t n)
{
    return el_quantile(v, n, 0.5);
}

double el_mad_sd(double *v, size_t n)
{
    double m = el_median(v, n);

    for (size_t i = 0; i < n; i++)
        v[i] = fabs(v[i] - m);
    return 1.4826022185056018 * el_median(v, n); /* 1 / quantile(3/4) */
}

/* Twice the rank of v[i], ties sharing their mean, less its mean n + 1. */
static double centred_rank(const double *v, size_t n, size_t i)
{
    size_t below = 0, same = 0;

    for (size_t j = 0; j < n; j++) {
        below += v[j] < v[i];
        same += v[j] <= v[i];
    }
    return (double)(below + same) - (double)n;
}

double el_spearman(const double *a, const double *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;

    /* Counting costs n^2 steps but no memory, so it cannot fail. */
    for (size_t i = 0; i < n; i++) {
        double x = centred_rank(a, n, i), y = centred_rank(b, n, i);

        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return aa > 0 && bb > 0 ? ab / (sqrt(aa) * sqrt(bb)) : (double)NAN;
}

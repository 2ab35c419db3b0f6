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

void el_sort(double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
}

double el_quantile(double *v, size_t n, double q)
{
    el_sort(v, n);
    return el_sorted_quantile(v, n, q);
}

double el_sorted_quantile(const double *v, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;

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

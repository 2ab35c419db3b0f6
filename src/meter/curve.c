/* SPDX-License-Identifier: Apache-2.0 */
#include "meter/curve.h"

#include <math.h>
#include <stdlib.h>

/* Steps are compared with limits that are several times their median: a few
   hundred of them tell it well enough. */
#define MEDIAN_OF 255u

void el_curve_add_slope(el_curve *c, double time_s, double slope)
{
    double value = 0;

    if (c->n > 0) {
        const el_curve_point *p = &c->at[c->n - 1];

        value = p->value + (time_s - p->time_s) * (p->slope + slope) / 2;
    }
    c->at[c->n++] = (el_curve_point){time_s, value, slope};
}

size_t el_curve_after(const el_curve *c, double t)
{
    size_t lo = 0, hi = c->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (c->at[mid].time_s > t)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

double el_curve_value(const el_curve *c, double t)
{
    size_t i = el_curve_after(c, t);
    double reach = el_curve_median_step(c), dt, slope;
    const el_curve_point *a;

    if (i == 0)
        return -fmin(c->at[0].time_s - t, reach) * c->at[0].slope;
    a = &c->at[i - 1];
    dt = t - a->time_s;
    if (i == c->n)
        return a->value + fmin(dt, reach) * a->slope;
    slope = a->slope +
            (c->at[i].slope - a->slope) * dt / (c->at[i].time_s - a->time_s);
    return a->value + dt * (a->slope + slope) / 2;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

double el_curve_median_step(const el_curve *c)
{
    double step[MEDIAN_OF];
    size_t n = 0, stride = c->n / MEDIAN_OF + 1;

    for (size_t i = 1; i < c->n; i += stride)
        step[n++] = c->at[i].time_s - c->at[i - 1].time_s;
    if (n == 0)
        return 0;
    qsort(step, n, sizeof *step, by_size);
    return step[n / 2];
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Ratios of a table, interpolated. */
#include <math.h>

#include "model/kernel_place.h"

#define REACH     2.0 /* factor beyond which nothing is known */
#define N_NEAREST 4

/* Index of the first point whose key is not below. */
static size_t first_of(const el_kernel_table *t, const el_kernel_place *at)
{
    size_t lo = 0, hi = t->n_point;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (el_kernel_place_by_key(&t->point[mid].at, at) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* ln ratio of one series at x; NaN out of reach. */
static double along(const el_kernel_point *p, size_t n, double x)
{
    size_t i = 1;
    double t;

    if (x < p[0].at.x - log(REACH) || x > p[n - 1].at.x + log(REACH))
        return EL_UNKNOWN;
    if (x <= p[0].at.x)
        return p[0].log_ratio;
    if (x >= p[n - 1].at.x)
        return p[n - 1].log_ratio;
    while (x > p[i].at.x)
        i++;
    t = (x - p[i - 1].at.x) / (p[i].at.x - p[i - 1].at.x);
    return p[i - 1].log_ratio + t * (p[i].log_ratio - p[i - 1].log_ratio);
}

typedef struct near {
    double distance, log_ratio;
} near;

/* Keep the nearest, in order of distance. */
static void keep(near *best, size_t *n_best, near one)
{
    size_t i = *n_best;

    if (i == N_NEAREST) {
        if (one.distance >= best[i - 1].distance)
            return;
        i--;
    } else {
        (*n_best)++;
    }
    for (; i > 0 && best[i - 1].distance > one.distance; i--)
        best[i] = best[i - 1];
    best[i] = one;
}

static double log_ratio_at(const el_kernel_table *t, const el_kernel_place *at)
{
    near best[N_NEAREST];
    size_t n_best = 0;
    double sum = 0.0, weight = 0.0;

    for (size_t i = first_of(t, at); i < t->n_point; i = t->point[i].end) {
        const el_kernel_point *p = &t->point[i];
        double d0 = fabs(at->u[0] - p->at.u[0]);
        double d1 = fabs(at->u[1] - p->at.u[1]), y;

        if (el_kernel_place_by_key(&p->at, at) != 0)
            break;
        if (d0 > log(REACH) * (1.0 + 1e-9) || d1 > log(REACH) * (1.0 + 1e-9))
            continue;
        y = along(p, p->end - i, at->x);
        if (el_is_known(y))
            keep(best, &n_best, (near){d0 * d0 + d1 * d1, y});
    }
    if (n_best == 0)
        return EL_UNKNOWN;
    if (best[0].distance < 1e-18)
        return best[0].log_ratio;
    for (size_t i = 0; i < n_best; i++) {
        sum += best[i].log_ratio / best[i].distance;
        weight += 1.0 / best[i].distance;
    }
    return sum / weight;
}

double el_kernel_table_ratio(const el_kernel_table *table, const el_op *op)
{
    el_kernel_place at;
    double y = EL_UNKNOWN;

    if (!op->launches) /* a table's kernels start by themselves */
        return EL_UNKNOWN;
    if (el_kernel_place_of(op, true, &at))
        y = log_ratio_at(table, &at);
    if (!el_is_known(y) && op->kind == EL_OP_MOE &&
        el_kernel_place_of(op, false, &at))
        y = log_ratio_at(table, &at);
    return exp(y);
}

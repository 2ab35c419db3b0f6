/* SPDX-License-Identifier: Apache-2.0 */
/* Measured latencies of GEMMs, interpolated. */
#include <math.h>
#include <stdlib.h>

#include "model/kernel_part.h"

#define TABLE_REACH   2.0 /* factor beyond which nothing is known */
#define TABLE_NEAREST 4

static int by_value(double a, double b)
{
    return (a > b) - (a < b);
}

static int by_shape(const void *a, const void *b)
{
    const el_kernel_point *x = a, *y = b;
    int c = by_value(x->n, y->n);

    c = c ? c : by_value(x->k, y->k);
    return c ? c : by_value(x->m, y->m);
}

void el_kernel_table_sort(el_kernel_point *point, size_t n)
{
    if (n > 1)
        qsort(point, n, sizeof *point, by_shape);
}

/* Rows of one (n, k): time at m, log-log between neighbours. */
static double along_m(const el_kernel_point *p, size_t n, double m)
{
    size_t i = 1;
    double t;

    if (m * TABLE_REACH < p[0].m || m > TABLE_REACH * p[n - 1].m)
        return EL_UNKNOWN;
    if (n == 1 || m <= p[0].m)
        return p[0].time_s;
    if (m >= p[n - 1].m) /* grows at most in proportion */
        return p[n - 1].time_s * (m / p[n - 1].m);
    while (m > p[i].m)
        i++;
    t = log(m / p[i - 1].m) / log(p[i].m / p[i - 1].m);
    return p[i - 1].time_s * pow(p[i].time_s / p[i - 1].time_s, t);
}

typedef struct near {
    double distance, log_time;
} near;

/* Keep the nearest, in order of distance. */
static void keep(near *best, size_t *n_best, near one)
{
    size_t i = *n_best;

    if (i == TABLE_NEAREST) {
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

double el_kernel_table_time(const el_kernel_table *table, double m, double n,
                            double k)
{
    near best[TABLE_NEAREST];
    size_t n_best = 0, end;
    double sum = 0.0, weight = 0.0;

    for (size_t i = 0; i < table->n_point; i = end) {
        const el_kernel_point *p = &table->point[i];
        double dn = log(n / p->n), dk = log(k / p->k), time;

        for (end = i + 1; end < table->n_point; end++) {
            if (table->point[end].n != p->n || table->point[end].k != p->k)
                break;
        }
        if (fabs(dn) > log(TABLE_REACH) || fabs(dk) > log(TABLE_REACH))
            continue;
        time = along_m(p, end - i, m);
        if (!el_is_known(time))
            continue;
        /* weights and flop are in proportion to n k: scale to the shape */
        keep(best, &n_best,
             (near){dn * dn + dk * dk, log(time) + 0.9 * (dn + dk)});
    }
    if (n_best == 0)
        return EL_UNKNOWN;
    if (best[0].distance < 1e-18)
        return exp(best[0].log_time);
    for (size_t i = 0; i < n_best; i++) {
        sum += best[i].log_time / best[i].distance;
        weight += 1.0 / best[i].distance;
    }
    return exp(sum / weight);
}

void el_kernel_cost_table(const el_device *d, const el_op *op,
                          const el_kernel_table *table, el_cost *out)
{
    double time = EL_UNKNOWN;

    if (table && table->n_point && op->kind == EL_OP_GEMM && op->m > 0.0 &&
        op->n > 0.0 && op->k > 0.0 && op->batch <= 1.0)
        time = el_kernel_table_time(table, op->m, op->n, op->k);
    if (!el_is_known(time)) {
        el_kernel_cost(d, op, out);
        return;
    }
    el_cost_finish(d, op, time, op->flop, op->weight_bytes + op->kv_bytes,
                   op->act_bytes, out);
}

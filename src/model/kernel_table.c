/* SPDX-License-Identifier: Apache-2.0 */
/* Measured times become ratios to modelled ones, in the order of places. */
#include "energylens/kernel_table.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "model/kernel_part.h"
#include "model/kernel_place.h"

static int by_place(const void *a, const void *b)
{
    const el_kernel_point *p = a, *q = b;
    int c = el_kernel_place_by_series(&p->at, &q->at);

    c = c ? c : el_by_value(p->at.x, q->at.x);
    return c ? c : el_by_value(p->log_ratio, q->log_ratio);
}

el_status el_kernel_table_new(const el_device *device, el_kernel_table **out,
                              el_error *err)
{
    el_kernel_table *t = el_array(1, sizeof *t);

    if (!t)
        return el_fail(err, EL_E_NOMEM, "kernel table: out of memory");
    t->device = *device;
    t->device.kernel_table = NULL;
    t->device.cap_w = HUGE_VAL; /* such runs are short */
    *out = t;
    return EL_OK;
}

void el_kernel_table_free(el_kernel_table *table)
{
    if (!table)
        return;
    el_free(table->point);
    el_free(table);
}

size_t el_kernel_table_size(const el_kernel_table *table)
{
    return table->n_point;
}

size_t el_kernel_table_impossible(const el_kernel_table *table)
{
    return table->n_impossible;
}

/* Modelled seconds of all ops, and the least that the device could need. */
static double modelled(const el_device *d, const el_op *op, size_t n_op,
                       double *least)
{
    double time = 0.0;

    *least = 0.0;
    for (size_t i = 0; i < n_op; i++) {
        el_cost c;

        el_kernel_cost(d, &op[i], &c);
        time += c.time_s;
        *least += el_larger(c.flop_s_bound,
                            c.bytes_s_bound * d->bw_bytes_s > d->l2_bytes
                                ? c.bytes_s_bound
                                : 0.0);
    }
    return time;
}

el_status el_kernel_table_add(el_kernel_table *table, const el_op *op,
                              size_t n_op, double time_s, el_error *err)
{
    el_kernel_point p;
    double model, least;
    void *grown;

    if (n_op == 0 || !(time_s > 0.0) || !el_kernel_place_of(op, true, &p.at))
        return el_fail(err, EL_E_ARG,
                       "kernel table: a shape or time that has no place");
    model = modelled(&table->device, op, n_op, &least);
    if (time_s < least) {
        table->n_impossible++;
        return EL_OK;
    }
    p.log_ratio = log(time_s / model);
    if (!isfinite(p.log_ratio) || !isfinite(p.at.x + p.at.u[0] + p.at.u[1]))
        return el_fail(err, EL_E_ARG,
                       "kernel table: a shape or time too large");
    grown = el_grow(table->point, &table->cap, table->n_point + 1,
                    sizeof *table->point);
    if (!grown)
        return el_fail(err, EL_E_NOMEM, "kernel table: %zu points",
                       table->n_point);
    table->point = grown;
    table->point[table->n_point++] = p;
    return EL_OK;
}

/* Points at one el_kernel_place become their mean. Returns how many are left.
 */
static size_t combine(el_kernel_point *p, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0, end; i < n; i = end) {
        double sum = 0.0;

        for (end = i; end < n && p[end].at.x == p[i].at.x &&
                      el_kernel_place_by_series(&p[end].at, &p[i].at) == 0;
             end++)
            sum += p[end].log_ratio;
        p[kept] = p[i];
        p[kept++].log_ratio = sum / (double)(end - i);
    }
    return kept;
}

void el_kernel_table_finish(el_kernel_table *table)
{
    el_kernel_point *p = table->point;
    size_t n = table->n_point;

    if (n == 0)
        return;
    qsort(p, n, sizeof *p, by_place);
    n = table->n_point = combine(p, n);
    for (size_t i = n; i-- > 0;)
        p[i].end =
            i + 1 < n && el_kernel_place_by_series(&p[i].at, &p[i + 1].at) == 0
                ? p[i + 1].end
                : i + 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/front.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define CLEAN_FROM 256u /* points; fewer are cheap to hold */

static int by_time(const void *a, const void *b)
{
    const el_front_point *p = a, *q = b;

    if (p->time_s != q->time_s)
        return p->time_s < q->time_s ? -1 : 1;
    return (p->index > q->index) - (p->index < q->index);
}

/* How many of the clean points are as fast as time_s. */
static size_t count_faster(const el_front_build *f, double time_s)
{
    size_t lo = 0, hi = f->n_clean;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (f->point[mid].time_s <= time_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The slowest of those as fast costs least of them. */
static bool is_beaten(const el_front_build *f, const el_front_point *p)
{
    size_t k = count_faster(f, p->time_s);
    const el_front_point *q = k ? &f->point[k - 1] : NULL;

    return q && (q->energy_j < p->energy_j ||
                 (q->energy_j == p->energy_j && q->time_s < p->time_s));
}

el_status el_front_clean(el_front_build *f, el_error *err)
{
    double *xy = el_array(2 * f->n + 1, sizeof *xy);
    bool *on = el_array(f->n + 1, sizeof *on);
    size_t kept = 0;
    el_status st = EL_OK;

    if (!xy || !on)
        st = el_fail(err, EL_E_NOMEM, "front: %zu points", f->n);
    for (size_t i = 0; st == EL_OK && i < f->n; i++) {
        xy[i] = f->point[i].time_s;
        xy[f->n + i] = f->point[i].energy_j;
    }
    if (st == EL_OK)
        st = el_pareto_front(xy, xy + f->n, f->n, on, err);
    for (size_t i = 0; st == EL_OK && i < f->n; i++)
        if (on[i])
            f->point[kept++] = f->point[i];
    if (st == EL_OK && kept)
        qsort(f->point, kept, sizeof *f->point, by_time);
    if (st == EL_OK)
        f->n = f->n_clean = kept;
    el_free(on);
    el_free(xy);
    return st;
}

el_status el_front_add(el_front_build *f, const el_front_point *p,
                       el_error *err)
{
    el_front_point *grown;

    if (!isfinite(p->time_s) || !isfinite(p->energy_j) || is_beaten(f, p))
        return EL_OK;
    grown = el_grow(f->point, &f->cap, f->n + 1, sizeof *grown);
    if (!grown)
        return el_fail(err, EL_E_NOMEM, "front: %zu points", f->n + 1);
    f->point = grown;
    f->point[f->n++] = *p;
    if (f->n < CLEAN_FROM || f->n < 2 * f->n_clean)
        return EL_OK;
    return el_front_clean(f, err);
}

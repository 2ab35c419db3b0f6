/* SPDX-License-Identifier: Apache-2.0 */
#include "model/placement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A tenant's place in the order in which they are tried. */
typedef struct option {
    double energy_j;
    size_t index;
} option;

typedef struct work {
    const el_tenant_places *tenant;
    size_t n;
    double left[EL_MAX_TYPES];          /* GPUs */
    option *option[EL_MAX_TENANTS];     /* cheapest first */
    double to_come[EL_MAX_TENANTS + 1]; /* least of tenant i and after */
    size_t now[EL_MAX_TENANTS], best[EL_MAX_TENANTS];
    double least_j;
} work;

static int by_energy(const void *a, const void *b)
{
    const option *p = a, *q = b;

    if (p->energy_j != q->energy_j)
        return p->energy_j < q->energy_j ? -1 : 1;
    return p->index < q->index ? -1 : 1;
}

static el_status sort_places(work *w, el_error *err)
{
    for (size_t i = 0; i < w->n; i++) {
        const el_tenant_places *t = &w->tenant[i];

        w->option[i] = el_array(t->n + 1, sizeof *w->option[i]);
        if (!w->option[i])
            return el_fail(err, EL_E_NOMEM, "placement: out of memory");
        for (size_t k = 0; k < t->n; k++)
            w->option[i][k] = (option){t->place[k].energy_j, k};
        qsort(w->option[i], t->n, sizeof *w->option[i], by_energy);
    }
    w->to_come[w->n] = 0.0;
    for (size_t i = w->n; i-- > 0;)
        w->to_come[i] =
            w->to_come[i + 1] +
            (w->tenant[i].n ? w->option[i][0].energy_j : (double)INFINITY);
    return EL_OK;
}

/* Depth <= EL_MAX_TENANTS. NOLINTNEXTLINE(misc-no-recursion) */
static void place(work *w, size_t i, double spent_j)
{
    if (i == w->n) {
        w->least_j = spent_j;
        memcpy(w->best, w->now, sizeof w->best);
        return;
    }
    for (size_t k = 0; k < w->tenant[i].n; k++) {
        const option *o = &w->option[i][k];
        const el_place *p = &w->tenant[i].place[o->index];

        if (spent_j + o->energy_j + w->to_come[i + 1] >= w->least_j)
            return; /* and so do the dearer ones */
        if (p->gpus > w->left[p->type])
            continue;
        w->left[p->type] -= p->gpus;
        w->now[i] = o->index;
        place(w, i + 1, spent_j + o->energy_j);
        w->left[p->type] += p->gpus;
    }
}

el_status el_placement_find(const el_tenant_places *tenant, size_t n_tenant,
                            const double *gpus, size_t n_type,
                            size_t chosen[EL_MAX_TENANTS], double *energy_j,
                            el_error *err)
{
    work w = {.tenant = tenant, .n = n_tenant, .least_j = INFINITY};
    el_status st;

    if (n_tenant > EL_MAX_TENANTS || n_type > EL_MAX_TYPES)
        return el_fail(err, EL_E_ARG, "at most %u tenants and %u GPU types",
                       EL_MAX_TENANTS, EL_MAX_TYPES);
    for (size_t i = 0; i < EL_MAX_TENANTS; i++)
        w.best[i] = EL_NOWHERE;
    memcpy(w.left, gpus, n_type * sizeof *gpus);
    st = sort_places(&w, err);
    if (st == EL_OK) {
        place(&w, 0, 0.0);
        memcpy(chosen, w.best, sizeof w.best);
        *energy_j = w.least_j;
    }
    for (size_t i = 0; i < n_tenant; i++)
        el_free(w.option[i]);
    return st;
}

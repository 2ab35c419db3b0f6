/* SPDX-License-Identifier: Apache-2.0 */
#include "load/arrival.h"

#include <math.h>
#include <stdint.h>

static void find_due(el_arrivals *a, double before_s)
{
    const el_load_work *w = a->work;

    if (w->n_request > 0 && a->next >= w->n_request) {
        a->due_s = (double)INFINITY;
        return;
    }
    switch (w->arrival) {
    case EL_LOAD_CLOSED:
        a->due_s = (double)NAN;
        return;
    case EL_LOAD_POISSON:
        a->due_s = before_s - log1p(-el_rng_unit(&a->rng)) / w->rate_hz;
        break;
    case EL_LOAD_TRACE:
        a->due_s = a->next < w->n_arrival ? a->start_s + w->arrival_s[a->next]
                                          : (double)INFINITY;
        break;
    }
    if (w->duration_s > 0 && a->due_s >= a->start_s + w->duration_s)
        a->due_s = (double)INFINITY;
}

void el_arrivals_init(el_arrivals *a, const el_load_work *work, uint64_t seed,
                      double start_s)
{
    *a = (el_arrivals){.work = work, .start_s = start_s};
    el_rng_init(&a->rng, seed, UINT64_MAX); /* prompts take 0, 1, 2... */
    find_due(a, start_s);
}

void el_arrivals_pass(el_arrivals *a)
{
    a->next++;
    find_due(a, a->due_s);
}

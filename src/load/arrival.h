/* SPDX-License-Identifier: Apache-2.0 */
/* When the next request is due. Layer: load. */
#ifndef EL_LOAD_ARRIVAL_H
#define EL_LOAD_ARRIVAL_H
#include "base/rng.h"
#include "load/load.h"

typedef struct el_arrivals {
    const el_load_work *work;
    double start_s;
    el_rng rng;
    size_t next;  /* index of the request that is due next */
    double due_s; /* NaN: as soon as a stream is free; infinity: never */
} el_arrivals;

void el_arrivals_init(el_arrivals *a, const el_load_work *work, uint64_t seed,
                      double start_s);
void el_arrivals_pass(el_arrivals *a); /* request `next` was begun */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A replica in round numbers, for tests of replays. */
#ifndef EL_REPLICA_SAMPLE_H
#define EL_REPLICA_SAMPLE_H
#include <math.h>

#include "model/replica.h"

/*
 * b requests, c tokens of context: a step takes 10 + b ms and 1 us c, and
 * 1 + b / 4 J and 1 mJ c. A pass over x tokens: 20 ms + 0.1 ms x, 2 J + 10 mJ
 * x, told at 0 and 10000 tokens. 100 W with nothing in flight.
 */
static inline el_status el_replica_sample(size_t batch, el_replica *out)
{
    el_status st = el_replica_make(batch, 2, out, NULL);

    if (st != EL_OK)
        return st;
    for (size_t k = 0; k < batch; k++) {
        out->step_s[k] = 0.010 + 0.001 * (double)(k + 1);
        out->context_s[k] = 1e-6;
        out->step_j[k] = 1.0 + 0.25 * (double)(k + 1);
        out->context_j[k] = 1e-3;
    }
    out->knot_tokens[0] = 0.0;
    out->pass_s[0] = 0.020;
    out->pass_j[0] = 2.0;
    out->knot_tokens[1] = 10000.0;
    out->pass_s[1] = 1.020;
    out->pass_j[1] = 102.0;
    out->kv_tokens = INFINITY;
    out->chunk_tokens = 8192.0;
    out->idle_w = 100.0;
    return EL_OK;
}

#endif

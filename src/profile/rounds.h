/* SPDX-License-Identifier: Apache-2.0 */
/* Windows that hold whole rounds of requests. Layer: profile. */
#ifndef EL_PROFILE_ROUNDS_H
#define EL_PROFILE_ROUNDS_H
#include <stdbool.h>
#include <stddef.h>

typedef struct el_rounds {
    double start_s, end_s;
    size_t n_round;
    size_t
        first; /* requests end_s[first] .. end_s[first + n_request - 1] ... */
    size_t n_request; /* ... ended in it; in_flight n_round of them */
} el_rounds;

/*
 * The shortest window of at least window_s from steady_s on, between the ends
 * of two requests, in which a multiple of in_flight requests ended. Requests
 * of equal length that started together work in step: their prefill comes all
 * at once, and a window of whole rounds holds as many prefills as decodes.
 * Where they are out of step it does no harm.
 *
 * end_s[n]: ascending ends of requests that were answered. False: not yet.
 */
bool el_rounds_find(const double *end_s, size_t n, size_t in_flight,
                    double steady_s, double window_s, el_rounds *out);

#endif

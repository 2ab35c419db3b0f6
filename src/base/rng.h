/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xoshiro256++ seeded through SplitMix64. Layer: base.
 *
 * A (seed, stream) pair names one independent sequence: parallel work takes
 * one stream per item, never per thread, so results do not depend on threads.
 */
#ifndef EL_BASE_RNG_H
#define EL_BASE_RNG_H
#include <stddef.h>
#include <stdint.h>

typedef struct el_rng {
    uint64_t s[4];
} el_rng;

void el_rng_init(el_rng *rng, uint64_t seed, uint64_t stream);
uint64_t el_rng_next(el_rng *rng);
double el_rng_unit(el_rng *rng);                       /* uniform in [0, 1) */
size_t el_rng_below(el_rng *rng, size_t n);            /* unbiased, n > 0 */
double el_rng_normal(el_rng *rng);                     /* mean 0, sd 1 */
void el_rng_shuffle(el_rng *rng, size_t *v, size_t n); /* Fisher-Yates */

#endif

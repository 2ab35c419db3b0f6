/* SPDX-License-Identifier: Apache-2.0 */
/* When a configuration was measured often enough. Layer: profile. */
#ifndef EL_PROFILE_REPEATS_H
#define EL_PROFILE_REPEATS_H
#include <stdbool.h>
#include <stddef.h>

#define EL_REPEATS_LEVEL 0.95

typedef struct el_repeats_rule {
    size_t min, max; /* 1 <= min <= max */
    double target;   /* relative half-width; 0 or NaN: none, min are enough */
} el_repeats_rule;

typedef struct el_repeats {
    double mean;     /* NaN without a value */
    double relative; /* half-width of the mean's interval over the mean, at
                        EL_REPEATS_LEVEL by Student's t; NaN with one value */
    bool converged;  /* relative <= target, or no target */
    bool enough;     /* stop: converged, or max are measured */
} el_repeats;

/* v[n]: what each repeat measured, positive; NaN are not counted. */
el_repeats el_repeats_of(const double *v, size_t n,
                         const el_repeats_rule *rule);

#endif

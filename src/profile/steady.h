/* SPDX-License-Identifier: Apache-2.0 */
/* From where on a series is steady, told by the series. Layer: profile. */
#ifndef EL_PROFILE_STEADY_H
#define EL_PROFILE_STEADY_H
#include <stdbool.h>
#include <stddef.h>

#define EL_STEADY_MIN   16u /* bins that a steady part needs */
#define EL_STEADY_BATCH 8u  /* means that a trend is looked for in */
#define EL_STEADY_P     0.01
#define EL_STEADY_DRIFT 0.03 /* a trend below this may be */

typedef struct el_steady {
    bool is_steady;
    size_t from;  /* first bin after the warm-up; n: none */
    double mean;  /* of the bins from there; NaN none */
    double drift; /* change from its first to its last batch, in shares of the
                     mean, by the Theil-Sen slope; NaN unknown */
    double p;     /* of so much order by chance, two-sided; NaN unknown */
} el_steady;

/*
 * v[n]: means over bins of equal length, finite, in order of time.
 *
 * Warm-up  the cut d that minimises sum (v_i - mean)^2 / (n - d)^2 over the
 *          bins after it; a cut in the second half, or fewer than
 *          EL_STEADY_MIN bins after it, is no steady part yet.
 * Trend    Mann-Kendall over EL_STEADY_BATCH means of what is left, with the
 *          exact distribution. Not steady: p < EL_STEADY_P and a drift above
 *          EL_STEADY_DRIFT. A jump within the part is a trend as well.
 * Cost     O(n), no allocation.
 * Source   K. P. White, Simulation 69(6), 1997, 323-334 (MSER);
 *          M. G. Kendall, Biometrika 30, 1938, 81-93;
 *          P. K. Sen, JASA 63(324), 1968, 1379-1389.
 */
el_steady el_steady_find(const double *v, size_t n);

#endif

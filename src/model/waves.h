/* SPDX-License-Identifier: Apache-2.0 */
/* KV-cache waves, without branches so that loops vectorise. Layer: model. */
#ifndef EL_MODEL_WAVES_H
#define EL_MODEL_WAVES_H

/* (1 + u)^(1/12) for 0 <= u <= 1, to rounding. */
static inline double el_twelfth_root(double u)
{
    double y = 1.0 + u;
    double g = 0.7446 + 0.2576 * y; /* cube root within 1 % on [1, 2] */

    for (int k = 0; k < 2; k++) { /* Halley: 1e-2 -> 1e-6 -> 1e-18 */
        double g3 = g * g * g;
        g = g * (g3 + 2.0 * y) / (2.0 * g3 + y);
    }
    return __builtin_sqrt(__builtin_sqrt(g));
}

static inline double el_twelfth_power(double v)
{
    double v3 = v * v * v;
    double v6 = v3 * v3;

    return v6 * v6;
}

/* Smooth max(1, v): more requests than the cache holds run in waves. */
static inline double el_waves(double v)
{
    double big = v > 1.0 ? v : 1.0;
    double small = v > 1.0 ? 1.0 / big : v;

    return big * el_twelfth_root(el_twelfth_power(small));
}

#endif

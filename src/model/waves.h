/* SPDX-License-Identifier: Apache-2.0 */
/* KV-cache waves, without branches so that loops vectorise. Layer: model. */
#ifndef EL_MODEL_WAVES_H
#define EL_MODEL_WAVES_H

/*
 * (1 + u)^(1/12) for 0 <= u <= 1 within 2e-15: Chebyshev interpolation of
 * degree 16, as a polynomial in 2u - 1. Divisions and roots would cost three
 * times as much in a vector loop.
 */
static inline double el_twelfth_root(double u)
{
    static const double c[] = {1.0343660831319166,      0.028732391198096053,
                               -0.0043896708774764188,  0.0009348373171070277,
                               -0.00022721740369591723, 5.9328980296475517e-05,
                               -1.6205599141123499e-05, 4.5659159867989536e-06,
                               -1.3158797014090389e-06, 3.8565429375419414e-07,
                               -1.1460697240901354e-07, 3.4768038735614772e-08,
                               -1.0565375149925792e-08, 2.8772772857099017e-09,
                               -8.705810974079748e-10,  4.6855144600833816e-10,
                               -1.4932588499050325e-10};
    double v = 2.0 * u - 1.0, sum = c[16];

    for (int k = 15; k >= 0; k--)
        sum = sum * v + c[k];
    return sum;
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exp, log, sine and their kin for loops that the compiler vectorises.
 * Layer: expr.
 *
 * Each is one straight line of arithmetic: no table, no branch, no call. The
 * operations and their order are written out, with every fused multiply-add
 * named, so a value has the same bits at every vector width, compiler and
 * processor that follows IEEE 754 (docs/adr/0005-vector-math.md).
 *
 * Polynomials interpolate at the Chebyshev points of the reduced range, worked
 * out to 80 digits and rounded; the truncation error is below 2^-56 of the
 * result. Measured error of the result, in units of its last place, over the
 * whole domain (tests/unit/expr/test_vmath.c): exp 1.2, log 0.9, log2 2, log1p
 * 1.5, sin and cos 1, tanh 2.5, asin and acos 2.2. Results of exp
 * below 1e-307 are 0.
 *
 * Reductions: W. J. Cody & W. Waite, Software Manual for the Elementary
 * Functions, 1980 (exp, sin); log through 2 atanh(f / (2 + f)) as in J.-M.
 * Muller, Elementary Functions, 3rd ed., 2016, ch. 11.
 */
#ifndef EL_EXPR_VMATH_H
#define EL_EXPR_VMATH_H
#include <math.h>
#include <stdint.h>
#include <string.h>

#define FMA(a, b, c) __builtin_fma(a, b, c)

/* Adding it rounds to a whole number, which is then in the low bits. */
#define ROUNDER     0x1.8p52
#define LN2_HI      0x1.62e42fefa39efp-1
#define LN2_LO      0x1.abc9e3b39803fp-56
#define INV_LN2     0x1.71547652b82fep+0
#define LN_DBL_MAX  0x1.62e42fefa39efp+9
#define EXP_UNDER   (-707.0)
#define HALF_PI_HI  0x1.921fb54442d18p+0
#define HALF_PI_LO  0x1.1a62633145c07p-54
#define INV_HALF_PI 0x1.45f306dc9c883p-1
/* Above it the product with the first part of pi/2 is no longer exact. */
#define MAX_ANGLE 0x1p19

static inline uint64_t bits_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline double of_bits(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* e^r - 1 - r over r^2, |r| <= ln(2)/2. */
static inline double exp_tail(double r)
{
    const double q = r * r, w = q * q;
    const double p01 = FMA(r, 0x1.5555555555556p-3, 0x1.0000000000001p-1);
    const double p23 = FMA(r, 0x1.11111111109b5p-7, 0x1.5555555553d68p-5);
    const double p45 = FMA(r, 0x1.a01a01a7c2efep-13, 0x1.6c16c17889ef1p-10);
    const double p67 = FMA(r, 0x1.71de0db2f6b19p-19, 0x1.a019b9149a41cp-16);
    const double p89 = FMA(r, 0x1.af389ecfc4b9cp-26, 0x1.28917c89a43a7p-22);
    return FMA(w, FMA(w, p89, FMA(q, p67, p45)), FMA(q, p23, p01));
}

/* x = k ln 2 + r; *half_scale = 2^(k-1), whose exponent cannot overflow. */
static inline double exp_reduce(double x, double *half_scale)
{
    const double shifted = FMA(x, INV_LN2, ROUNDER), k = shifted - ROUNDER;
    *half_scale = of_bits((bits_of(shifted) + 1022u) << 52);
    return FMA(k, -LN2_LO, FMA(k, -LN2_HI, x));
}

static inline double v_exp(double x)
{
    double half, y;
    const double r = exp_reduce(x, &half);

    y = (1.0 + FMA(r * r, exp_tail(r), r)) * half * 2.0;
    y = x > LN_DBL_MAX ? (double)INFINITY : y;
    return x < EXP_UNDER ? 0.0 : y;
}

/* For |x| <= 40 only: half_scale - 1/2 must keep its last bits. */
static inline double v_expm1_small(double x)
{
    double half;
    const double r = exp_reduce(x, &half);
    const double p = FMA(r * r, exp_tail(r), r);
    return FMA(p, half, half - 0.5) * 2.0;
}

static inline double v_tanh(double x)
{
    const double a = fabs(x), t = v_expm1_small(a < 20.0 ? 2.0 * a : 40.0);
    const double y = copysign(t / (t + 2.0), x);
    return x == x ? y : x; /* NaN */
}

/*
 * x = 2^k m, m in [sqrt(1/2), sqrt(2)), f = m - 1. Returns ln(m) - f, so that
 * ln(x) = k ln 2 + (f + it). Subnormal x too; x <= 0 and NaN give rubbish.
 */
static inline double log_parts(double x, double *k, double *f)
{
    const double normal = x < 0x1p-1022 ? x * 0x1p54 : x;
    const double bias = x < 0x1p-1022 ? 0x1p52 + 1077.0 : 0x1p52 + 1023.0;
    const uint64_t root = 0x3fe6a09e667f3bcdu; /* sqrt(1/2) */
    const uint64_t u = bits_of(normal) + (0x3ff0000000000000u - root);
    double s, z, w, p, h;

    *k = of_bits((u >> 52) | 0x4330000000000000u) - bias;
    *f = of_bits((u & 0x000fffffffffffffu) + root) - 1.0;
    s = *f / (2.0 + *f);
    z = s * s;
    w = z * z;
    p = FMA(z, 0x1.39fe606542ddep-3, 0x1.7462b4ab2ef6bp-3);
    p = FMA(w, 0x1.2b584aae78a57p-3, p);
    p = FMA(w, p, FMA(z, 0x1.c71c62e5800a1p-3, 0x1.2492492df148dp-2));
    p = FMA(w, p, FMA(z, 0x1.99999999952e2p-2, 0x1.5555555555558p-1));
    h = 0.5 * *f * *f;
    return FMA(s, FMA(z, p, h), *k * LN2_LO) - h;
}

/* ln outside (0, inf), y inside. */
static inline double log_edges(double x, double y)
{
    y = x > 0.0 ? y : (double)NAN;
    y = x == 0.0 ? -(double)INFINITY : y;
    return x < (double)INFINITY ? y : x;
}

static inline double v_log(double x)
{
    double k, f;
    const double tail = log_parts(x, &k, &f);
    return log_edges(x, FMA(k, LN2_HI, f + tail));
}

static inline double v_log2(double x)
{
    double k, f;
    const double tail = log_parts(x, &k, &f) - k * LN2_LO;
    return log_edges(x, FMA(f + tail, INV_LN2, k));
}

/* ln(u) of the rounded u = 1 + x, and the first-order share of what rounding
   took. */
static inline double v_log1p(double x)
{
    const double u = 1.0 + x, lost = u < 2.0 ? x - (u - 1.0) : 1.0 - (u - x);
    const double y = v_log(u);
    return u > 0.0 && u < (double)INFINITY ? y + lost / u : y;
}

/* x^y as in C: exp(y ln|x|), so an error of about |y ln x| last places. */
static inline double v_pow(double x, double y)
{
    const double any = v_exp(y * v_log(fabs(x)));
    const double size = fabs(x) == 1.0 ? 1.0 : any;
    const double half = 0.5 * y;
    const double is_whole = floor(y) == y ? 1.0 : 0.0;
    const double is_even = floor(half) == half ? 1.0 : 0.0;
    const double sign = is_even > 0.0 ? 1.0 : -1.0;
    const double below = is_whole > 0.0 ? sign * size : (double)NAN;
    const double p = x < 0.0 ? below : size;
    return y == 0.0 ? 1.0 : p;
}

/* x = q pi/2 + (r + *low); the low bits of *quadrant hold q. */
static inline double angle_reduce(double x, double *low, uint64_t *quadrant)
{
    const double shifted = FMA(x, INV_HALF_PI, ROUNDER), q = shifted - ROUNDER;
    /* two parts of 33 bits make exact products */
    const double t = x - q * 0x1.921fb54400000p+0,
                 w = q * 0x1.0b4611a600000p-34;
    const double r0 = t - w, e = FMA(q, -0x1.3198a2e037073p-69, (t - r0) - w);
    const double r = r0 + e;

    *quadrant = bits_of(shifted);
    *low = (r0 - r) + e;
    return r;
}

/* sin(r + low), and cos(r + low) below, |r| <= pi/4. */
static inline double sin_poly(double r, double low)
{
    const double z = r * r, w = z * z;
    double p = FMA(z, 0x1.5e0b19f8b1451p-33, -0x1.ae600b02b6262p-26);
    p = FMA(w, p, FMA(z, 0x1.71de37968a100p-19, -0x1.a01a019e83aaep-13));
    p = FMA(w, p, FMA(z, 0x1.1111111110bb2p-7, -0x1.5555555555555p-3));
    return r + FMA(z * r, p, FMA(low * z, -0.5, low));
}

static inline double cos_poly(double r, double low)
{
    const double z = r * r, w = z * z, h = 0.5 * z, top = 1.0 - h;
    double p = FMA(z, -0x1.907da367a37cbp-37, 0x1.1eeb68e93b64cp-29);
    p = FMA(w, p, FMA(z, -0x1.27e4fa17da09ep-22, 0x1.a01a019f4eb01p-16));
    p = FMA(w, p, FMA(z, -0x1.6c16c16c16967p-10, 0x1.5555555555555p-5));
    return top + (((1.0 - top) - h) + FMA(w, p, -r * low));
}

/* sin(x + shift pi/2) for |x| <= MAX_ANGLE. */
static inline double sin_shifted(double x, uint64_t shift)
{
    double low;
    uint64_t q;
    const double r = angle_reduce(x, &low, &q);
    const double s = sin_poly(r, low), c = cos_poly(r, low);
    const uint64_t odd = 0u - ((q + shift) & 1u);
    const uint64_t u = (bits_of(c) & odd) | (bits_of(s) & ~odd);
    return of_bits(u ^ (((q + shift) & 2u) << 62));
}

/* asin(s) for s in [0, 1/2]; z = s^2. */
static inline double asin_poly(double s, double z)
{
    const double w = z * z, v = w * w;
    const double p01 = FMA(z, 0x1.3333333332ecap-4, 0x1.5555555555556p-3);
    const double p23 = FMA(z, 0x1.f1c71c1db0623p-6, 0x1.6db6db6e31f13p-5);
    const double p45 = FMA(z, 0x1.1c4d35cf95421p-6, 0x1.6e8bb1c8209a2p-6);
    const double p67 = FMA(z, 0x1.782651caa6547p-7, 0x1.c9cf07674736ap-7);
    const double p89 = FMA(z, 0x1.65a9c4dfcf8b2p-8, 0x1.52420b04b37bep-7);
    const double pab = FMA(z, -0x1.e6aaa8a0a04ccp-7, 0x1.1d189408314eep-6);
    const double top = FMA(w, FMA(w, 0x1.d72b2bc8155f8p-6, pab), p89);
    const double mid = FMA(v, top, FMA(w, p67, p45));
    return FMA(s * z, FMA(v, mid, FMA(w, p23, p01)), s);
}

/* Near 1: asin(x) = pi/2 - 2 asin(sqrt((1 - x) / 2)). */
static inline double v_asin(double x)
{
    const double a = fabs(x), z = a < 0.5 ? a * a : FMA(a, -0.5, 0.5);
    const double p = asin_poly(a < 0.5 ? a : sqrt(z), z);
    const double far = HALF_PI_HI - (2.0 * p - HALF_PI_LO);
    return copysign(a < 0.5 ? p : far, x);
}

static inline double v_acos(double x)
{
    const double a = fabs(x), z = a < 0.5 ? a * a : FMA(a, -0.5, 0.5);
    const double p = asin_poly(a < 0.5 ? a : sqrt(z), z);
    const double near = HALF_PI_HI - (copysign(p, x) - HALF_PI_LO);
    const double low = 2.0 * HALF_PI_HI - (2.0 * p - 2.0 * HALF_PI_LO);
    const double far = x < 0.0 ? low : 2.0 * p;
    return a < 0.5 ? near : far;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * + - * / and powers. The basic operations are correctly rounded, so one step
 * outwards is enough; where the rounding error is 0 none is taken, which keeps
 * x - 1 >= 0 for x >= 1.
 */
#include "expr/interval.h"

#include <float.h>
#include <math.h>

/* Errors of products below this are not exact themselves. */
#define SMALL 0x1p-900
/* libm's errors are below 2 ulp; outwards by 8. */
#define LIBM 0x1p-50

static double below(double x)
{
    return nextafter(x, -INFINITY);
}

/* The error of a sum, exactly (Knuth's TwoSum); not 0 where it overflows. */
static double sum_error(double a, double b, double sum)
{
    const double part = sum - a;
    return (a - (sum - part)) + (b - part);
}

static double add_down(double a, double b)
{
    const double sum = a + b;
    if (isnan(sum) || (isinf(a) && a < 0) || (isinf(b) && b < 0))
        return -INFINITY;
    return sum_error(a, b, sum) == 0 ? sum : below(sum);
}

static double add_up(double a, double b)
{
    return -add_down(-a, -b);
}

static double mul_down(double a, double b)
{
    const double product = a * b;

    if (a == 0 || b == 0)
        return 0;
    if (isinf(product))
        return product < 0 ? product : isinf(a) || isinf(b) ? product : DBL_MAX;
    if (product == 0) /* too small for a double */
        return (a > 0) == (b > 0) ? 0 : -DBL_TRUE_MIN;
    if (fabs(product) > SMALL && fma(a, b, -product) == 0)
        return product;
    return below(product);
}

static double mul_up(double a, double b)
{
    return -mul_down(-a, b);
}

static double div_down(double a, double b)
{
    const double ratio = a / b;

    if (a == 0)
        return 0;
    if (isinf(a) && isinf(b))
        return (a > 0) == (b > 0) ? 0 : -INFINITY;
    if (isinf(b) || ratio == 0)
        return (a > 0) == (b > 0) ? 0 : -DBL_TRUE_MIN;
    if (isinf(ratio))
        return ratio < 0 || isinf(a) ? ratio : DBL_MAX;
    if (fabs(ratio) > SMALL && fabs(a) > SMALL && fma(ratio, b, -a) == 0)
        return ratio;
    return below(ratio);
}

static double div_up(double a, double b)
{
    return -div_down(-a, b);
}

el_interval el_interval_point(double x)
{
    return (el_interval){x, x};
}

el_interval el_interval_line(void)
{
    return (el_interval){-INFINITY, INFINITY};
}

el_interval el_interval_hull(el_interval a, el_interval b)
{
    return (el_interval){fmin(a.lo, b.lo), fmax(a.hi, b.hi)};
}

el_interval el_interval_meet(el_interval a, el_interval b)
{
    const el_interval both = {fmax(a.lo, b.lo), fmin(a.hi, b.hi)};

    return both.lo <= both.hi ? both : a;
}

el_interval el_interval_add(el_interval a, el_interval b)
{
    return (el_interval){add_down(a.lo, b.lo), add_up(a.hi, b.hi)};
}

el_interval el_interval_neg(el_interval a)
{
    return (el_interval){-a.hi, -a.lo};
}

el_interval el_interval_sub(el_interval a, el_interval b)
{
    return el_interval_add(a, el_interval_neg(b));
}

el_interval el_interval_mul(el_interval a, el_interval b)
{
    return (el_interval){fmin(fmin(mul_down(a.lo, b.lo), mul_down(a.lo, b.hi)),
                              fmin(mul_down(a.hi, b.lo), mul_down(a.hi, b.hi))),
                         fmax(fmax(mul_up(a.lo, b.lo), mul_up(a.lo, b.hi)),
                              fmax(mul_up(a.hi, b.lo), mul_up(a.hi, b.hi)))};
}

/* 1 / b where b touches 0 from one side. */
static el_interval half_line(el_interval b)
{
    if (b.lo == 0 && b.hi > 0)
        return (el_interval){div_down(1, b.hi), INFINITY};
    if (b.hi == 0 && b.lo < 0)
        return (el_interval){-INFINITY, div_up(1, b.lo)};
    return el_interval_line();
}

el_interval el_interval_div(el_interval a, el_interval b)
{
    if (b.lo <= 0 && b.hi >= 0)
        return el_interval_mul(a, half_line(b));
    return (el_interval){fmin(fmin(div_down(a.lo, b.lo), div_down(a.lo, b.hi)),
                              fmin(div_down(a.hi, b.lo), div_down(a.hi, b.hi))),
                         fmax(fmax(div_up(a.lo, b.lo), div_up(a.lo, b.hi)),
                              fmax(div_up(a.hi, b.lo), div_up(a.hi, b.hi)))};
}

el_interval el_interval_abs(el_interval a)
{
    if (a.lo >= 0)
        return a;
    if (a.hi <= 0)
        return el_interval_neg(a);
    return (el_interval){0, fmax(-a.lo, a.hi)};
}

/* Of x >= 0, and so are they. */
static double libm_down(double x)
{
    return isinf(x) ? DBL_MAX : fmax(0, x - fabs(x) * LIBM - 8 * DBL_TRUE_MIN);
}

static double libm_up(double x)
{
    return x + fabs(x) * LIBM + 8 * DBL_TRUE_MIN;
}

/* x >= 0 */
static el_interval power_of_positive(el_interval x, double p)
{
    const double a = pow(fabs(x.lo), p), b = pow(fabs(x.hi), p); /* -0 */

    return (el_interval){libm_down(fmin(a, b)), libm_up(fmax(a, b))};
}

static el_interval whole_power(el_interval x, double p)
{
    const bool even = fmod(p, 2) == 0;
    el_interval out;

    if (even)
        return power_of_positive(el_interval_abs(x), p);
    if (x.hi <= 0)
        return el_interval_neg(power_of_positive(el_interval_neg(x), p));
    if (p < 0)
        return el_interval_line();
    out = power_of_positive((el_interval){0, x.hi}, p);
    out.lo = -power_of_positive((el_interval){0, -x.lo}, p).hi;
    return out;
}

el_interval el_interval_power(el_interval x, double p)
{
    if (p == 0)
        return el_interval_point(1);
    if (p == 1)
        return x;
    if (x.lo >= 0)
        return power_of_positive(x, p);
    if (p == nearbyint(p))
        return whole_power(x, p);
    return power_of_positive((el_interval){0, fmax(x.hi, 0)}, p);
}

bool el_interval_can_power(el_interval x, double p)
{
    if (p == nearbyint(p))
        return p >= 0 || x.lo > 0 || x.hi < 0;
    return p > 0 ? x.lo >= 0 : x.lo > 0;
}

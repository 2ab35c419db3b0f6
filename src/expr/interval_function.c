/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of one operand on intervals: values, slopes, domains. */
#include <float.h>
#include <math.h>

#include "expr/interval.h"
#include "expr/scalar.h"

/* libm's errors are below 2 ulp; outwards by 8. */
#define LIBM 0x1p-50
#define LN2  0.69314718055994530942
/* Beyond, the place in a period is no longer known well. */
#define MAX_ANGLE 1e6

static double outwards(double hi)
{
    if (isinf(hi))
        return hi > 0 ? hi : -DBL_MAX;
    return hi + fabs(hi) * LIBM + 8 * DBL_TRUE_MIN;
}

static el_interval widen(double lo, double hi)
{
    return (el_interval){-outwards(-lo), outwards(hi)};
}

static el_interval clamp(el_interval x, double lo, double hi)
{
    return (el_interval){fmin(fmax(x.lo, lo), hi), fmax(fmin(x.hi, hi), lo)};
}

/* A rising function, at both ends; exact 0 at 0. */
static el_interval rising(el_expr_op op, el_interval x)
{
    const double lo = el_expr_apply(op, 0, x.lo);
    const double hi = el_expr_apply(op, 0, x.hi);
    el_interval out = widen(lo, hi);

    if (lo == 0 && (op == EL_OP_LOG || op == EL_OP_LOG2 || x.lo == 0))
        out.lo = 0;
    if (hi == 0 && (op == EL_OP_LOG || op == EL_OP_LOG2 || x.hi == 0))
        out.hi = 0;
    return out;
}

/* Whether some at + 2 pi k lies in x, or may. */
static bool meets(el_interval x, double at)
{
    const double turn = 2 * EL_EXPR_PI, slack = 1e-9;

    return floor((x.hi - at) / turn + slack) !=
           floor((x.lo - at) / turn - slack);
}

static el_interval wave(el_expr_op op, el_interval x)
{
    const double top = op == EL_OP_SIN ? EL_EXPR_PI / 2 : 0;
    const double a = el_expr_apply(op, 0, x.lo), b = el_expr_apply(op, 0, x.hi);
    el_interval out;

    if (!(fabs(x.lo) < MAX_ANGLE && fabs(x.hi) < MAX_ANGLE))
        return (el_interval){-1, 1};
    out = widen(fmin(a, b), fmax(a, b));
    if (meets(x, top))
        out.hi = 1;
    if (meets(x, top + EL_EXPR_PI))
        out.lo = -1;
    return clamp(out, -1, 1);
}

static el_interval falling_acos(el_interval x)
{
    return clamp(widen(acos(x.hi), acos(x.lo)), 0, 4);
}

static el_interval cube(double x)
{
    const el_interval at = el_interval_point(x);

    return el_interval_mul(el_interval_mul(at, at), at);
}

el_interval el_interval_apply(el_expr_op op, el_interval x)
{
    switch (op) {
    case EL_OP_EXP:
        return clamp(rising(op, x), 0, INFINITY);
    case EL_OP_SQRT:
        return clamp(rising(op, clamp(x, 0, INFINITY)), 0, INFINITY);
    case EL_OP_LOG:
    case EL_OP_LOG2:
        return rising(op, clamp(x, 0, INFINITY));
    case EL_OP_LOG1P:
        return rising(op, clamp(x, -1, INFINITY));
    case EL_OP_TANH:
        return clamp(rising(op, x), -1, 1);
    case EL_OP_CEIL:
        return (el_interval){ceil(x.lo), ceil(x.hi)};
    case EL_OP_SIN:
    case EL_OP_COS:
        return wave(op, x);
    case EL_OP_ASIN:
        return rising(op, clamp(x, -1, 1));
    case EL_OP_ACOS:
        return falling_acos(clamp(x, -1, 1));
    case EL_OP_ABS:
        return el_interval_abs(x);
    case EL_OP_NEG:
        return el_interval_neg(x);
    case EL_OP_INV:
        return el_interval_div(el_interval_point(1), x);
    case EL_OP_SQUARE:
        x = el_interval_abs(x);
        return el_interval_mul(x, x);
    default: /* EL_OP_CUBE */
        return (el_interval){cube(x.lo).lo, cube(x.hi).hi};
    }
}

el_interval el_interval_pow(el_interval x, el_interval p)
{
    el_interval ln;

    if (p.lo == p.hi)
        return el_interval_power(x, p.lo);
    if (x.lo < 0) /* a whole number may be among the exponents */
        return el_interval_line();
    ln = el_interval_apply(EL_OP_LOG, x);
    return el_interval_apply(EL_OP_EXP, el_interval_mul(p, ln));
}

bool el_interval_in_domain(el_expr_op op, el_interval x)
{
    switch (op) {
    case EL_OP_INV:
        return x.lo > 0 || x.hi < 0;
    case EL_OP_SQRT:
        return x.lo >= 0;
    case EL_OP_LOG:
    case EL_OP_LOG2:
        return x.lo > 0;
    case EL_OP_LOG1P:
        return x.lo > -1;
    case EL_OP_ASIN:
    case EL_OP_ACOS:
        return x.lo >= -1 && x.hi <= 1;
    default:
        return true;
    }
}

static el_interval square(el_interval x)
{
    return el_interval_apply(EL_OP_SQUARE, x);
}

static el_interval over(double above, el_interval x)
{
    return el_interval_div(el_interval_point(above), x);
}

/* 1 / sqrt(1 - x^2) */
static el_interval arc_slope(el_interval x)
{
    const el_interval rest =
        el_interval_sub(el_interval_point(1), square(clamp(x, -1, 1)));

    return over(1, el_interval_apply(EL_OP_SQRT, rest));
}

static el_interval abs_slope(el_interval x)
{
    return (el_interval){x.lo >= 0 ? 1 : -1, x.hi <= 0 ? -1 : 1};
}

el_interval el_interval_slope(el_expr_op op, el_interval x)
{
    switch (op) {
    case EL_OP_NEG:
        return el_interval_point(-1);
    case EL_OP_INV:
        return el_interval_neg(over(1, square(x)));
    case EL_OP_SQUARE:
        return el_interval_mul(el_interval_point(2), x);
    case EL_OP_CUBE:
        return el_interval_mul(el_interval_point(3), square(x));
    case EL_OP_SQRT:
        return over(.5, el_interval_apply(EL_OP_SQRT, x));
    case EL_OP_EXP:
        return el_interval_apply(EL_OP_EXP, x);
    case EL_OP_LOG:
        return over(1, clamp(x, 0, INFINITY));
    case EL_OP_LOG2:
        return el_interval_mul(widen(1 / LN2, 1 / LN2),
                               over(1, clamp(x, 0, INFINITY)));
    case EL_OP_LOG1P:
        return over(
            1, el_interval_add(el_interval_point(1), clamp(x, -1, INFINITY)));
    case EL_OP_ABS:
        return abs_slope(x);
    case EL_OP_CEIL: /* a step is as steep as two points are close */
        return (el_interval){0, ceil(x.lo) == ceil(x.hi) ? 0 : INFINITY};
    case EL_OP_TANH:
        return clamp(el_interval_sub(el_interval_point(1),
                                     square(el_interval_apply(op, x))),
                     0, 1);
    case EL_OP_SIN:
        return el_interval_apply(EL_OP_COS, x);
    case EL_OP_COS:
        return el_interval_neg(el_interval_apply(EL_OP_SIN, x));
    case EL_OP_ASIN:
        return arc_slope(x);
    default: /* EL_OP_ACOS */
        return el_interval_neg(arc_slope(x));
    }
}

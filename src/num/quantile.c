/* SPDX-License-Identifier: Apache-2.0 */
/* Normal and Student t: distribution functions and their inverses. */
#include <float.h>
#include <math.h>

#include "num/stats.h"

#define PI      3.14159265358979323846
#define SQRT_PI 1.77245385090551602730
#define STEPS   100 /* Newton steps; each converges in under 20 */

double el_normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2.0));
}

/* Lower half only, 0 < q <= 1/2. */
static double lower_quantile(double q)
{
    double t = sqrt(-2 * log(q)), z;

    /* Abramowitz & Stegun 26.2.23, |error| < 4.5e-4, then two Halley steps:
       each cubes the error. */
    z = (2.515517 + t * (0.802853 + t * 0.010328)) /
            (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) -
        t;
    for (int i = 0; i < 2; i++) {
        double pdf = exp(-0.5 * z * z) / sqrt(2 * PI), u;
        /* near the middle both sides are nearly 1/2: compare the rest */
        double miss = q > 0.25 ? 0.5 * erf(z / sqrt(2.0)) - (q - 0.5)
                               : el_normal_cdf(z) - q;

        u = miss / pdf;
        z -= u / (1 + 0.5 * z * u);
    }
    return z;
}

double el_normal_quantile(double q)
{
    return q <= 0.5 ? lower_quantile(q) : -lower_quantile(1 - q);
}

/*
 * Gamma(x + 1/2) / Gamma(x), x >= 1/2. lgamma is no help: it sets a global and
 * its difference loses digits. Up to x >= 20 by recurrence, then the
 * asymptotic series (NIST DLMF 5.11.13), relative error < 1e-11.
 */
static double half_gamma_ratio(double x)
{
    double f = 1, y;

    while (x < 20) {
        f *= x / (x + 0.5);
        x += 1;
    }
    y = 1 / x;
    return f * sqrt(x) *
           (1 + y * (-1.0 / 8 +
                     y * (1.0 / 128 +
                          y * (5.0 / 1024 +
                               y * (-21.0 / 32768 + y * (-399.0 / 262144))))));
}

/*
 * Continued fraction of the incomplete beta function (DLMF 8.17.22, modified
 * Lentz); I_x(a, b) = x^a (1-x)^b / (a B(a, b)) times the result. Converges
 * fast for x < (a + 1) / (a + b + 2).
 */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = DBL_MIN / DBL_EPSILON;
    double c = 1, d = 1 - (a + b) * x / (a + 1), f;

    d = 1 / (fabs(d) < tiny ? tiny : d);
    f = d;
    for (int i = 1; i < 100000; i++) {
        double m = i, t, g;

        t = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + t * d;
        c = 1 + t / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        f *= d * c;
        t = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + t * d;
        c = 1 + t / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        g = d * c;
        f *= g;
        if (fabs(g - 1) < 4 * DBL_EPSILON)
            break;
    }
    return f;
}

/* Area right of t (tail) and between 0 and t (middle), t > 0, each to full
   relative accuracy; density at t. ratio = half_gamma_ratio(df / 2). */
typedef struct t_area {
    double tail, middle, pdf;
} t_area;

static t_area student(double t, double df, double ratio)
{
    double a = 0.5 * df, b = 0.5;
    double far = t * t / (df + t * t), near = df / (df + t * t);
    double log_near = -log1p(t * t / df);
    /* x^a (1-x)^b / B(a, b) with B(a, 1/2) = sqrt(pi) / ratio */
    double front = exp(a * log_near) * sqrt(far) * ratio / SQRT_PI;
    t_area out = {0};

    if (near < (a + 1) / (a + b + 2)) {
        out.tail = 0.5 * front * beta_fraction(a, b, near) / a;
        out.middle = 0.5 - out.tail;
    } else {
        out.middle = 0.5 * front * beta_fraction(b, a, far) / b;
        out.tail = 0.5 - out.middle;
    }
    out.pdf = exp((a + 0.5) * log_near) * ratio / (SQRT_PI * sqrt(df));
    return out;
}

/* Middle half: area is concave in t, so Newton from 0 climbs without overshoot.
   area = q - 1/2. */
static double from_middle(double area, double df, double ratio)
{
    double t = area * SQRT_PI * sqrt(df) / ratio; /* first step, from 0 */

    for (int i = 0; i < STEPS; i++) {
        t_area s = student(t, df, ratio);
        double d = (area - s.middle) / s.pdf;

        t += d;
        if (fabs(d) <= 1e-14 * t)
            break;
    }
    return t;
}

/* Tail: log area is concave in log t, so Newton overshoots at most once. The
   normal's quantile lies to the left and is near where df is large; the step
   limit keeps an overshoot from where the area underflows. */
static double from_tail(double area, double df, double ratio)
{
    double t = -el_normal_quantile(area);

    for (int i = 0; i < STEPS; i++) {
        t_area s = student(t, df, ratio);
        double d = log(s.tail / area) * s.tail / (s.pdf * t);

        t *= exp(fmin(d, fmax(1, 50 / df)));
        if (fabs(d) <= 1e-14)
            break;
    }
    return t;
}

static double find_student_t(double q, double df)
{
    double p = fmin(q, 1 - q), ratio, t;

    if (df > 1e9) /* differs from the normal by less than 1e-8 */
        return el_normal_quantile(q);
    ratio = half_gamma_ratio(0.5 * df);
    if (p > 0.2)
        t = fabs(q - 0.5) > 0 ? from_middle(fabs(q - 0.5), df, ratio) : 0;
    else
        t = from_tail(p, df, ratio);
    return q < 0.5 ? -t : t;
}

/* Predictions ask for a handful of pairs, row after row. */
double el_student_t_quantile(double q, double df)
{
    enum { KEPT = 8 };
    static _Thread_local struct {
        double q, df, t;
    } last[KEPT]; /* df of 0: none */
    static _Thread_local unsigned next;
    double t;

    for (unsigned i = 0; i < KEPT; i++)
        if (last[i].q == q && last[i].df == df)
            return last[i].t;
    t = find_student_t(q, df);
    last[next].q = q;
    last[next].df = df;
    last[next].t = t;
    next = (next + 1) % KEPT;
    return t;
}

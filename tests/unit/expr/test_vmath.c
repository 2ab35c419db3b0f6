/* SPDX-License-Identifier: Apache-2.0 */
/* The vectorisable functions against long double libm: the errors that
   src/expr/vmath.h promises, and the edges of each domain. */
#include "el_test.h"

#include <float.h>
#include <stdbool.h>

#include "expr/vmath.h"

#define N 200000

static double v_sin(double x)
{
    return sin_shifted(x, 0);
}

static double v_cos(double x)
{
    return sin_shifted(x, 1);
}

typedef struct domain {
    const char *name;
    double (*mine)(double);
    long double (*theirs)(long double);
    double lo, hi;
    bool is_log; /* draw ln x between lo and hi */
    double limit;
} domain;

static const domain domains[] = {
    {"exp", v_exp, expl, -707, 709.78, false, 1.2},
    {"exp", v_exp, expl, -1, 1, false, 1.2},
    {"exp", v_exp, expl, -700, 0, true, 1.2},
    {"log", v_log, logl, -744, 709.7, true, 0.9},
    {"log", v_log, logl, 0.5, 2, false, 0.9},
    {"log2", v_log2, log2l, -744, 709.7, true, 2.0},
    {"log2", v_log2, log2l, 0.5, 2, false, 2.0},
    {"log1p", v_log1p, log1pl, -700, 709, true, 1.5},
    {"log1p", v_log1p, log1pl, -1, 2, false, 1.5},
    {"tanh", v_tanh, tanhl, -30, 30, false, 2.5},
    {"tanh", v_tanh, tanhl, -700, 3, true, 2.5},
    {"sin", v_sin, sinl, -7, 7, false, 1.0},
    {"sin", v_sin, sinl, -5e5, 5e5, false, 1.0},
    {"sin", v_sin, sinl, -700, 0, true, 1.0},
    {"cos", v_cos, cosl, -7, 7, false, 1.0},
    {"cos", v_cos, cosl, -5e5, 5e5, false, 1.0},
    {"asin", v_asin, asinl, -1, 1, false, 2.2},
    {"asin", v_asin, asinl, -700, 0, true, 2.2},
    {"acos", v_acos, acosl, -1, 1, false, 2.2},
};

/* |got - want| in units of the last place of want. */
static double ulps(double got, long double want)
{
    int e;

    (void)frexpl(want, &e);
    return (double)(fabsl((long double)got - want) /
                    ldexpl(1.0L, (e < -1021 ? -1021 : e) - 53));
}

static void errors(void **state)
{
    uint64_t s = 20261121;

    (void)state;
    if (LDBL_MANT_DIG < 64)
        skip(); /* nothing better to compare with */
    for (size_t k = 0; k < sizeof domains / sizeof *domains; k++) {
        const domain *d = &domains[k];
        double worst = 0, at = 0;

        for (int i = 0; i < N; i++) {
            double x = el_test_unif(&s, d->lo, d->hi), u;
            x = d->is_log ? exp(x) : x;
            u = ulps(d->mine(x), d->theirs(x));
            if (!(u <= worst)) {
                worst = u;
                at = x;
            }
        }
        print_message("%-6s %.3f at %.17g\n", d->name, worst, at);
        assert_true(worst <= d->limit);
    }
}

static void edges(void **state)
{
    (void)state;
    assert_true(v_exp(0.0) == 1.0 && v_exp(-0.0) == 1.0);
    assert_true(v_exp(INFINITY) == HUGE_VAL && v_exp(-INFINITY) == 0.0);
    assert_true(v_exp(710.0) == HUGE_VAL && isfinite(v_exp(709.78)));
    assert_true(v_exp(-1e300) == 0.0 && v_exp(1e300) == HUGE_VAL);
    assert_true(v_log(1.0) == 0.0 && v_log(0.0) == -HUGE_VAL);
    assert_true(v_log(-0.0) == -HUGE_VAL && isnan(v_log(-1.0)));
    assert_true(v_log(INFINITY) == HUGE_VAL && isnan(v_log(-INFINITY)));
    assert_close(v_log(DBL_TRUE_MIN), log(DBL_TRUE_MIN), 1e-15, 0);
    for (int k = -1074; k <= 1023; k++)
        assert_true(v_log2(ldexp(1.0, k)) == k);
    assert_true(v_log1p(0.0) == 0.0 && v_log1p(-1.0) == -HUGE_VAL);
    assert_true(v_log1p(INFINITY) == HUGE_VAL && isnan(v_log1p(-2.0)));
    assert_true(v_tanh(INFINITY) == 1.0 && v_tanh(-INFINITY) == -1.0);
    assert_true(v_tanh(0.0) == 0.0 && signbit(v_tanh(-0.0)));
    assert_true(v_sin(0.0) == 0.0 && v_cos(0.0) == 1.0);
    assert_true(v_acos(1.0) == 0.0 && isnan(v_acos(1.1)));
    assert_true(isnan(v_asin(-1.1)) && isnan(v_sin(INFINITY)));
    assert_close(v_asin(1.0), HALF_PI_HI, 0, 0);
    assert_close(v_acos(-1.0), 2 * HALF_PI_HI, 0, 0);
    assert_true(isnan(v_exp((double)NAN)) && isnan(v_log((double)NAN)) &&
                isnan(v_log2((double)NAN)) && isnan(v_log1p((double)NAN)) &&
                isnan(v_tanh((double)NAN)) && isnan(v_sin((double)NAN)) &&
                isnan(v_asin((double)NAN)) && isnan(v_acos((double)NAN)) &&
                isnan(v_pow((double)NAN, 2)) && isnan(v_pow(2, (double)NAN)));
}

static void powers(void **state)
{
    const double edge[] = {-2.5, -2, -1, -0.5, 0, 0.5, 1, 2, 3, INFINITY};
    const size_t n = sizeof edge / sizeof *edge;
    uint64_t s = 7;

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const double want = pow(edge[i], edge[j]);
            const double got = v_pow(edge[i], edge[j]);
            if (isnan(want))
                assert_true(isnan(got));
            else if (isinf(want))
                assert_true(got == want);
            else
                assert_close(got, want, 1e-15, 0);
        }
    for (int i = 0; i < N; i++) {
        const double x = exp(el_test_unif(&s, -20, 20));
        const double y = el_test_unif(&s, -5, 5);
        assert_close(v_pow(x, y), pow(x, y), 2e-16 * (2 + fabs(y * log(x))), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors),
        cmocka_unit_test(edges),
        cmocka_unit_test(powers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

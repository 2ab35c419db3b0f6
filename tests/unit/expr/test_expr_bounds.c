/* SPDX-License-Identifier: Apache-2.0 */
#include "el_expr_sample.h"
#include "energylens/expr_bounds.h"

static const char *const names[] = {"x", "y", "z"};
static const double lo[] = {1, 2, -3}, hi[] = {4, 5, 3};

static el_expr parse(const char *text)
{
    el_expr e = {0};
    el_error err = {0};

    if (el_expr_parse(text, names, 3, &e, &err) != EL_OK)
        fail_msg("%s: %s", text, err.message);
    return e;
}

static void expect(const char *text, double want_lo, double want_hi)
{
    const el_expr e = parse(text);
    el_interval out;

    if (!el_expr_bounds(&e, lo, hi, &out))
        fail_msg("%s: not defined everywhere", text);
    if (!(out.lo <= want_lo && out.hi >= want_hi))
        fail_msg("%s: %.17g .. %.17g", text, out.lo, out.hi);
    assert_close(out.lo, want_lo, 1e-14, 1e-300);
    assert_close(out.hi, want_hi, 1e-14, 1e-300);
}

static void test_values(void **state)
{
    (void)state;
    expect("3", 3, 3);
    expect("x + y", 3, 9);
    expect("x - y", -4, 2);
    expect("x*z", -12, 12);
    expect("y/x", .5, 5);
    expect("1/y", .2, .5);
    expect("-z", -3, 3);
    expect("z^2", 0, 9);
    expect("z^3", -27, 27);
    expect("z^4", 0, 81);
    expect("z^5", -243, 243);
    expect("x^-2", 1. / 16, 1);
    expect("x^0.5", 1, 2);
    expect("x^y", 1, 1024);
    expect("sqrt(x)", 1, 2);
    expect("exp(x)", exp(1), exp(4));
    expect("log(x)", 0, log(4));
    expect("log2(x)", 0, 2);
    expect("log1p(x - 1)", 0, log(4));
    expect("abs(z)", 0, 3);
    expect("ceil(x/3)", 1, 2);
    expect("tanh(z)", -tanh(3), tanh(3));
    expect("max(x, y)", 2, 5);
    expect("min(x, y)", 1, 4);
    expect("sin(z)", -1, 1);
    expect("sin(z/10)", -sin(.3), sin(.3));
    expect("cos(z/10)", cos(.3), 1);
    expect("sin(x)", sin(4), 1);
    expect("cos(1000000000*x)", -1, 1);
    expect("asin(z/3)", -asin(1), asin(1));
    expect("acos(x/4)", 0, acos(.25));
    /* exact where rounding is: a bound of 0 stays one */
    expect("(x - 1)/x", 0, 3);
    expect("(x - 1)*(y - 2)", 0, 9);
}

static void expect_partial(const char *text)
{
    const el_expr e = parse(text);
    el_interval out;

    if (el_expr_bounds(&e, lo, hi, &out))
        fail_msg("%s: said to be defined everywhere", text);
    assert_true(out.lo <= out.hi);
    assert_false(el_expr_slope_bounds(&e, lo, hi, 0, &out));
    assert_true(isinf(out.lo) && isinf(out.hi));
}

static void test_domains(void **state)
{
    (void)state;
    expect_partial("1/z");
    expect_partial("x/(y - x)");
    expect_partial("sqrt(z)");
    expect_partial("log(z)");
    expect_partial("log2(x - 1)");
    expect_partial("log1p(z)");
    expect_partial("asin(x)");
    expect_partial("acos(-x)");
    expect_partial("z^-1");
    expect_partial("z^0.5");
    expect_partial("z^x");
    expect_partial("(z - 3)^(z - 3)");
    expect_partial("(x - 1)^-0.5");
}

static void expect_slope(const char *text, size_t column, double want_lo,
                         double want_hi)
{
    const el_expr e = parse(text);
    el_interval out;

    assert_true(el_expr_slope_bounds(&e, lo, hi, column, &out));
    if (!(out.lo <= want_lo && out.hi >= want_hi))
        fail_msg("%s: %.17g .. %.17g", text, out.lo, out.hi);
    assert_close(out.lo, want_lo, 1e-12, 1e-300);
    if (isfinite(want_hi))
        assert_close(out.hi, want_hi, 1e-12, 1e-300);
}

static void test_slopes(void **state)
{
    (void)state;
    expect_slope("y", 0, 0, 0);
    expect_slope("3*x", 0, 3, 3);
    expect_slope("x*y", 0, 2, 5);
    expect_slope("x*y", 1, 1, 4);
    expect_slope("y - 2*x", 0, -2, -2);
    expect_slope("x^2", 0, 2, 8);
    expect_slope("1/x", 0, -1, -1. / 16);
    expect_slope("x^1.5", 0, 1.5, 3);
    expect_slope("2^x", 0, 2 * log(2), 16 * log(2));
    expect_slope("sqrt(x)", 0, .25, .5);
    expect_slope("exp(x)", 0, exp(1), exp(4));
    expect_slope("log(x)", 0, .25, 1);
    expect_slope("log2(x)", 0, .25 / log(2), 1 / log(2));
    expect_slope("log1p(x)", 0, .2, .5);
    expect_slope("abs(z)", 2, -1, 1);
    expect_slope("abs(x)", 0, 1, 1);
    expect_slope("tanh(z)", 2, 1 - tanh(3) * tanh(3), 1);
    expect_slope("sin(z/10)", 2, cos(.3) / 10, .1);
    expect_slope("cos(z/10)", 2, -sin(.3) / 10, sin(.3) / 10);
    expect_slope("asin(z/6)", 2, 1. / 6, 1 / (6 * sqrt(.75)));
    expect_slope("acos(z/6)", 2, -1 / (6 * sqrt(.75)), -1. / 6);
    expect_slope("max(x, 3*y)", 0, 0, 0);
    expect_slope("max(x, y)", 0, 0, 1);
    expect_slope("min(x, 3*y)", 0, 1, 1);
    expect_slope("min(x, 3*y)", 1, 0, 0);
    expect_slope("ceil(x/8)", 0, 0, 0);
    expect_slope("ceil(x/2)", 0, 0, INFINITY);
    expect_slope("sqrt(x - 1)", 0, 1 / (2 * sqrt(3)), INFINITY);
    expect_slope("z^3", 2, 0, 27);
}

static void expect_direction(const char *text, size_t column,
                             unsigned max_boxes, el_direction want)
{
    const el_expr e = parse(text);
    const el_direction got = el_expr_is_monotone(&e, lo, hi, column, max_boxes);

    if (got != want)
        fail_msg("%s: %d", text, (int)got);
}

static void test_directions(void **state)
{
    (void)state;
    expect_direction("y^2", 0, 1, EL_DIRECTION_FLAT);
    expect_direction("2.5*x*y^2 + 3.5*x^2 + 1.5", 0, 1, EL_DIRECTION_UP);
    expect_direction("1/(x*y) - x", 0, 1, EL_DIRECTION_DOWN);
    expect_direction("ceil(x/2)*y", 0, 1, EL_DIRECTION_UP);
    expect_direction("(x - 1)/x", 0, 10, EL_DIRECTION_UP);
    expect_direction("log1p(x)*tanh(x)*sqrt(x)", 0, 1, EL_DIRECTION_UP);
    expect_direction("max(x*y, 3.5*x^2)", 0, 1, EL_DIRECTION_UP);
    /* by elasticities: the slope alone has both signs */
    expect_direction("x/(x + 2.5)", 0, 1, EL_DIRECTION_UP);
    expect_direction("x^2/(x + y)", 0, 1, EL_DIRECTION_UP);
    expect_direction("(x + y)/x", 0, 1, EL_DIRECTION_DOWN);
    expect_direction("x/(0.5 + x)^2", 0, 100, EL_DIRECTION_DOWN);
    /* by halving the box */
    expect_direction("x^2 - 1.9*x", 0, 1, EL_DIRECTION_UP);
    expect_direction("x*(9 - x)", 0, 1, EL_DIRECTION_UP);
    expect_direction("x^3 - 4*x^2 + 6*x", 0, 1, EL_DIRECTION_UNPROVEN);
    expect_direction("x^3 - 4*x^2 + 6*x", 0, 200, EL_DIRECTION_UP);
    /* that is not so, or not known to be */
    expect_direction("z^2", 2, 200, EL_DIRECTION_UNPROVEN);
    expect_direction("x + 3/x", 0, 200, EL_DIRECTION_UNPROVEN);
    expect_direction("1/z", 2, 200, EL_DIRECTION_UNPROVEN);
    expect_direction("x", 0, 0, EL_DIRECTION_UNPROVEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_directions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

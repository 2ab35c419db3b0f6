/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "el_expr_sample.h"

static const char *const names[] = {"x", "y", "z"};

static void expect_sign(const char *text, bool positive, const char *want)
{
    el_buf out = {0};
    el_error err = {0};
    el_expr e;

    if (el_expr_parse(text, names, 3, &e, &err) != EL_OK)
        fail_msg("%s: %s", text, err.message);
    (void)el_expr_simplify(&e, positive);
    assert_true(el_expr_is_valid(&e, 3));
    el_expr_print(&e, names, (el_expr_style){EL_NOTATION_TEXT, 0}, &out);
    if (strcmp(el_buf_text(&out), want) != 0)
        fail_msg("%s gives %s, want %s", text, el_buf_text(&out), want);
    el_buf_clear(&out);
    assert_false(el_expr_simplify(&e, positive)); /* already done */
}

static void expect(const char *text, const char *want)
{
    expect_sign(text, true, want);
}

static void test_numbers(void **state)
{
    (void)state;
    expect("1 + 2*3", "7");
    expect("sqrt(4) + log(1) + 2^3", "10");
    expect("x*1 + 0", "x");
    expect("x*0", "0");
    expect("x - x", "0");
    expect("2*(3*x)", "6*x");
    expect("x/2.0", "0.5*x");
    expect("x*2.0*3.0", "6.0*x");
    expect("1.5 + x + 2.5", "x + 4.0");
    expect("1/3*x", "x/3");
    /* numbers to be fitted decide nothing */
    expect("x*1.0", "1.0*x");
    expect("x + 0.0", "x + 0.0");
    /* what is not finite stays as written */
    expect("x/0", "x/0");
    expect("log(0)*x", "x*log(0)");
}

static void test_products(void **state)
{
    (void)state;
    expect("x*x", "x^2");
    expect("x*x*x", "x^3");
    expect("x/x", "1");
    expect("y*x", "x*y");
    expect("x/y/z", "x/(y*z)");
    expect("x*(1/y)", "x/y");
    expect("1/(1/x)", "x");
    expect("x^2/x", "x");
    expect("sqrt(x)*sqrt(x)", "x");
    expect("sqrt(x)*sqrt(y)", "sqrt(x*y)");
    expect("x^2*y^2", "(x*y)^2");
    expect("x^2/y^2", "(x/y)^2");
    expect("(x^2)^3", "x^6");
    expect("x^2*x^2", "x^4");
    expect("x/(y*3)", "x/(3*y)");
    expect("(x^(1/3))^3", "x");
    expect("x^0.3*x", "x^1.3");
    expect("sqrt(x^2)", "x");
    expect_sign("sqrt(x^2)", false, "abs(x)");
    expect_sign("sqrt(x*y)*sqrt(x*y)", false, "x*y");
    expect("(2*x)^2", "4*x^2");
    expect("sqrt(4*x)", "2*sqrt(x)");
    expect("(-x)^2", "x^2");
    expect("(-x)*(-y)", "x*y");
    expect("-x*y", "-x*y");
    expect("x*(-2)", "-2*x");
}

static void test_sums(void **state)
{
    (void)state;
    expect("y + x", "x + y");
    expect("x + (y + z)", "x + y + z");
    expect("x - (y - z)", "x - y + z");
    expect("x + x", "2*x");
    expect("2*x + 3*x", "5*x");
    expect("2.5*x + 3.5*x", "6.0*x");
    expect("x*y + y*x", "2*x*y");
    expect("-(x - y)", "y - x");
    expect("x + -y", "x - y");
    expect("1 - x", "1 - x");
    expect("-1 + x", "x - 1");
    expect("2*(3*x + 4*y)", "6*x + 8*y");
    expect("2.0*(3.0*x + 4.0)", "6.0*x + 8.0");
    expect("2.0*(3*x + 4)", "2.0*(3*x + 4)");
    expect("2*(x + y)", "2*(x + y)");
    expect("(x - 1)/x", "(x - 1)/x");
}

static void test_functions(void **state)
{
    (void)state;
    expect("log(exp(x - y))", "x - y");
    expect("exp(log(x))", "x");
    expect("abs(x*y)", "x*y");
    expect_sign("abs(x*y)", false, "abs(x*y)");
    expect("abs(-(x - y)) + cos(-x)", "abs(y - x) + cos(x)");
    expect("ceil(ceil(x/8))", "ceil(0.125*x)");
    expect("max(y, max(x, y))", "max(x, y)");
    expect("min(3, min(x, 2))", "min(x, 2)");
    expect("max(2, 3)", "3");
    expect("x^(1 + 1)", "x^2");
    expect("sqrt((y + x)*(x + y))", "x + y");
}

/* No room for one more number: what would need it stays. */
static void test_full(void **state)
{
    el_expr e = {0}, was;

    (void)state;
    for (unsigned k = 0; k < EL_EXPR_MAX_CONSTS; k++) {
        assert_true(el_expr_push_const(&e, 0.1 * k, EL_CONST_FREE));
        assert_true(k == 0 || el_expr_push_op(&e, EL_OP_POW));
    }
    assert_true(el_expr_push_col(&e, 0) && el_expr_push_col(&e, 0) &&
                el_expr_push_op(&e, EL_OP_ADD) &&
                el_expr_push_op(&e, EL_OP_POW));
    was = e;
    (void)el_expr_simplify(&e, true);
    assert_true(el_expr_is_valid(&e, 1) && e.n_node <= was.n_node);
    /* min(max(x + x, c), d), ...: sixteen numbers and 2*x would be one more */
    e = (el_expr){0};
    assert_true(el_expr_push_col(&e, 60) && el_expr_push_col(&e, 60) &&
                el_expr_push_op(&e, EL_OP_ADD));
    for (unsigned k = 0; k < EL_EXPR_MAX_CONSTS; k++)
        assert_true(el_expr_push_const(&e, k, EL_CONST_FREE) &&
                    el_expr_push_op(&e, k % 2 ? EL_OP_MIN : EL_OP_MAX));
    (void)el_expr_simplify(&e, true);
    assert_true(el_expr_is_valid(&e, EL_EXPR_MAX_COLS));
    assert_int_equal(e.n_const, EL_EXPR_MAX_CONSTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_products),
        cmocka_unit_test(test_sums),    cmocka_unit_test(test_functions),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "el_expr_sample.h"

static const char *const names[] = {"x", "y", "kv_bytes"};

static void expect(const char *text, el_notation notation, int digits,
                   const char *want)
{
    el_buf out = {0};
    el_expr e;

    assert_int_equal(el_expr_parse(text, names, 3, &e, NULL), EL_OK);
    el_expr_print(&e, names, (el_expr_style){notation, digits}, &out);
    assert_true(el_buf_ok(&out));
    assert_string_equal(el_buf_text(&out), want);
    el_buf_clear(&out);
}

static void same(const char *text)
{
    expect(text, EL_NOTATION_TEXT, 0, text);
}

static void test_text(void **state)
{
    (void)state;
    same("x");
    same("x + y*kv_bytes");
    same("(x + y)*kv_bytes");
    same("x - y - kv_bytes");
    same("x - (y - kv_bytes)");
    same("x/y/kv_bytes");
    same("x/(y*kv_bytes)");
    same("-x^2");
    same("(-x)^2");
    same("x^y^2");
    same("(x^y)^2");
    same("x^(-y)");
    same("x^-0.5 + x^4 + x^(3/2) + x^(-1/3)");
    same("1/x + 1/(x*y)");
    same("-2*x + y");
    same("x - 2*y");
    same("x*(-y)");
    same("-(x + y)");
    same("x - y*kv_bytes/2");
    same("max(x, y) - min(x, 2.0)");
    same("sqrt(x) + log2(y) + tanh(pi*x)");
    same("0.1*x + 1e-09*y + 3.0");
    expect("x + -y", EL_NOTATION_TEXT, 0, "x - y");
    expect("((x))*(((y)))", EL_NOTATION_TEXT, 0, "x*y");
    expect("0.123456789*x", EL_NOTATION_TEXT, 3, "0.123*x");
    expect("x^2*pow(x, 3)", EL_NOTATION_TEXT, 0, "x^2*x^3");
}

static void test_c(void **state)
{
    (void)state;
    expect("1/2*x", EL_NOTATION_C, 0, "1.0/2.0*x");
    expect("x^2/y^3", EL_NOTATION_C, 0, "x*x/(y*y*y)");
    expect("(x+1)^2 + x^0.3", EL_NOTATION_C, 0,
           "pow(x + 1.0, 2.0) + pow(x, 0.3)");
    expect("max(x, abs(y)) + x^(1/2)", EL_NOTATION_C, 0,
           "fmax(x, fabs(y)) + pow(x, 0.5)");
    expect("pi*x", EL_NOTATION_C, 0, "3.141592653589793*x");
}

static void test_python(void **state)
{
    (void)state;
    expect("1/2*x^2", EL_NOTATION_PYTHON, 0, "1/2*x**2");
    expect("(x+1)^2^y", EL_NOTATION_PYTHON, 0, "(x + 1)**2**y");
    expect("arcsin(x) + ln(y)", EL_NOTATION_PYTHON, 0, "asin(x) + log(y)");
}

static void test_latex(void **state)
{
    (void)state;
    expect("1.5e-9*kv_bytes*x/y", EL_NOTATION_LATEX, 0,
           "\\frac{1.5 \\times 10^{-9} \\, \\mathrm{kv\\_bytes} \\, x}{y}");
    expect("x - 2*y", EL_NOTATION_LATEX, 0, "x - 2 \\, y");
    expect("x + -2*y", EL_NOTATION_LATEX, 0, "x - 2 \\, y");
    expect("-(x + y)^2", EL_NOTATION_LATEX, 0, "-\\left(x + y\\right)^{2}");
    expect("x*2^y", EL_NOTATION_LATEX, 0, "x \\cdot 2^{y}");
    expect("x^(3/2)*(x - (y - 1))", EL_NOTATION_LATEX, 0,
           "x^{3/2} \\, \\left(x - \\left(y - 1\\right)\\right)");
    expect("1/x^2 + (x/y)^3", EL_NOTATION_LATEX, 0,
           "\\frac{1}{x^{2}} + \\left(\\frac{x}{y}\\right)^{3}");
    expect("log1p(x) + ceil(y) + max(x, -pi)", EL_NOTATION_LATEX, 0,
           "\\ln\\left(1 + x\\right) + \\left\\lceil y\\right\\rceil + "
           "\\max\\left(x, -\\pi\\right)");
    expect("x*(-y)", EL_NOTATION_LATEX, 0, "x \\, \\left(-y\\right)");
    expect("2e10*x", EL_NOTATION_LATEX, 0, "20000000000 \\, x");
    expect("(3e20)^2", EL_NOTATION_LATEX, 0,
           "\\left(3 \\times 10^{20}\\right)^{2}");
}

/* As simplification leaves them, one number each. */
static void expect_folded(const char *text, el_notation notation,
                          const char *want)
{
    el_buf out = {0};
    el_expr e;

    assert_int_equal(el_expr_parse(text, names, 3, &e, NULL), EL_OK);
    (void)el_expr_simplify(&e, true);
    el_expr_print(&e, names, (el_expr_style){notation, 0}, &out);
    assert_string_equal(el_buf_text(&out), want);
    el_buf_clear(&out);
}

/* ((x^a)^b)^c in three spellings: the total decides, and it reads back. */
static void test_nested_powers(void **state)
{
    static const char *const before[] = {"((x^", "((x^+", "pow(pow(pow(x,"};
    static const char *const between[] = {")^", ")^+", "),"};
    static const char *const after[] = {"", "", ")"};
    static const int whole[] = {2, 3, 4, 6, 8, 9};

    (void)state;
    for (int k = 0; k < 3 * 6 * 6 * 6; k++) {
        const int a = whole[k / 36 % 6], b = whole[k / 6 % 6], c = whole[k % 6];
        char text[64];
        el_buf first = {0}, again = {0};
        el_expr e;

        (void)snprintf(text, sizeof text, "%s%d%s%d%s%d%s", before[k / 216], a,
                       between[k / 216], b, between[k / 216], c,
                       after[k / 216]);
        assert_int_equal(el_expr_parse(text, names, 1, &e, NULL), EL_OK);
        el_expr_print(&e, names, (el_expr_style){0}, &first);
        assert_int_equal(el_expr_parse(first.text, names, 1, &e, NULL), EL_OK);
        el_expr_print(&e, names, (el_expr_style){0}, &again);
        assert_string_equal(el_buf_text(&again), el_buf_text(&first));
        el_buf_clear(&again);
        el_buf_clear(&first);
    }
    expect("((x^2)^3)^4", EL_NOTATION_TEXT, 0, "(x^4)^6");
    expect("((x^4)^3)^2", EL_NOTATION_TEXT, 0, "(x^4)^6");
    expect("((x^2)^3)^4", EL_NOTATION_LATEX, 0, "\\left(x^{4}\\right)^{6}");
}

static void test_pi(void **state)
{
    (void)state;
    expect_folded("2*pi*x", EL_NOTATION_TEXT, "2*pi*x");
    expect_folded("x/(4*pi*y)", EL_NOTATION_TEXT, "1/(4*pi)*x/y");
    expect_folded("x*3/(8*pi)", EL_NOTATION_TEXT, "3/(8*pi)*x");
    expect_folded("-4/3*pi*x^3", EL_NOTATION_TEXT, "-4*pi/3*x^3");
    expect_folded("x + pi/4", EL_NOTATION_TEXT, "x + pi/4");
    expect_folded("x - pi/4", EL_NOTATION_TEXT, "x - pi/4");
    expect_folded("x/pi", EL_NOTATION_TEXT, "1/pi*x");
    expect_folded("x^(2*pi)", EL_NOTATION_TEXT, "x^(2*pi)");
    expect_folded("(2*pi)^x", EL_NOTATION_PYTHON, "(2*pi)**x");
    expect_folded("2*pi*x", EL_NOTATION_C, "6.283185307179586*x");
    expect_folded("2*pi*x", EL_NOTATION_LATEX, "2 \\pi \\, x");
    expect_folded("x/(4*pi)", EL_NOTATION_LATEX, "\\frac{1}{4 \\pi} \\, x");
    expect_folded("x/pi", EL_NOTATION_LATEX, "\\frac{1}{\\pi} \\, x");
    expect_folded("x + 3*pi/4", EL_NOTATION_LATEX, "x + \\frac{3 \\pi}{4}");
    expect_folded("(2*pi)^x", EL_NOTATION_LATEX, "\\left(2 \\pi\\right)^{x}");
    expect_folded("6.283185307179586*x", EL_NOTATION_TEXT,
                  "6.283185307179586*x");
}

/* A column called pi leaves the number its digits. */
static void test_column_pi(void **state)
{
    static const char *const own[] = {"pi"};
    el_buf out = {0};
    el_expr e = {0};

    (void)state;
    assert_true(el_expr_push_col(&e, 0) &&
                el_expr_push_const(&e, EL_EXPR_PI, EL_CONST_FIXED) &&
                el_expr_push_op(&e, EL_OP_MUL));
    el_expr_print(&e, own, (el_expr_style){EL_NOTATION_TEXT, 0}, &out);
    assert_string_equal(el_buf_text(&out), "pi*3.141592653589793");
    el_buf_clear(&out);
}

static void test_out_of_memory(void **state)
{
    el_buf out = {0};
    el_expr e;

    (void)state;
    assert_int_equal(el_expr_parse("x + y", names, 3, &e, NULL), EL_OK);
    el_mem_fail_at(0);
    el_expr_print(&e, names, (el_expr_style){EL_NOTATION_TEXT, 0}, &out);
    el_mem_fail_at(-1);
    assert_false(el_buf_ok(&out));
    el_buf_clear(&out);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_c),
        cmocka_unit_test(test_python),
        cmocka_unit_test(test_latex),
        cmocka_unit_test(test_nested_powers),
        cmocka_unit_test(test_pi),
        cmocka_unit_test(test_column_pi),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

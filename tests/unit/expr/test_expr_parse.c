/* SPDX-License-Identifier: Apache-2.0 */
/* Text to values, and the errors of text that is none. */
#include <stdio.h>
#include <string.h>

#include "el_expr_sample.h"

static const char *const names[] = {"x", "y", "kb"};
static const double at[] = {2, 3, 5};

static el_expr parse(const char *text)
{
    el_expr e = {0};
    el_error err = {0};

    if (el_expr_parse(text, names, 3, &e, &err) != EL_OK)
        fail_msg("%s: %s", text, err.message);
    assert_true(el_expr_is_valid(&e, 3));
    return e;
}

static void expect(const char *text, double value)
{
    const el_expr e = parse(text);

    assert_close((double)el_sample_value(&e, at, NULL), value, 1e-15, 0);
}

static void test_values(void **state)
{
    (void)state;
    expect("1", 1);
    expect(" x\t+ y\n* kb ", 17);
    expect("x - y - kb", -6);
    expect("30/kb/y", 2);
    expect("2^3^2", 512);
    expect("2**3**2", 512);
    expect("x^4 + x^5 + x^6 + x^7 + x^8 + x^9", 1008);
    expect("-x^2", -4);
    expect("(-x)^2", 4);
    expect("x^-1", .5);
    expect("x^-y", .125);
    expect("x*-y", -6);
    expect("- - + x", 2);
    expect("-2^2", -4);
    expect("2*-3", -6);
    expect("1.5e1 + .5 + 3. + 1E-1", 18.6);
    expect("4^(3/2) + 4**(1/2) + 8^(-1/3)", 10.5);
    expect("1/x/y + 1/(x*y)", 1. / 3);
    expect("1/2*kb", 2.5);
    expect("pi*x", 2 * EL_EXPR_PI);
    expect("max(x, y) + min(x, y) + fmax(x, 9) + maximum(x, minimum(8, y))",
           2 + 3 + 9 + 3);
    expect("sqrt(x+x) + square(y) + cube(x) + inv(kb)", 19.2);
    expect("exp(x) + log(y) + ln(y) + log2(8) + log1p(x)",
           exp(2) + 2 * log(3) + 3 + log1p(2));
    expect("abs(-y) + fabs(-y) + ceil(y/2) + tanh(x)", 8 + tanh(2));
    expect("sin(x) + cos(x) + tan(x) + cot(x/y)",
           sin(2) + cos(2) + tan(2) + 1 / tan(2. / 3));
    expect("arcsin(x/y) + arccos(x/y) + asin(.1) + acos(.1)", EL_EXPR_PI);
    expect("pow(x, y) + power(x, 2)", 12);
}

static void expect_kind(const char *text, unsigned slot, el_const_kind kind)
{
    const el_expr e = parse(text);

    assert_true(slot < e.n_const);
    assert_int_equal(e.kind[slot], kind);
}

/* As many nodes as its print, and no number. */
static void expect_same_power(const char *text)
{
    const el_expr e = parse(text), want = parse("x^8");

    assert_int_equal(e.n_const, 0);
    assert_int_equal(e.n_node, want.n_node);
    assert_memory_equal(e.node, want.node, want.n_node * sizeof want.node[0]);
}

static void test_kinds(void **state)
{
    (void)state;
    expect_same_power("x^+8");
    expect_same_power("x**(8)");
    expect_same_power("pow(x, 8)");
    expect_kind("2*x", 0, EL_CONST_FIXED);
    expect_kind("2.0*x", 0, EL_CONST_FREE);
    expect_kind("2e0*x", 0, EL_CONST_FREE);
    expect_kind("pi*x", 0, EL_CONST_FIXED);
    expect_kind("x^5", 0, EL_CONST_FIXED);
    assert_int_equal(parse("x^6*y^8*y^9").n_const, 0);
    expect_kind("x^(3/2)", 0, EL_CONST_FIXED);
    expect_kind("x^0.5", 0, EL_CONST_EXPONENT);
    expect_kind("2^x", 0, EL_CONST_FIXED);
    assert_int_equal(parse("x^2").n_node, 2);
    assert_int_equal(parse("x^3").node[1].op, EL_OP_CUBE);
    assert_int_equal(parse("x^(3/2)").n_node, 3);
    assert_int_equal(parse("1/(2.5*x)").n_const, 1);
    assert_int_equal(parse("1/(2.5*x)").node[3].op, EL_OP_INV);
    assert_int_equal(parse("-2*x").n_node, 3);
}

static void expect_bad(const char *text, const char *message)
{
    el_expr e = {.n_node = 77};
    el_error err = {0};

    assert_int_equal(el_expr_parse(text, names, 3, &e, &err), EL_E_DATA);
    assert_string_equal(err.message, message);
    assert_int_equal(e.n_node, 77);
}

static void test_errors(void **state)
{
    (void)state;
    expect_bad("", "formula: column 1: ends where a number, a name or ( is "
                   "expected");
    expect_bad("x +", "formula: column 4: ends where a number, a name or ( is "
                      "expected");
    expect_bad("x + * y",
               "formula: column 5: a number, a name or ( is expected");
    expect_bad("x y", "formula: column 3: an operator is expected");
    expect_bad("x)", "formula: column 2: an operator is expected");
    expect_bad("2*(x + y", "formula: column 3: parenthesis is not closed");
    expect_bad("2*foo", "formula: column 3: unknown name \"foo\"");
    expect_bad("foo(x)", "formula: column 1: unknown function \"foo\"");
    expect_bad("exp(x, y)",
               "formula: column 1: one operand belongs to \"exp\"");
    expect_bad("max(x)", "formula: column 1: two operands belong to \"max\"");
    expect_bad("max(x, y, 3)",
               "formula: column 1: two operands belong to \"max\"");
    expect_bad("exp(x",
               "formula: column 1: parenthesis is not closed after \"exp\"");
    expect_bad("1e", "formula: column 3: the exponent of a number is missing");
    expect_bad("1e999", "formula: column 1: not a finite number: \"1e999\"");
    expect_bad(".", "formula: column 1: a digit is missing");
    expect_bad("x $ y", "formula: column 3: an operator is expected");
    expect_bad("x * 3..1", "formula: column 7: an operator is expected");
    assert_int_equal(el_expr_parse(NULL, names, 3, &(el_expr){0}, NULL),
                     EL_E_ARG);
    assert_int_equal(el_expr_parse("x", NULL, 3, &(el_expr){0}, NULL),
                     EL_E_ARG);
    assert_int_equal(
        el_expr_parse("x", names, EL_EXPR_MAX_COLS + 1, &(el_expr){0}, NULL),
        EL_E_ARG);
}

/* n times `piece`, without its last character. */
static const char *repeat(const char *piece, size_t n, char text[1024])
{
    const size_t len = strlen(piece);

    for (size_t k = 0; k < n; k++)
        memcpy(text + k * len, piece, len);
    text[n * len - 1] = '\0';
    return text;
}

static void test_limits(void **state)
{
    char text[1024];

    (void)state;
    expect_bad(repeat("(", 400, text),
               "formula: column 257: nested too deep (limit 256)");
    expect_bad(repeat("-", 400, text),
               "formula: column 257: nested too deep (limit 256)");
    assert_int_equal(parse(repeat("x+", 32, text)).n_node, 63);
    expect_bad(repeat("x+", 33, text),
               "formula: column 64: too long (limits: 64 operations and "
               "operands, 16 numbers)");
    assert_int_equal(parse(repeat("9+", 16, text)).n_const, 16);
    expect_bad(repeat("9+", 17, text),
               "formula: column 33: too long (limits: 64 operations and "
               "operands, 16 numbers)");
}

/* A column may have the name of the constant. */
static void test_column_pi(void **state)
{
    static const char *const own[] = {"pi", "exp"};
    el_expr e;

    (void)state;
    assert_int_equal(el_expr_parse("pi*exp(exp)", own, 2, &e, NULL), EL_OK);
    assert_int_equal(e.n_const, 0);
    assert_int_equal(e.n_node, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),    cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_errors),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_column_pi),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "el_expr_sample.h"
#include "energylens/expr_unit.h"

static void print_as(const char *text, const char *want)
{
    el_unit_bases bases = {0};
    el_unit unit;
    el_buf out = {0};
    el_error err = {0};

    if (el_unit_parse(text, &bases, &unit, &err) != EL_OK)
        fail_msg("%s", err.message);
    el_unit_print(&unit, &bases, &out);
    assert_string_equal(el_buf_text(&out), want);
    el_buf_clear(&out);
}

static void test_text(void **state)
{
    (void)state;
    print_as("J", "J");
    print_as("1", "1");
    print_as("1/s", "1/s");
    print_as("J/token", "J/token");
    print_as("FLOP/s", "FLOP/s");
    print_as("W", "J/s");
    print_as("kHz*Hz", "kHz/s");
    print_as("J / (byte * token)", "J/(byte*token)");
    print_as("J/byte/token*s", "J*s/(byte*token)");
    print_as("J^2*s^-1", "J^2/s");
    print_as("J^(1/2)*s^0.5/(m^(-3/2))", "J^(1/2)*s^(1/2)*m^(3/2)");
    print_as("(J/s)^2", "J^2/s^2");
    print_as("J/J", "1");
    print_as("J^0.517", "J^0.517");
}

static void expect_bad(const char *text, const char *message)
{
    el_unit_bases bases = {1, {"J"}};
    el_unit unit = {{77}};
    el_error err = {0};

    assert_int_equal(el_unit_parse(text, &bases, &unit, &err), EL_E_DATA);
    assert_string_equal(err.message, message);
    assert_int_equal(bases.n, 1);
    assert_true(unit.exponent[0] == 77);
}

static void test_errors(void **state)
{
    (void)state;
    expect_bad("", "unit \"\": column 1: a name or 1 is expected");
    expect_bad("J/", "unit \"J/\": column 3: a name or 1 is expected");
    expect_bad("J s", "unit \"J s\": column 3: an operator is expected");
    expect_bad("(J", "unit \"(J\": column 3: parenthesis is not closed");
    expect_bad("J^x", "unit \"J^x\": column 3: an exponent is expected");
    expect_bad("J^(1/0)", "unit \"J^(1/0)\": column 7: division by 0");
    expect_bad("J^(1/2",
               "unit \"J^(1/2\": column 7: parenthesis is not closed");
    expect_bad("J^1e9",
               "unit \"J^1e9\": column 3: exponent is too large (limit 100)");
    expect_bad("a*b*c*d*e*f*g*h", "unit \"a*b*c*d*e*f*g*h\": column 16: too "
                                  "many different base units (limit 8)");
    expect_bad("abcdefghijklmnop",
               "unit \"abcdefghijklmnop\": column 17: name is too long (limit "
               "15 letters)");
    expect_bad(
        "((((((((((((((((((J",
        "unit \"((((((((((((((((((J\": column 18: nested too deep (limit "
        "16)");
    assert_int_equal(el_unit_parse(NULL, NULL, NULL, NULL), EL_E_ARG);
}

/* columns: n [token], b [byte], t [s], r (plain), e [J] */
static const char *const names[] = {"n", "b", "t", "r", "e"};

typedef struct sample {
    el_unit_bases bases;
    el_unit column[5], joule;
} sample;

static sample make(void)
{
    static const char *const text[] = {"token", "byte", "s", "1", "J"};
    sample s = {0};

    for (size_t k = 0; k < 5; k++)
        assert_int_equal(el_unit_parse(text[k], &s.bases, &s.column[k], NULL),
                         EL_OK);
    s.joule = s.column[4];
    return s;
}

/* The units of the numbers in order, then that of the formula; "?" where not
   decided. Or the message. */
static void expect(const char *text, bool wild, bool joule, const char *want)
{
    const sample s = make();
    const el_unit_rules rules = {s.column, joule ? &s.joule : NULL, wild};
    el_unit_reading reading;
    el_error err = {0};
    el_buf out = {0};
    el_expr e;

    assert_int_equal(el_expr_parse(text, names, 5, &e, NULL), EL_OK);
    if (el_expr_check_units(&e, &rules, &s.bases, &reading, &err) != EL_OK) {
        assert_string_equal(err.message, want);
        assert_int_equal(el_expr_check_units(&e, &rules, &s.bases, NULL, NULL),
                         EL_E_DATA);
        return;
    }
    for (unsigned k = 0; k < e.n_const; k++) {
        if (reading.known[k])
            el_unit_print(&reading.constant[k], &s.bases, &out);
        else
            el_buf_add(&out, "?");
        el_buf_add(&out, ", ");
    }
    if (reading.result_known)
        el_unit_print(&reading.result, &s.bases, &out);
    else
        el_buf_add(&out, "?");
    if (strcmp(el_buf_text(&out), want) != 0)
        fail_msg("%s: %s, want %s", text, el_buf_text(&out), want);
    el_buf_clear(&out);
    assert_int_equal(el_mem_live(), 0);
}

static void test_plain_numbers(void **state)
{
    (void)state;
    expect("n*b/t", false, false, "token*byte/s");
    expect("n + n*r", false, false, "token");
    expect("n + b", false, false, "units: + joins token with byte");
    expect("2.5*n + b", false, false, "units: + joins token with byte");
    expect("e + 2.5*e", false, true, "1, J");
    expect("2.5*n", false, true, "units: the formula is in token, not J");
    expect("exp(n)", false, false, "units: exp takes token, wants 1");
    expect("exp(n/n)*t", false, false, "s");
    expect("sqrt(n^3)", false, false, "token^(3/2)");
    expect("n^0.25", false, false, "1, token^(1/4)");
    expect("n^t", false, false, "units: ^ takes s, wants 1");
    expect("n^r", false, false, "units: ^ takes token, wants 1");
    expect("r^r", false, false, "1");
    expect("max(n, t)", false, false, "units: max joins token with s");
    expect("ceil(n) - abs(-n)", false, false, "token");
    expect("1/n^2", false, false, "1/token^2");
}

static void test_wild_numbers(void **state)
{
    (void)state;
    expect("2.5*n + 3.5*b", true, true, "J/token, J/byte, J");
    expect("2.5*n*b/t + 3.5", true, true, "s*J/(token*byte), J, J");
    expect("2.5*n", true, false, "?, ?");
    expect("e*n/(n + 9.5)", true, true, "token, J");
    expect("e*log1p(2.5*b)", true, true, "1/byte, J");
    expect("2.5*n^0.517", true, true, "J/token^0.517, 1, J");
    expect("sqrt(2.5*b)*t", true, true, "J^2/(byte*s^2), J");
    /* what is fixed has no unit to lend */
    expect("e*n/(n + 9)", true, true, "units: + joins token with 1");
    expect("e*(n - 1)/n", true, true, "units: - joins token with 1");
    expect("e*2.5 + 3.5*(2.5*n + b)", true, true, "1, J/byte, byte/token, J");
    /* one number cannot be two things */
    expect("exp(2.5*n)*(2.5*b)*e/t", true, true, "1/token, s/byte, J");
    expect("max(2.5*n, 1.5*t)/e", true, true, "J^2/token, J^2/s, J");
    expect("1.5 - 2.5", true, false, "?, ?, ?");
}

static void test_place(void **state)
{
    const sample s = make();
    const el_unit_rules rules = {s.column, NULL, true};
    el_unit_reading reading;
    el_expr e;

    (void)state;
    assert_int_equal(el_expr_parse("2.5*n + (n + b)*t", names, 5, &e, NULL),
                     EL_OK);
    assert_int_equal(el_expr_check_units(&e, &rules, &s.bases, &reading, NULL),
                     EL_E_DATA);
    assert_int_equal(reading.at, 5);
    assert_true(el_unit_equal(&reading.want, &s.column[0]));
    assert_true(el_unit_equal(&reading.have, &s.column[1]));
    assert_false(el_unit_equal(&reading.have, &reading.want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_plain_numbers),
        cmocka_unit_test(test_wild_numbers),
        cmocka_unit_test(test_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <float.h>
#include <jansson.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "io/csv.h"
#include "io/number_text.h"

static void check(const char *text)
{
    double want = strtod(text, NULL), got = -1;

    assert_true(el_parse_double(text, strlen(text), &got));
    assert_memory_equal(&got, &want, sizeof got);
}

static void test_values_as_strtod(void **state)
{
    static const char *const ok[] = {
        "0", "-0", "+1", "1.", ".5", "1e3", "1E+3", "1e-3", "0.1", "-2.5e-7",
        /* Clinger's limits and one past each */
        "9007199254740992", "9007199254740993", "1e22", "1e23", "1e-22",
        "1e-23", "123456789012345678e22",
        /* exact division, halfway cases */
        "1162.2110785750758", "0.30000000000000004", "9007199254740993e-1",
        "1.00000000000000011102230246251565", "18446744073709551615e-27",
        "9999999999999999999e-27", "0.5000000000000000277",
        "4503599627370496.5", "4503599627370497.5", "4503599627370496.25",
        /* more than 19 digits */
        "12345678901234567890", "12345678901234567890123.5",
        "0.00000000000000000000000000000000001",
        "1000000000000000000000000000000", "1.0000000000000000000000000",
        "0000000000000000000000000000001",
        /* the ends of the range */
        "1.7976931348623157e308", "2.2250738585072014e-308", "4.9e-324",
        "1e-400", "1e-99999999999", "0e99999999999999"};

    (void)state;
    for (size_t i = 0; i < sizeof ok / sizeof *ok; i++)
        check(ok[i]);
}

static void test_spaces_around(void **state)
{
    double got;

    (void)state;
    assert_true(el_parse_double(" \t7 ", 4, &got));
    assert_close(got, 7, 0, 0);
}

static void test_refused_and_untouched(void **state)
{
    static const char *const bad[] = {
        "",         " ",
        "+",        "-",
        ".",        "e5",
        "1e",       "1e+",
        "--1",      "+-1",
        "1 2",      "12,3",
        "0x10",     "nan",
        "NaN",      "inf",
        "Infinity", "-inf",
        "1e999",    "-1e400",
        "1.2.3",    "1f",
        "1_000",    "\xC2\xA0",
        "N/A",      "20;70",
        "1e5.",     "179769313486231580000000000000000000000000e270"};
    double got = 42;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(el_parse_double(bad[i], strlen(bad[i]), &got));
    assert_close(got, 42, 0, 0);
}

static void test_longest_number(void **state)
{
    char text[1025];
    double got;

    (void)state;
    memset(text, '0', sizeof text);
    text[1022] = '7';
    assert_true(el_parse_double(text, 1023, &got));
    assert_close(got, 7, 0, 0);
    assert_false(el_parse_double(text, 1024, &got));
}

/* Only the slice is read: what follows may be anything. */
static void test_slice_ends(void **state)
{
    double got;

    (void)state;
    assert_true(el_parse_double("1234", 2, &got));
    assert_close(got, 12, 0, 0);
    assert_true(el_parse_double("1e55", 3, &got));
    assert_close(got, 1e5, 0, 0);
}

static void test_decimal_comma_locale(void **state)
{
    double got;

    (void)state;
    /* one thread: NOLINTNEXTLINE(concurrency-mt-unsafe) */
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        skip();
    assert_true(el_parse_double("1.5", 3, &got));
    assert_close(got, 1.5, 0, 0);
    assert_true(el_parse_double("1.50000000000000000000000001", 28, &got));
    assert_true(got > 1.4);
    assert_false(el_parse_double("1,5", 3, &got));
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    (void)setlocale(LC_NUMERIC, "C");
}

/* ---- to text ---- */

/* jansson is the definition. */
static void check_text(double value)
{
    json_t *number = json_real(value);
    char want[64], got[EL_NUMBER_TEXT];
    size_t len = json_dumpb(number, want, sizeof want,
                            JSON_REAL_PRECISION(17) | JSON_ENCODE_ANY);

    json_decref(number);
    if (el_number_text(value, got) != len || memcmp(got, want, len) != 0)
        fail_msg("%a: %.*s, want %.*s", value, (int)len, got, (int)len, want);
}

static void test_text_of_corners(void **state)
{
    const double odd[] = {0.0,
                          -0.0,
                          1.0,
                          -1.5,
                          0.1,
                          1e-4,
                          9.9999999999999991e-5,
                          1e-5,
                          9.9999999999999995e15,
                          1e16,
                          99999999999999984.0,
                          1e17,
                          1e20,
                          1e-37,
                          9.9999999999999999e-38,
                          1e-38,
                          DBL_MIN,
                          4.9e-324,
                          DBL_MAX,
                          9007199254740993.0,
                          4503599627370496.5,
                          0.5000000000000001,
                          96.0,
                          EL_POW5};

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        check_text(odd[i]);
    for (int e = -1074; e < 1024; e++) {
        check_text(ldexp(1.0, e));
        check_text(nextafter(ldexp(1.0, e), 0.0));
        check_text(nextafter(ldexp(1.0, e), INFINITY));
    }
    for (int e = -330; e < 309; e++) {
        check_text(pow(10.0, e));
        check_text(nextafter(pow(10.0, e), 0.0));
    }
}

/* Values with few bits are ties where they are rounded at all. */
static void test_text_of_any(void **state)
{
    uint64_t s = 17;

    (void)state;
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = el_test_next(&s);
        double value;

        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            check_text(value);
        check_text(ldexp(el_test_unif(&s, -1, 1), (int)(bits % 180) - 125));
        check_text(ldexp((double)(bits >> 50), (int)(bits % 180) - 130));
        check_text(floor(el_test_unif(&s, 0, 1e6)) / 1000.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_as_strtod),
        cmocka_unit_test(test_spaces_around),
        cmocka_unit_test(test_refused_and_untouched),
        cmocka_unit_test(test_text_of_corners),
        cmocka_unit_test(test_text_of_any),
        cmocka_unit_test(test_longest_number),
        cmocka_unit_test(test_slice_ends),
        cmocka_unit_test(test_decimal_comma_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

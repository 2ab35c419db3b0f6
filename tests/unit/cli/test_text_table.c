/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, tables, progress and the terminal's properties as text. */
#include "el_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/format.h"
#include "cli/help.h"
#include "cli/progress.h"
#include "cli/term.h"
#include "cli/text_table.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): tests set their environment */

#define SAME(call, want) assert_string_equal((call).s, want)

static void test_numbers(void **state)
{
    (void)state;
    SAME(el_fmt_number(0.41234, 3), "0.412");
    SAME(el_fmt_number(9.996, 3), "10.0");
    SAME(el_fmt_number(1234.6, 3), "1235");
    SAME(el_fmt_number(-0.05, 2), "-0.050");
    SAME(el_fmt_number(0, 3), "0");
    SAME(el_fmt_number(NAN, 3), "-");
    SAME(el_fmt_number(HUGE_VAL, 3), "inf");
    SAME(el_fmt_number(-HUGE_VAL, 3), "-inf");
    SAME(el_fmt_number(1.5e20, 3), "1.50e+20");
    SAME(el_fmt_energy(0.0123), "12.3 mJ");
    SAME(el_fmt_energy(1200), "1.20 kJ");
    SAME(el_fmt_energy(999.6), "1.00 kJ");
    SAME(el_fmt_energy(0), "0 J");
    SAME(el_fmt_energy(NAN), "-");
    SAME(el_fmt_wh(3600 * 3.42), "3.42 Wh");
    SAME(el_fmt_power(700), "700 W");
    SAME(el_fmt_percent(0.1234), "12.3 %");
    SAME(el_fmt_percent(NAN), "-");
    SAME(el_fmt_change(0.1234), "+12.3 %");
    SAME(el_fmt_change(-0.05), "-5.0 %");
    SAME(el_fmt_count(0), "0");
    SAME(el_fmt_count(999), "999");
    SAME(el_fmt_count(12345678), "12,345,678");
    SAME(el_fmt_bytes(85899345920.0), "80.0 GiB");
    SAME(el_fmt_bytes(512), "512 B");
    SAME(el_fmt_bytes(NAN), "-");
}

static void test_times(void **state)
{
    (void)state;
    SAME(el_fmt_time(12e-6), "12.0 us");
    SAME(el_fmt_time(0.182), "182 ms");
    SAME(el_fmt_time(1.25), "1.25 s");
    SAME(el_fmt_time(303), "5m 03s");
    SAME(el_fmt_time(-303), "-5m 03s");
    SAME(el_fmt_time(3700), "1h 01m");
    SAME(el_fmt_time(864000), "10 d");
    SAME(el_fmt_time(NAN), "-");
}

static void test_intervals(void **state)
{
    (void)state;
    SAME(el_fmt_interval(1.2, 1.35, 3), "1.20..1.35");
    SAME(el_fmt_interval(1.2345, 1.2346, 3), "1.2345..1.2346");
    SAME(el_fmt_interval(NAN, NAN, 3), "-");
    SAME(el_fmt_interval(1, HUGE_VAL, 3), "1.00..inf");
    SAME(el_fmt_interval(NAN, 2, 3), "-..2.00");
    SAME(el_fmt_interval(1e15, 2e15, 3), "1.00e+15..2.00e+15");
    SAME(el_fmt_interval_si(1200, 1350, "J", 3), "1.20..1.35 kJ");
    SAME(el_fmt_interval_si(NAN, NAN, "J", 3), "-");
}

static const el_column columns[] = {{"model", NULL, true, 0},
                                    {"J/token", "mean", false, 1},
                                    {"TTFT", "ms", false, 2}};

static el_text_table *sample(void)
{
    el_text_table *t = el_text_table_new(columns, 3);

    el_text_table_cell(t, "añb");
    el_text_table_number(t, 0.41234, 3);
    el_text_table_cellf(t, "%d", 182);
    el_text_table_cell(t, "long-name");
    el_text_table_number(t, NAN, 3);
    el_text_table_cell(t, "");
    el_text_table_highlight(t);
    return t;
}

static void test_table(void **state)
{
    el_text_table *t = sample();
    el_buf out = {0};

    (void)state;
    assert_int_equal(el_text_table_print(t, 0, false, &out, NULL), EL_OK);
    assert_string_equal(out.text, "model      J/token  TTFT\n"
                                  "              mean    ms\n"
                                  "añb          0.412   182\n"
                                  "long-name        -\n");
    el_buf_clear(&out);
    assert_int_equal(el_text_table_print(t, 20, false, &out, NULL), EL_OK);
    assert_string_equal(out.text, "model      J/token\n"
                                  "              mean\n"
                                  "añb          0.412\n"
                                  "long-name        -\n"
                                  "(not shown: TTFT)\n");
    el_buf_clear(&out);
    assert_int_equal(el_text_table_print(t, 1, true, &out, NULL), EL_OK);
    assert_non_null(strstr(out.text, "\033[1;32mlong-name\033[0m"));
    assert_non_null(strstr(out.text, "(not shown: J/token, TTFT)"));
    el_buf_clear(&out);
    el_text_table_free(t);
}

static void test_table_without_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_buf out = {0};
        el_text_table *t;

        el_mem_fail_at(k);
        t = sample();
        st = el_text_table_print(t, 80, false, &out, NULL);
        el_mem_fail_at(-1);
        el_text_table_free(t);
        el_buf_clear(&out);
        assert_int_equal(el_mem_live(), 0);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
}

static void test_big_table(void **state)
{
    el_text_table *t = el_text_table_new(columns, 3);
    el_buf out = {0};
    size_t lines = 0;

    (void)state;
    for (int i = 0; i < 300; i++)
        el_text_table_cellf(t, "%d", i);
    assert_int_equal(el_text_table_print(t, 80, false, &out, NULL), EL_OK);
    for (const char *c = out.text; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 2 + 100);
    el_buf_clear(&out);
    el_text_table_free(t);
    assert_null(el_text_table_new(columns, 0));
}

static void test_wrap(void **state)
{
    el_buf out = {0};

    (void)state;
    el_help_wrap("one two three\n\nfour", 0, 2, 8, &out);
    assert_string_equal(out.text, "one two\n  three\n\n  four");
    el_buf_clear(&out);
}

static void test_terminal(void **state)
{
    (void)state;
    setenv("COLUMNS", "5", 1);
    assert_int_equal(el_term_width(0), 20);
    setenv("COLUMNS", "9999", 1);
    assert_int_equal(el_term_width(0), 400);
    setenv("COLUMNS", "66", 1);
    assert_int_equal(el_term_width(0), 66);
    setenv("COLUMNS", "wide", 1);
    assert_int_equal(el_term_width(-1), 80);
    unsetenv("COLUMNS");
    assert_true(el_term_color(EL_COLOR_ALWAYS, -1));
    assert_false(el_term_color(EL_COLOR_NEVER, 1));
    setenv("TERM", "dumb", 1);
    assert_false(el_term_color(EL_COLOR_AUTO, 1));
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    assert_false(el_term_color(EL_COLOR_AUTO, 1));
    unsetenv("NO_COLOR");
    assert_false(el_term_color(EL_COLOR_AUTO, -1));
    setenv("LC_ALL", "C", 1);
    assert_false(el_term_utf8());
    setenv("LC_ALL", "en_US.utf8@euro", 1);
    assert_true(el_term_utf8());
    setenv("LC_ALL", "C.UTF-8", 1);
    assert_true(el_term_utf8());
    setenv("LC_ALL", "de_DE.ISO-8859-1", 1);
    assert_false(el_term_utf8());
}

static void test_text_width(void **state)
{
    (void)state;
    assert_int_equal(el_text_width("añb"), 3);
    assert_int_equal(el_text_width("\033[1;32mab\033[0m"), 2);
    assert_int_equal(el_text_width("\033[1"), 3); /* cut off: shown as it is */
    assert_string_equal(el_style_on(EL_STYLE_BAD, false), "");
    assert_string_equal(el_style_off(false), "");
}

static double fake_now_s;

static double fake_clock(void)
{
    return fake_now_s;
}

static void test_progress(void **state)
{
    FILE *f = tmpfile();
    el_progress p;
    char text[512] = "";

    (void)state;
    assert_non_null(f);
    el_progress_init(&p, f, "fit", 60);
    p.now_s = fake_clock;
    el_progress_update(&p, 1, 100);
    fake_now_s = 0.4;
    el_progress_update(&p, 10, 100);
    assert_false(p.shown); /* under half a second */
    fake_now_s = 1.0;
    el_progress_update(&p, 25, 100);
    assert_true(p.shown);
    fake_now_s = 1.01;
    el_progress_update(&p, 26, 100); /* too soon for a second line */
    el_progress_update(&p, 100, 100);
    assert_false(p.shown);
    rewind(f);
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    assert_non_null(
        strstr(text, "\rfit   25 %  25/100  25.0/s  3.00 s left   "));
    assert_null(strstr(text, "26/100"));
    assert_int_equal(text[strlen(text) - 1], '\r');
    (void)fclose(f);
    el_progress_init(&p, NULL, "fit", 60);
    el_progress_update(&p, 1, 100); /* silent */
    assert_true(el_clock_s() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_table_without_memory),
        cmocka_unit_test(test_big_table),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_text_width),
        cmocka_unit_test(test_progress)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(concurrency-mt-unsafe) */

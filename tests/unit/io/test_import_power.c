/* SPDX-License-Identifier: Apache-2.0 */
/* Energy from readings: closed forms of steps, ramps and counters. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "io/import_part.h"
#include "io/import_power.h"

/* Readings each period from 0 to end of one GPU; power(t) or a counter. */
static void fill(el_import *log, const char *gpu, double period, double end,
                 double (*power)(double), double (*counter)(double))
{
    for (int i = 0; i * period <= end + 1e-9; i++) {
        double t = i * period;

        el_import_add_sample(log, t, el_slice_of(gpu),
                             power ? power(t) : EL_UNKNOWN,
                             counter ? counter(t) : EL_UNKNOWN);
    }
    assert_false(log->failed);
}

static double ramp(double t)
{
    return 100 + 10 * t;
}

static double flat(double t)
{
    (void)t;
    return 200;
}

static double counts(double t)
{
    return 5000 + 150 * t;
}

static double resets(double t)
{
    return t < 5 ? 5000 + 150 * t : 150 * t;
}

static void test_ramp(void **state)
{
    el_import log = {0};
    el_power_sum sum;

    (void)state;
    fill(&log, "0", .1, 20, ramp, NULL);
    /* integral of 100 + 10 t from 3.33 to 12.21 */
    assert_int_equal(el_power_between(&log, 3.33, 12.21, &sum, NULL), EL_OK);
    assert_close(sum.energy_j,
                 100 * (12.21 - 3.33) + 5 * (12.21 * 12.21 - 3.33 * 3.33),
                 1e-12, 0);
    assert_int_equal(sum.n_gpu, 1);
    assert_int_equal(sum.n_by_counter, 0);
    assert_int_equal(sum.n_reading, 89);
    el_import_clear(&log);
}

static void test_counter_first(void **state)
{
    el_import log = {0};
    el_power_sum sum;

    (void)state;
    fill(&log, "0", .1, 20, flat, counts);
    fill(&log, "1", .1, 20, flat, resets); /* falls: power counts */
    fill(&log, "2", .1, 20, flat, NULL);
    assert_int_equal(el_power_between(&log, 2, 12, &sum, NULL), EL_OK);
    assert_close(sum.energy_j, 1500 + 2000 + 2000, 1e-12, 0);
    assert_close(sum.from_power_j, 6000, 1e-12, 0);
    assert_int_equal(sum.n_gpu, 3);
    assert_int_equal(sum.n_by_counter, 1);
    assert_int_equal(sum.n_fell, 1);
    el_import_clear(&log);
    fill(&log, "0", .1, 20, NULL, counts);
    assert_int_equal(el_power_between(&log, 2, 12, &sum, NULL), EL_OK);
    assert_close(sum.energy_j, 1500, 1e-12, 0);
    el_import_clear(&log);
    /* a counter that falls and no power: nothing is known */
    fill(&log, "0", .1, 20, NULL, resets);
    assert_int_equal(el_power_between(&log, 2, 12, &sum, NULL), EL_E_DATA);
    el_import_clear(&log);
}

/* One period beyond the ends is taken from the nearest reading; more is not. */
static void test_cover(void **state)
{
    el_import log = {0};
    el_power_sum sum = {.energy_j = -1};
    el_error err = {0};

    (void)state;
    fill(&log, "0", 1, 10, flat, NULL);
    assert_int_equal(el_power_between(&log, -.5, 10.5, &sum, NULL), EL_OK);
    assert_close(sum.energy_j, 11 * 200, 1e-12, 0);
    sum.energy_j = -1;
    assert_int_equal(el_power_between(&log, 4, 12, &sum, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "the log runs from"));
    assert_int_equal(el_power_between(&log, -3, 5, &sum, &err), EL_E_DATA);
    assert_close(sum.energy_j, -1, 0, 0);
    el_import_add_sample(&log, 40, el_slice_of("0"), 200, EL_UNKNOWN);
    assert_int_equal(el_power_between(&log, 5, 20, &sum, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "hole of 30 s"));
    assert_int_equal(el_power_between(&log, 2, 8, &sum, NULL), EL_OK);
    el_import_add_sample(&log, 39, el_slice_of("0"), 200, EL_UNKNOWN);
    assert_int_equal(el_power_between(&log, 2, 8, &sum, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "clock goes back by 1 s"));
    el_import_clear(&log);
    assert_int_equal(el_power_between(&log, 0, 1, &sum, &err), EL_E_DATA);
    assert_int_equal(el_power_span(&log, &sum.energy_j, &sum.energy_j, &err),
                     EL_E_DATA);
}

/* Jitter of the readings does not matter to a straight line. */
static void test_jitter(void **state)
{
    el_import log = {0};
    el_power_sum sum;
    uint64_t seed = 7;
    double t = 0;

    (void)state;
    while (t < 30) {
        el_import_add_sample(&log, t, el_slice_of("x"), ramp(t), EL_UNKNOWN);
        t += el_test_unif(&seed, .01, .4);
    }
    assert_int_equal(el_power_between(&log, 5, 25, &sum, NULL), EL_OK);
    assert_close(sum.energy_j, 100 * 20 + 5 * (625 - 25), 1e-12, 0);
    el_import_clear(&log);
}

/* Steps of 100 to 700 W every 0.5 to 4 s, read at about 50 Hz: the trapezoid
 * rule errs only at the steps. */
static void test_steps(void **state)
{
    uint64_t seed = 20261121;

    (void)state;
    for (int round = 0; round < 20; round++) {
        el_import log = {0};
        el_power_sum sum;
        double t = 0, next = 0, watts = 0, truth = 0, last = 0;

        while (t < 62) {
            while (next <= t) { /* the energy of [1, 61] by steps */
                truth += watts * fmax(0, fmin(next, 61) - fmax(last, 1));
                last = next;
                watts = el_test_unif(&seed, 100, 700);
                next += el_test_unif(&seed, .5, 4);
            }
            el_import_add_sample(&log, t, el_slice_of("0"), watts, EL_UNKNOWN);
            t += el_test_unif(&seed, .01, .03);
        }
        truth += watts * fmax(0, 61 - fmax(last, 1));
        assert_int_equal(el_power_between(&log, 1, 61, &sum, NULL), EL_OK);
        assert_close(sum.energy_j, truth, 1e-3, 0);
        el_import_clear(&log);
    }
}

static void test_out_of_memory(void **state)
{
    el_import log = {0};
    el_power_sum sum = {.energy_j = -1};
    el_status st;
    long k = 0, live;

    (void)state;
    fill(&log, "0", .1, 20, ramp, counts);
    live = el_mem_live();
    do {
        el_mem_fail_at(k);
        st = el_power_between(&log, 2, 12, &sum, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), live);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_close(sum.energy_j, -1, 0, 0);
        }
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    assert_true(k > 3);
    el_import_clear(&log);
    assert_int_equal(el_mem_live(), 0);
}

static void test_times(void **state)
{
    static const struct {
        const char *text;
        double want;
        el_clock clock;
    } good[] = {
        {"1970/01/02 00:00:01.500", 86401.5, EL_CLOCK_LOCAL},
        {"2000-03-01T00:00:00", 951868800, EL_CLOCK_LOCAL},
        {"2024-02-29 12:00:00", 1709208000, EL_CLOCK_LOCAL},
        {"20250325-230634", 1742943994, EL_CLOCK_LOCAL},
        {"2025-07-03T08:43:07.98Z", 1751532187.98, EL_CLOCK_UTC},
        {"2025-07-03T08:43:07.98+02:00", 1751524987.98, EL_CLOCK_UTC},
        {"2025-07-03T08:43:07-0130", 1751537587, EL_CLOCK_UTC},
        {"1747583343", 1747583343, EL_CLOCK_UTC},
        {"1747583343.5", 1747583343.5, EL_CLOCK_UTC},
        {"1747583343809", 1747583343.809, EL_CLOCK_UTC},
        {"1747583343809690", 1747583343.80969, EL_CLOCK_UTC},
        {"1747583343809690966", 1747583343.809690966, EL_CLOCK_UTC},
        {"21:54:35.250", 78875.25, EL_CLOCK_DAY},
        {"12.5", 12.5, EL_CLOCK_ELAPSED},
    };
    static const char *const bad[] = {"",
                                      "yesterday",
                                      "2025/13/01 00:00:00",
                                      "2025/04/16",
                                      "2025/04/16 25:00:00",
                                      "2025/04/16 19:53:1",
                                      "19:53",
                                      "2025-04-16T19:53:18x",
                                      "-5",
                                      "99999999999999999999999"};
    double t = -1;
    el_clock clock = EL_CLOCK_NONE;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!el_time_parse(el_slice_of(good[i].text), &t, &clock))
            fail_msg("%s: no time", good[i].text);
        assert_close(t, good[i].want, 1e-15, 3e-7);
        assert_int_equal(clock, good[i].clock);
    }
    t = -1;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (el_time_parse(el_slice_of(bad[i]), &t, &clock))
            fail_msg("\"%s\" is taken for a time", bad[i]);
    assert_close(t, -1, 0, 0);
}

static void test_cells(void **state)
{
    (void)state;
    assert_close(el_cell_value(el_slice_of("71.80 W"), "W"), 71.8, 1e-15, 0);
    assert_close(el_cell_value(el_slice_of("71.80"), "W"), 71.8, 1e-15, 0);
    assert_close(el_cell_value(el_slice_of("1.5E+3 w"), "W"), 1500, 1e-15, 0);
    assert_true(isnan(el_cell_value(el_slice_of("71.80 mW"), "W")));
    assert_true(isnan(el_cell_value(el_slice_of("[N/A]"), "W")));
    assert_true(isnan(el_cell_value(el_slice_of(""), "W")));
    assert_true(isnan(el_cell_value(el_slice_of("20;70"), "")));
    assert_true(isnan(el_cell_value(el_slice_of("1 2"), NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ramp),  cmocka_unit_test(test_counter_first),
        cmocka_unit_test(test_cover), cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_steps), cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_times), cmocka_unit_test(test_cells)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

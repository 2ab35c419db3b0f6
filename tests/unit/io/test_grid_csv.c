/* SPDX-License-Identifier: Apache-2.0 */
/* Carbon intensity by the hour of the day: sheets as people have them. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "io/grid_csv.h"

static el_status take(const char *text, el_grid *out, el_error *err)
{
    el_csv *csv = NULL;
    el_status st = el_csv_parse(text, strlen(text), "g.csv", &csv, err);

    if (st == EL_OK)
        st = el_grid_take(csv, out, err);
    el_csv_free(csv);
    assert_int_equal(el_mem_live(), 0);
    return st;
}

static void test_hours(void **state)
{
    el_grid g = {0};

    (void)state;
    assert_int_equal(
        take("Hour,gCO2e per kWh\n3,100\n3,200\n17,450\n", &g, NULL), EL_OK);
    assert_int_equal(g.n, 3);
    assert_close(g.g_per_kwh[3], 150, 0, 1e-12);
    assert_close(g.g_per_kwh[17], 450, 0, 1e-12);
    assert_close(g.g_per_kwh[0], 250, 0, 1e-12); /* no value: the mean */
    assert_close(g.mean_g_per_kwh, 250, 0, 1e-12);
}

static void test_dates(void **state)
{
    el_grid g = {0};

    (void)state;
    assert_int_equal(
        take("Datetime (UTC),Zone,Carbon intensity (direct),Source\n"
             "2024-01-01 05:00:00,DE,300,x\n2024-01-02 05:00:00,DE,500,x\n"
             "2024-01-02 06:00:00,DE,,x\n",
             &g, NULL),
        EL_OK);
    assert_int_equal(g.n, 2); /* a blank is no value */
    assert_close(g.g_per_kwh[5], 400, 0, 1e-12);
}

static void refused(const char *text, const char *want)
{
    el_grid g = {.n = 99};
    el_error err = {0};

    assert_int_equal(take(text, &g, &err), EL_E_DATA);
    if (!strstr(err.message, want))
        fail_msg("\"%s\" not in \"%s\"", want, err.message);
    assert_int_equal(g.n, 99);
}

static void test_malformed(void **state)
{
    (void)state;
    refused("hour,price\n1,2\n", "g.csv: no column of carbon intensity");
    refused("zone,carbon\nDE,2\n", "g.csv: no column of hours");
    refused("hour,carbon\n24,2\n", "g.csv:2: \"hour\": \"24\" is no hour");
    refused("hour,carbon\n1,-2\n", "g.csv:2: \"carbon\": \"-2\" is no number");
    refused("hour,carbon\n1,2\n2,1e9\n", "g.csv:3: ");
    refused("hour,carbon\n1,\n", "no carbon intensity in it");
    refused("hour,carbon\n", "no carbon intensity in it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

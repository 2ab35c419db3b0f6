/* SPDX-License-Identifier: Apache-2.0 */
/* Idle power: known where it was watched for long enough. */
#include "el_test.h"
#include "meter/idle.h"

#define N 101

static void power(void **state)
{
    el_reading v[N];
    const el_trace t = {v, N, N}, empty = {v, 0, N};
    const el_meter_device d = {.tick_s = NAN};

    (void)state;
    for (int i = 0; i < N; i++)
        v[i] = (el_reading){.time_s = 0.02 * i,
                            .power_w = i < 50 ? 60 : 90,
                            .have = EL_HAVE_POWER};
    assert_close(el_idle_power(&t, &d, 0.1, 0.9), 60, 1e-9, 0);
    assert_close(el_idle_power(&t, &d, 1.1, 1.9), 90, 1e-9, 0);
    assert_true(isnan(el_idle_power(&t, &d, 0.1, 0.5)));   /* too short */
    assert_true(isnan(el_idle_power(&t, &d, 1.0, 9.0)));   /* not all of it */
    assert_true(isnan(el_idle_power(&empty, &d, 0, 1.0))); /* no reading */
}

static void drift(void **state)
{
    (void)state;
    assert_false(el_idle_drifts(70, 76));
    assert_true(el_idle_drifts(70, 78));
    assert_true(el_idle_drifts(70, 62));
    assert_false(el_idle_drifts(5, 6.9)); /* 2 W are noise */
    assert_false(el_idle_drifts(NAN, 70));
    assert_false(el_idle_drifts(70, NAN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(power),
                                       cmocka_unit_test(drift)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

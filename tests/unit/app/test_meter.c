/* SPDX-License-Identifier: Apache-2.0 */
/* The energy of a command without room for it: said, nothing left behind. */
#include <stdlib.h>
#include <string.h>

#include "app/meter.h"
#include "app/meters.h"
#include "base/mem.h"
#include "el_test.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): set before threads start */

static const char *const command[] = {"true", NULL};

static el_meter_query query(void)
{
    return (el_meter_query){.meter = "nvml",
                            .interval_s = 0.02,
                            .allow_short = true,
                            .argv = command};
}

static int set_up(void **state)
{
    (void)state;
    return setenv("EL_NVML_PATH", EL_DOUBLES "/fake_nvml.so", 1) ||
           setenv("FAKE_NVML", "gpus=2,idle=300", 1) ||
           unsetenv("CUDA_VISIBLE_DEVICES");
}

static void a_command(void **state)
{
    el_meter_query q = query();
    el_metered m;
    json_t *json;

    (void)state;
    assert_int_equal(el_app_meter(&q, NULL, &m, NULL), EL_OK);
    assert_int_equal(m.n, 2);
    assert_int_equal(m.exit_code, 0);
    assert_true(m.time_s > 0);
    assert_true(isnan(m.above_idle_j)); /* idle was not measured */
    assert_true(m.device[0].energy.flags & EL_Q_SHORT);
    assert_close(m.energy_j,
                 m.device[0].energy.energy_j + m.device[1].energy.energy_j,
                 1e-12, 0);
    json = el_metered_json(&m, command);
    assert_non_null(json);
    assert_true(json_is_null(json_object_get(json, "energy_above_idle_j")));
    json_decref(json);
    el_metered_clear(&m);
    assert_int_equal(el_mem_live(), 0);
}

static void out_of_memory(void **state)
{
    el_meter_query q = query();
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_metered m = {.exit_code = -1};

        el_mem_fail_at(k);
        st = el_app_meter(&q, NULL, &m, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK)
            el_metered_clear(&m);
        else
            assert_int_equal(st, EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 60);
    assert_int_equal(st, EL_OK);
    assert_true(k > 5);
}

static void meters(void **state)
{
    el_meters list;
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_mem_fail_at(k);
        st = el_app_meters(&list, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK) {
            assert_true(list.kind[0].usable);
            assert_int_equal(list.kind[0].n, 2);
            el_meters_clear(&list);
        }
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 40);
    assert_int_equal(st, EL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_command),
                                       cmocka_unit_test(out_of_memory),
                                       cmocka_unit_test(meters)};

    return cmocka_run_group_tests(tests, set_up, NULL);
}
/* NOLINTEND(concurrency-mt-unsafe) */

/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that reads: how often, until when, and what becomes of trouble.
   No limit here depends on the machine being quick. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "el_test.h"
#include "meter/energy.h"
#include "meter/sampler.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): set before threads start */

static el_meter *machine(const char *nvml)
{
    el_meter *m = NULL;

    assert_int_equal(setenv("EL_NVML_PATH", EL_DOUBLES "/fake_nvml.so", 1), 0);
    assert_int_equal(setenv("FAKE_NVML", nvml, 1), 0);
    assert_int_equal(el_meter_open("nvml", &m, NULL), EL_OK);
    return m;
}

static el_sampler *start(el_meter *m, size_t n)
{
    const size_t index[] = {0, 1, 2, 3};
    el_sampler *s = NULL;

    assert_int_equal(el_sampler_start(m, index, n, 0.005, &s, NULL), EL_OK);
    return s;
}

static void nap(double time_s)
{
    const struct timespec t = {(time_t)time_s,
                               (long)(1e9 * (time_s - floor(time_s)))};

    assert_int_equal(nanosleep(&t, NULL), 0);
}

static void reads_all_devices(void **state)
{
    el_meter *m = machine("gpus=4,idle=300");
    el_sampler *s = start(m, 4);
    el_sampler_cost cost;
    double a, b;

    (void)state;
    nap(0.3);
    a = el_sampler_mark(s);
    nap(0.3);
    b = el_sampler_mark(s);
    nap(0.3);
    assert_true(el_sampler_is_alive(s));
    assert_int_equal(el_sampler_stop(s, NULL), EL_OK);
    el_sampler_cost_of(s, &cost);
    assert_true(cost.n_tick > 3 && cost.wall_s > 0.5);
    for (size_t i = 0; i < 4; i++) {
        el_window w = {a, b, 0, NAN};
        el_sampled got;
        el_energy e;

        el_sampler_result(s, i, &got);
        assert_int_equal(got.trace->n, cost.n_tick + 2); /* and two marks */
        assert_int_equal(got.n_failed, 0);
        assert_false(got.lost);
        for (size_t k = 1; k < got.trace->n; k++)
            assert_true(got.trace->v[k].time_s > got.trace->v[k - 1].time_s);
        assert_int_equal(
            el_energy_between(got.trace->v, got.trace->n, &w, &e, NULL), EL_OK);
        assert_int_equal(e.source, EL_BY_COUNTER);
        /* constant power: the truth whatever the load of the machine; the
           counter's ticks are known to a fraction of the interval */
        assert_close(e.from_power_j, 300 * (b - a), 1e-9, 0);
        assert_close(e.energy_j, 300 * (b - a), 0.02, 5 * e.error_j);
    }
    el_sampler_free(s);
    el_meter_close(m);
    assert_int_equal(el_mem_live(), 0);
}

/* One device falls off the bus, the other is read on. */
static void a_device_is_lost(void **state)
{
    el_meter *m = machine("gpus=2,lost=0.2");
    el_sampler *s = start(m, 2);
    el_sampled a, b;

    (void)state;
    nap(0.6);
    assert_true(el_sampler_is_alive(s));
    assert_int_equal(el_sampler_stop(s, NULL), EL_OK);
    el_sampler_result(s, 0, &a);
    el_sampler_result(s, 1, &b);
    assert_true(a.lost);
    assert_true(strstr(a.why, "GPU is lost") != NULL);
    assert_int_equal(a.n_failed, 1);
    assert_false(b.lost);
    assert_true(b.trace->n > a.trace->n);
    assert_true(a.lost_s >= a.trace->v[a.trace->n - 1].time_s);
    el_sampler_free(s);
    el_meter_close(m);
}

/* A reading now and then that fails is counted; nothing is made up for it. */
static void readings_fail(void **state)
{
    el_meter *m = machine("flaky=5,no_power=1");
    el_sampler *s = start(m, 1);
    el_sampled a;

    (void)state;
    nap(0.5);
    assert_int_equal(el_sampler_stop(s, NULL), EL_OK);
    el_sampler_result(s, 0, &a);
    assert_true(a.n_failed > 0);
    assert_false(a.lost);
    assert_true(a.trace->n > 0);
    for (size_t k = 0; k < a.trace->n; k++)
        assert_true(a.trace->v[k].energy_j > 100);
    el_sampler_free(s);
    el_meter_close(m);
}

static void a_device_that_never_answers_is_lost(void **state)
{
    el_meter *m = machine("no_power=1,no_energy=1");
    el_sampler *s = start(m, 1);
    el_sampled a;

    (void)state;
    for (int i = 0; i < 100 && el_sampler_is_alive(s); i++)
        nap(0.1);
    assert_false(el_sampler_is_alive(s));
    assert_int_equal(el_sampler_stop(s, NULL), EL_OK);
    el_sampler_result(s, 0, &a);
    assert_true(a.lost);
    assert_int_equal(a.n_failed, EL_SAMPLER_MAX_MISSES);
    assert_int_equal(a.trace->n, 0);
    el_sampler_free(s);
    el_meter_close(m);
}

static void arguments(void **state)
{
    el_meter *m = machine("gpus=1");
    const size_t index[] = {0};
    el_sampler *s = NULL;

    (void)state;
    assert_int_equal(el_sampler_start(m, index, 0, 0.01, &s, NULL), EL_E_ARG);
    assert_int_equal(el_sampler_start(m, index, 1, 0, &s, NULL), EL_E_ARG);
    assert_int_equal(el_sampler_start(m, index, 1, NAN, &s, NULL), EL_E_ARG);
    assert_null(s);
    el_sampler_free(NULL);
    el_meter_close(m);
}

/* Readings without room for them are said to be lost, never left out. */
static void out_of_memory(void **state)
{
    el_meter *m = machine("gpus=2");
    const size_t index[] = {0, 1};
    long live = el_mem_live();

    (void)state;
    for (long k = 0; k < 6; k++) {
        el_sampler *s = NULL;
        el_status st;

        el_mem_fail_at(k);
        st = el_sampler_start(m, index, 2, 0.002, &s, NULL);
        if (st == EL_OK) {
            nap(0.2);
            el_mem_fail_at(-1);
            st = el_sampler_stop(s, NULL);
        }
        el_mem_fail_at(-1);
        assert_true(st == EL_E_NOMEM || st == EL_OK);
        if (k < 4) /* two structs, then the first room of each trace */
            assert_int_equal(st, EL_E_NOMEM);
        el_sampler_free(s);
        assert_int_equal(el_mem_live(), live);
    }
    el_meter_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_devices),
        cmocka_unit_test(a_device_is_lost),
        cmocka_unit_test(readings_fail),
        cmocka_unit_test(a_device_that_never_answers_is_lost),
        cmocka_unit_test(arguments),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(concurrency-mt-unsafe) */

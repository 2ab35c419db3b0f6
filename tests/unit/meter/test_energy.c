/* SPDX-License-Identifier: Apache-2.0 */
/* Windows whose energy is known in closed form. */
#include "base/mem.h"
#include "el_test.h"
#include "meter/energy.h"

#define MAX_N 4096

typedef struct trace {
    el_reading v[MAX_N];
    size_t n;
} trace;

static void add_power(trace *t, double time_s, double power_w)
{
    t->v[t->n++] = (el_reading){
        .time_s = time_s, .power_w = power_w, .have = EL_HAVE_POWER};
}

static void add_counter(trace *t, double time_s, double energy_j)
{
    t->v[t->n++] = (el_reading){
        .time_s = time_s, .energy_j = energy_j, .have = EL_HAVE_ENERGY};
}

static el_energy between(const trace *t, el_window w)
{
    el_energy e;
    el_error err;

    if (el_energy_between(t->v, t->n, &w, &e, &err) != EL_OK)
        fail_msg("%s", err.message);
    return e;
}

static void a_ramp_is_exact(void **state)
{
    trace t = {.n = 0};
    el_energy e;

    (void)state;
    for (int i = 0; i <= 100; i++)
        add_power(&t, 0.1 * i, 50 + 10 * (0.1 * i));
    e = between(&t, (el_window){.start_s = 1.23, .end_s = 7.77});
    /* integral of 50 + 10 t */
    assert_close(e.energy_j, 50 * 6.54 + 5 * (7.77 * 7.77 - 1.23 * 1.23), 1e-12,
                 0);
    assert_int_equal(e.source, EL_BY_POWER);
    assert_int_equal(e.flags, 0);
    assert_true(isnan(e.from_counter_j));
    assert_close(e.covered_s, 6.54, 1e-12, 0);
}

static void a_step_is_within_its_error(void **state)
{
    trace t = {.n = 0};
    el_energy e;

    (void)state;
    for (int i = 0; i <= 100; i++)
        add_power(&t, 0.1 * i, i <= 50 ? 100 : 300);
    e = between(&t, (el_window){.start_s = 0, .end_s = 10});
    assert_close(e.energy_j, 100 * 5.05 + 300 * 4.95, 1e-12, 0);
    assert_close(e.error_j, 200 * 0.1 / sqrt(12), 1e-9, 0);
}

static void a_counter_wraps(void **state)
{
    trace t = {.n = 0};
    el_energy e;

    (void)state;
    for (int i = 0; i <= 500; i++)
        add_counter(&t, 0.02 * i, fmod(990 + 30 * 0.02 * i, 1000));
    e = between(
        &t,
        (el_window){.start_s = 1, .end_s = 9, .wrap_j = 1000, .tick_s = 0.001});
    assert_int_equal(e.source, EL_BY_COUNTER);
    assert_close(e.energy_j, 240, 1e-9, 0);
    assert_int_equal(e.flags, 0);
    assert_close(e.max_w, 30, 1e-6, 0);
}

/* A fall that is no wrap is never summed over in silence. */
static void a_counter_falls(void **state)
{
    trace t = {.n = 0};
    el_window w = {.start_s = 1, .end_s = 9, .tick_s = NAN};
    el_energy e;

    (void)state;
    for (int i = 0; i <= 500; i++)
        add_counter(&t, 0.02 * i, i < 250 ? 1000 + i : i - 250);
    e = between(&t, w);
    assert_true(e.flags & EL_Q_COUNTER_FELL);
    assert_true(e.flags & EL_Q_PARTIAL);
    for (size_t i = 0; i < t.n; i++) {
        t.v[i].have |= EL_HAVE_POWER;
        t.v[i].power_w = 50;
    }
    e = between(&t, w);
    assert_int_equal(e.source, EL_BY_POWER);
    assert_close(e.energy_j, 400, 1e-9, 0);
    assert_true(e.flags & EL_Q_COUNTER_FELL);
    assert_false(e.flags & EL_Q_PARTIAL);
}

static void a_counter_disagrees(void **state)
{
    trace t = {.n = 0};
    el_energy e;

    (void)state;
    for (int i = 0; i <= 500; i++) {
        add_counter(&t, 0.02 * i, 100 * 0.02 * i);
        t.v[t.n - 1].have |= EL_HAVE_POWER;
        t.v[t.n - 1].power_w = 80;
    }
    e = between(&t, (el_window){.start_s = 1, .end_s = 9, .tick_s = NAN});
    assert_int_equal(e.source, EL_BY_COUNTER);
    assert_close(e.energy_j, 800, 1e-9, 0);
    assert_close(e.from_power_j, 640, 1e-9, 0);
    assert_true(e.flags & EL_Q_DISAGREE);
}

static void a_device_that_vanishes_is_partial(void **state)
{
    trace t = {.n = 0};
    el_energy e;

    (void)state;
    for (int i = 0; i <= 200; i++)
        add_power(&t, 0.02 * i, 100);
    e = between(&t, (el_window){.start_s = 1, .end_s = 9});
    assert_true(e.flags & EL_Q_PARTIAL);
    assert_close(e.covered_s, 3.02, 1e-9, 0); /* one step beyond the last */
    assert_close(e.energy_j, 302, 1e-9, 0);
    assert_close(e.mean_w, 100, 1e-9, 0);
}

static void a_hole_is_said(void **state)
{
    trace t = {.n = 0};
    el_energy e;

    (void)state;
    for (int i = 0; i <= 500; i++)
        if (i < 200 || i > 260)
            add_power(&t, 0.02 * i, 100);
    e = between(&t, (el_window){.start_s = 1, .end_s = 9});
    assert_true(e.flags & EL_Q_GAP);
    e = between(&t, (el_window){.start_s = 6, .end_s = 9});
    assert_false(e.flags & EL_Q_GAP);
}

static void a_clock_set_back_is_said(void **state)
{
    trace t = {.n = 0};
    el_energy e;

    (void)state;
    for (int i = 0; i <= 500; i++)
        add_power(&t, 0.02 * i - (i >= 250 && i < 300 ? 1 : 0), 100);
    e = between(&t, (el_window){.start_s = 1, .end_s = 9});
    assert_true(e.flags & EL_Q_CLOCK_BACK);
    assert_close(e.energy_j, 800, 1e-9, 0);
}

static void throttling_is_said(void **state)
{
    trace t = {.n = 0};
    el_energy e;

    (void)state;
    for (int i = 0; i <= 500; i++) {
        add_power(&t, 0.02 * i, 100);
        if (i % 10 == 0) {
            t.v[i].have |= EL_HAVE_THROTTLE;
            t.v[i].throttle = i < 250 ? EL_THROTTLE_POWER : 0;
        }
    }
    e = between(&t, (el_window){.start_s = 0, .end_s = 9.99});
    assert_true(e.flags & EL_Q_THROTTLE_POWER);
    assert_false(e.flags & EL_Q_THROTTLE_HEAT);
    assert_close(e.throttled_share, 0.5, 0.01, 0);
}

/* Nothing to tell by is an error and never 0 J. */
static void no_reading_is_an_error(void **state)
{
    trace t = {.n = 0};
    el_energy e = {.energy_j = -1};
    el_window w = {.start_s = 1, .end_s = 9};

    (void)state;
    assert_int_equal(el_energy_between(t.v, 0, &w, &e, NULL), EL_E_DATA);
    add_power(&t, 5, 100);
    assert_int_equal(el_energy_between(t.v, t.n, &w, &e, NULL), EL_E_DATA);
    add_power(&t, 5, 100); /* the same time again is no second reading */
    assert_int_equal(el_energy_between(t.v, t.n, &w, &e, NULL), EL_E_DATA);
    t.v[0].power_w = NAN;
    add_power(&t, 5.5, 100);
    add_power(&t, 0.5, 100);
    assert_int_equal(el_energy_between(t.v, t.n, &w, &e, NULL), EL_E_DATA);
    w.end_s = 1;
    assert_int_equal(el_energy_between(t.v, t.n, &w, &e, NULL), EL_E_ARG);
    assert_close(e.energy_j, -1, 0, 0);
}

static void out_of_memory(void **state)
{
    trace t = {.n = 0};
    el_window w = {.start_s = 1, .end_s = 9};
    el_status st;
    long k = 0;

    (void)state;
    for (int i = 0; i <= 500; i++)
        add_power(&t, 0.02 * i, 100);
    do {
        el_energy e = {.energy_j = -1};

        el_mem_fail_at(k);
        st = el_energy_between(t.v, t.n, &w, &e, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_close(e.energy_j, -1, 0, 0);
        }
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ramp_is_exact),
        cmocka_unit_test(a_step_is_within_its_error),
        cmocka_unit_test(a_counter_wraps),
        cmocka_unit_test(a_counter_falls),
        cmocka_unit_test(a_counter_disagrees),
        cmocka_unit_test(a_device_that_vanishes_is_partial),
        cmocka_unit_test(a_hole_is_said),
        cmocka_unit_test(a_clock_set_back_is_said),
        cmocka_unit_test(throttling_is_said),
        cmocka_unit_test(no_reading_is_an_error),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Energy of random power over time against its exact integral: steps and ramps,
 * sampling with jitter, a counter that ticks every 100 ms, wraps, a clock set
 * back. Read at 50 Hz, 0.1 % is the limit for each window: 10 s to 60 s for
 * ramps, 30 s to 120 s with a step every few seconds. A step between two
 * readings is a loss of up to 10 ms of its height that nothing can win back, so
 * shorter windows with steps are held to the error that the result states.
 */
#include <stdbool.h>

#include "el_test.h"
#include "meter/energy.h"

#define LIMIT    1e-3
#define ROUNDS   300u
#define MAX_KNOT 200u
#define PERIOD_S 0.02

/* Power over time: straight lines between knots, two knots at one time make a
   step. */
typedef struct truth {
    double time_s[MAX_KNOT], power_w[MAX_KNOT], energy_j[MAX_KNOT];
    size_t n;
} truth;

static void knot(truth *t, double time_s, double power_w)
{
    size_t i = t->n++;

    assert_true(i < MAX_KNOT);
    t->time_s[i] = time_s;
    t->power_w[i] = power_w;
    t->energy_j[i] =
        i == 0 ? 0
               : t->energy_j[i - 1] + (time_s - t->time_s[i - 1]) *
                                          (power_w + t->power_w[i - 1]) / 2;
}

static size_t before(const truth *t, double time_s)
{
    size_t i = 0;

    while (i + 2 < t->n && t->time_s[i + 1] <= time_s)
        i++;
    return i;
}

static double power_at(const truth *t, double time_s)
{
    size_t i = before(t, time_s);
    double share = (time_s - t->time_s[i]) / (t->time_s[i + 1] - t->time_s[i]);

    return t->power_w[i] + share * (t->power_w[i + 1] - t->power_w[i]);
}

static double energy_at(const truth *t, double time_s)
{
    size_t i = before(t, time_s);

    return t->energy_j[i] +
           (time_s - t->time_s[i]) * (t->power_w[i] + power_at(t, time_s)) / 2;
}

typedef enum shape { STEPS, RAMPS } shape;

/* Idle, work that changes every 1 s to 8 s (ramps: 0.3 s to 3 s), idle. */
static void make_truth(uint64_t *seed, shape s, double start_s, double end_s,
                       truth *t)
{
    double at = start_s;
    double lo = s == STEPS ? 1 : 0.3, hi = s == STEPS ? 8 : 3;

    t->n = 0;
    knot(t, -10, 70);
    knot(t, start_s, 70);
    while (at < end_s) {
        double next = el_test_unif(seed, 250, 700);
        double until = fmin(at + el_test_unif(seed, lo, hi), end_s);

        if (s == STEPS)
            knot(t, at, next);
        knot(t, until, next);
        at = until;
    }
    if (s == STEPS)
        knot(t, at, 80);
    else
        knot(t, at + 0.2, 80);
    knot(t, 1e3, 80);
}

typedef struct rig {
    double jitter; /* share of the period */
    double tick_s; /* counter; 0: none */
    double wrap_j; /* 0: none */
    bool has_power;
    bool clock_back; /* a few readings say 0.3 s too early */
} rig;

static size_t make_samples(uint64_t *seed, const truth *t, const rig *r,
                           double end_s, el_reading *v)
{
    double phase = el_test_unif(seed, 0, 0.1), base = 123.456;
    double back_s = el_test_unif(seed, 2, end_s - 3);
    size_t n = 0;

    while (-2 + (double)n * PERIOD_S < end_s + 2) {
        el_reading s = {.have = 0};
        double at = -2 + (double)n * PERIOD_S;
        double x = at + r->jitter * PERIOD_S * el_test_unif(seed, -0.5, 0.5);

        s.time_s = x;
        if (r->has_power) {
            s.have |= EL_HAVE_POWER;
            s.power_w = power_at(t, x);
        }
        if (r->tick_s > 0) {
            double tick = phase + floor((x - phase) / r->tick_s) * r->tick_s;

            s.have |= EL_HAVE_ENERGY;
            s.energy_j = base + energy_at(t, tick);
            if (r->wrap_j > 0)
                s.energy_j = fmod(s.energy_j, r->wrap_j);
        }
        if (r->clock_back && x > back_s && x < back_s + 0.1)
            s.time_s -= 0.3;
        v[n++] = s;
    }
    return n;
}

/* Windows of lo_s to hi_s; within `limit` of the truth, and within 4 sigma of
   what the result says of itself. */
static void run_between(const char *what, shape s, rig r, double lo_s,
                        double hi_s, double limit)
{
    static el_reading v[8192];
    static truth t;
    double worst = 0;
    uint64_t seed = 20261121;

    for (size_t k = 0; k < ROUNDS; k++) {
        double start_s = el_test_unif(&seed, 0, 0.1);
        double end_s = start_s + el_test_unif(&seed, lo_s, hi_s);
        el_window w = {start_s, end_s, r.wrap_j, r.tick_s};
        uint64_t here = seed;
        el_energy e;
        double want, off;
        size_t n;

        make_truth(&seed, s, start_s, end_s, &t);
        n = make_samples(&seed, &t, &r, end_s, v);
        assert_true(n <= sizeof v / sizeof *v);
        assert_int_equal(el_energy_between(v, n, &w, &e, NULL), EL_OK);
        want = energy_at(&t, end_s) - energy_at(&t, start_s);
        off = fabs(e.energy_j - want) / want;
        worst = fmax(worst, off);
        assert_int_equal(e.source, r.tick_s > 0 ? EL_BY_COUNTER : EL_BY_POWER);
        assert_true(r.clock_back == ((e.flags & EL_Q_CLOCK_BACK) != 0));
        if (!(off <= limit) || fabs(e.energy_j - want) > 4 * e.error_j + 1e-6)
            fail_msg("%s: %.4f %% off (%.6g J, want %.6g J, sigma %.3g J), "
                     "seed %llu",
                     what, 100 * off, e.energy_j, want, e.error_j,
                     (unsigned long long)here);
    }
    print_message("%-28s worst %.4f %%\n", what, 100 * worst);
}

static void run(const char *what, shape s, rig r)
{
    double lo_s = s == STEPS ? 30 : 10;

    run_between(what, s, r, lo_s, s == STEPS ? 120 : 60, LIMIT);
}

static void power_only(void **state)
{
    (void)state;
    run("steps", STEPS, (rig){.has_power = true});
    run("ramps", RAMPS, (rig){.has_power = true});
    run("steps, jitter", STEPS, (rig){.jitter = 0.9, .has_power = true});
    run("ramps, jitter", RAMPS, (rig){.jitter = 0.9, .has_power = true});
    run("ramps, clock set back", RAMPS,
        (rig){.has_power = true, .clock_back = true});
}

static void counters(void **state)
{
    (void)state;
    run("100 ms counter and power", STEPS,
        (rig){.tick_s = 0.1, .has_power = true});
    run("100 ms counter, jitter", STEPS,
        (rig){.tick_s = 0.1, .jitter = 0.9, .has_power = true});
    /* without power, what happens inside the two outer ticks is unknown */
    run_between("100 ms counter alone, ramps", RAMPS,
                (rig){.tick_s = 0.1, .jitter = 0.9}, 30, 120, LIMIT);
    run("100 ms counter that wraps", STEPS,
        (rig){.tick_s = 0.1, .wrap_j = 2621.44, .has_power = true});
    run("1 ms counter that wraps", RAMPS,
        (rig){.tick_s = 0.001, .jitter = 0.9, .wrap_j = 2621.44});
}

static void short_windows(void **state)
{
    const rig polled = {.jitter = 0.9, .has_power = true};
    const rig both = {.tick_s = 0.1, .jitter = 0.9, .has_power = true};
    const rig ticks = {.tick_s = 0.1, .jitter = 0.9};

    (void)state;
    run_between("3 s, power", STEPS, polled, 3, 5, 1);
    run_between("3 s, counter and power", STEPS, both, 3, 5, 1);
    run_between("3 s, counter alone", STEPS, ticks, 3, 5, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(power_only),
                                       cmocka_unit_test(counters),
                                       cmocka_unit_test(short_windows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

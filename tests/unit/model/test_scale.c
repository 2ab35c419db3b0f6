/* SPDX-License-Identifier: Apache-2.0 */
/* Replicas that follow the queue: what is added when, what it costs, and that
 * serving in pieces is serving. */
#include "el_test.h"

#include <string.h>

#include "base/rng.h"
#include "el_oom.h"
#include "el_replica_sample.h"
#include "model/scale.h"

#define REQUESTS 600u
#define REPLICAS 4u
#define BATCH    8u

static double arrive_s[REQUESTS], isl[REQUESTS], osl[REQUESTS];
static const el_arrivals all = {REQUESTS, arrive_s, isl, osl};
static const el_promise promise = {2.0, NAN, 95.0};

/* A quiet third, a busy one, a quiet one. */
static void make_log(void)
{
    el_rng rng;
    double now_s = 0.0;

    el_rng_init(&rng, 5, 0);
    for (size_t i = 0; i < REQUESTS; i++) {
        double rate_hz = i < 100 || i >= 500 ? 0.5 : 12.0;

        now_s -= log1p(-el_rng_unit(&rng)) / rate_hz;
        arrive_s[i] = now_s;
        isl[i] = 1.0 + (double)el_rng_below(&rng, 1000);
        osl[i] = 1.0 + (double)el_rng_below(&rng, 200);
    }
}

static el_scaling by_queue(double depth, double calm_s)
{
    return (el_scaling){.interval_s = 5.0,
                        .target = 0.6,
                        .wake_s = 12.0,
                        .sleep_w = 3.0,
                        .least = 1,
                        .by_queue = true,
                        .depth = depth,
                        .wait_s = INFINITY,
                        .calm_s = calm_s};
}

static void serve(const el_scaling *scaling, unsigned threads, double *energy_j,
                  el_traffic *out)
{
    double bin_j[3] = {0};
    el_bins bins = {0.0, 100.0, 3, bin_j};
    el_task task = {.threads = threads};
    el_replica r;
    double sum_j = 0.0;

    assert_int_equal(el_replica_sample(BATCH, &r), EL_OK);
    assert_int_equal(
        el_traffic_serve(&(el_replicas){&r, REPLICAS, scaling, &promise, 0.0},
                         &all, &bins, energy_j, &task, out, NULL),
        EL_OK);
    el_replica_clear(&r);
    for (size_t i = 0; i < REQUESTS; i++)
        sum_j += energy_j[i];
    assert_close(sum_j, out->sum.prefill_j + out->sum.decode_j, 1e-12, 0);
    assert_close(bin_j[0] + bin_j[1] + bin_j[2], sum_j + out->sum.idle_j, 1e-12,
                 0);
}

static void saves_and_follows(void **state)
{
    static double energy_j[REQUESTS], again_j[REQUESTS];
    const el_scaling fixed = {.interval_s = INFINITY, .least = 1};
    el_scaling scaling = by_queue(2.0, 20.0);
    el_traffic all_on, follows, same, one;

    (void)state;
    make_log();
    serve(&fixed, 1, energy_j, &all_on);
    serve(&scaling, 1, energy_j, &follows);
    assert_true(follows.awake < 0.8 * all_on.awake && follows.awake > 1.0);
    assert_true(follows.sum.idle_j < 0.7 * all_on.sum.idle_j);
    assert_true(follows.kept <= all_on.kept);
    scaling.least = REPLICAS; /* none may sleep */
    serve(&scaling, 1, again_j, &same);
    assert_close(same.sum.idle_j, all_on.sum.idle_j, 1e-12, 0);
    assert_close(same.sum.decode_j, all_on.sum.decode_j, 1e-12, 0);
    assert_close(same.ttft_tail_s, all_on.ttft_tail_s, 1e-12, 0);
    /* one that may never be joined by others keeps fewer promises */
    scaling = by_queue(INFINITY, 20.0);
    serve(&scaling, 1, again_j, &one);
    assert_true(one.kept < follows.kept && one.awake < follows.awake);
    scaling = by_queue(2.0, 20.0);
    serve(&scaling, 3, again_j, &same);
    assert_memory_equal(&same, &follows, sizeof same);
    assert_memory_equal(again_j, energy_j, sizeof energy_j);
}

/* All sleep but one; then comes a burst. */
static void cold_start(void **state)
{
    el_scaling scaling = by_queue(2.0, 10.0);
    size_t awake[64], owner[REQUESTS], first = REQUESTS;
    el_replica r;

    (void)state;
    for (size_t i = 0; i < REQUESTS; i++) {
        arrive_s[i] = i == 0 ? 0.0 : 100.0 + 0.05 * (double)i;
        isl[i] = 100.0;
        osl[i] = 200.0;
    }
    assert_int_equal(el_replica_sample(BATCH, &r), EL_OK);
    assert_int_equal(
        el_scale_by_queue(&(el_replicas){&r, REPLICAS, &scaling, &promise, 0.0},
                          &all, NULL, awake, owner, NULL),
        EL_OK);
    /* calm at 10, 20 and 30 s: one sleeps each time */
    assert_int_equal(awake[1], REPLICAS);
    assert_int_equal(awake[2], REPLICAS - 1);
    assert_int_equal(awake[4], REPLICAS - 2);
    assert_int_equal(awake[6], 1);
    assert_int_equal(awake[20], 1);
    /* 100 requests in 5 s: at 105 s more than 3 x 2 wait, all are woken ... */
    assert_int_equal(awake[21], REPLICAS);
    for (size_t i = 1; i < REQUESTS && first == REQUESTS; i++)
        if (owner[i] > 0)
            first = i;
    /* ... and serve 12 s later */
    assert_true(arrive_s[first] >= 117.0 && arrive_s[first] < 117.2);
    /* by how long the first waits: at 105 s it has waited for 5 s at most */
    scaling.depth = INFINITY;
    scaling.wait_s = 2.0;
    assert_int_equal(
        el_scale_by_queue(&(el_replicas){&r, REPLICAS, &scaling, &promise, 0.0},
                          &all, NULL, awake, owner, NULL),
        EL_OK);
    assert_int_equal(awake[20], 1);
    assert_int_equal(awake[21], 2); /* one at a time */
    assert_int_equal(awake[22], 3);
    el_replica_clear(&r);
}

/* A log served by and by, with more of it each time, is the log served. */
static void in_pieces(void **state)
{
    static double at_once[3 * REQUESTS], pieces[3 * REQUESTS];
    const size_t n = REQUESTS;
    el_served want = {at_once, at_once + n, at_once + 2 * n};
    el_served got = {pieces, pieces + n, pieces + 2 * n};
    el_arrivals some = {0, arrive_s, isl, osl};
    el_idle idle = {INFINITY, 0, NULL};
    el_replica_sim *sim = NULL;
    el_replica_sum sum;
    el_bins none = {0};
    el_replica r;

    (void)state;
    make_log();
    assert_int_equal(el_replica_sample(BATCH, &r), EL_OK);
    assert_int_equal(
        el_replica_serve(&r, &all, &idle, &none, &want, NULL, &sum, NULL),
        EL_OK);
    assert_int_equal(el_replica_begin(&r, &some, &got, &sim, NULL), EL_OK);
    for (int k = 1; some.n < n; k++) {
        double now_s = 0.7 * k;

        while (some.n < n && arrive_s[some.n] < now_s)
            some.n++;
        assert_int_equal(el_replica_run(sim, now_s, NULL, NULL), EL_OK);
    }
    assert_int_equal(el_replica_run(sim, INFINITY, NULL, NULL), EL_OK);
    assert_int_equal(el_replica_look(sim).waiting, 0);
    assert_int_equal(el_replica_look(sim).in_flight, 0);
    for (size_t i = 0; i < 3 * n; i++)
        if (!isnan(at_once[i]))
            assert_close(pieces[i], at_once[i], 1e-9, 1e-9);
    el_replica_end(sim);
    el_replica_clear(&r);
}

static el_status once(void)
{
    const el_scaling scaling = by_queue(2.0, 20.0);
    size_t awake[64 * 8], owner[REQUESTS];
    el_replica r;
    el_status st = el_replica_sample(BATCH, &r);

    if (st != EL_OK)
        return st;
    st =
        el_scale_by_queue(&(el_replicas){&r, REPLICAS, &scaling, &promise, 0.0},
                          &all, NULL, awake, owner, NULL);
    el_replica_clear(&r);
    return st;
}

static void out_of_memory(void **state)
{
    (void)state;
    make_log();
    el_test_oom(once, 12, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saves_and_follows),
        cmocka_unit_test(cold_start),
        cmocka_unit_test(in_pieces),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

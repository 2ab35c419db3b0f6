/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "el_replica_sample.h"
#include "model/traffic.h"

#define REQUESTS 600u
#define BINS     4u

static const el_scaling always = {.interval_s = INFINITY, .least = 1};
static const el_promise none = {NAN, NAN, 95.0};

typedef struct requests {
    double arrive_s[REQUESTS], isl[REQUESTS], osl[REQUESTS];
    el_arrivals all;
} requests;

static void make_log(double rate_hz, requests *out)
{
    el_rng rng;
    double now_s = 0.0;

    el_rng_init(&rng, 3, 0);
    for (size_t i = 0; i < REQUESTS; i++) {
        now_s -= log1p(-el_rng_unit(&rng)) / rate_hz;
        out->arrive_s[i] = now_s;
        out->isl[i] = 1.0 + (double)el_rng_below(&rng, 2000);
        out->osl[i] = 1.0 + (double)el_rng_below(&rng, 100);
    }
    out->all = (el_arrivals){REQUESTS, out->arrive_s, out->isl, out->osl};
}

static void serve(size_t n, const requests *log, const el_scaling *scaling,
                  const el_promise *promise, unsigned threads,
                  double energy_j[REQUESTS], double bin_j[BINS],
                  el_traffic *out)
{
    el_bins bins = {0.0, 30.0, BINS, bin_j};
    el_task task = {.threads = threads};
    el_replica r;

    assert_int_equal(el_replica_sample(16, &r), EL_OK);
    memset(bin_j, 0, BINS * sizeof *bin_j);
    assert_int_equal(
        el_traffic_serve(&(el_replicas){&r, n, scaling, promise, 0.0},
                         &log->all, &bins, energy_j, &task, out, NULL),
        EL_OK);
    el_replica_clear(&r);
}

/* Joules by request, by hour and by cause are the same joules; any number of
 * threads gives the same bits. */
static void test_accounts_agree(void **state)
{
    requests log;
    double energy_j[REQUESTS], again_j[REQUESTS], bin_j[BINS], sum_j = 0.0;
    el_traffic one, two;

    (void)state;
    make_log(8.0, &log);
    serve(3, &log, &always, &none, 1, energy_j, bin_j, &one);
    for (size_t i = 0; i < REQUESTS; i++)
        sum_j += energy_j[i];
    assert_close(sum_j, one.sum.prefill_j + one.sum.decode_j, 1e-12, 0);
    assert_close(bin_j[0] + bin_j[1] + bin_j[2] + bin_j[3],
                 sum_j + one.sum.idle_j, 1e-12, 0);
    assert_close(one.sum.prefill_s + one.sum.decode_s + one.sum.idle_s,
                 3.0 * one.span_s, 1e-12, 0);
    serve(3, &log, &always, &none, 4, again_j, bin_j, &two);
    assert_memory_equal(&one, &two, sizeof one);
    assert_memory_equal(energy_j, again_j, sizeof energy_j);
}

static void test_in_turn(void **state)
{
    requests log = {.arrive_s = {0, 0, 0, 0}};
    double energy_j[REQUESTS], bin_j[BINS];
    el_traffic t;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        log.isl[i] = 100.0;
        log.osl[i] = 1.0;
    }
    log.all = (el_arrivals){4, log.arrive_s, log.isl, log.osl};
    serve(2, &log, &always, &none, 1, energy_j, bin_j, &t);
    assert_close(t.ttft_s, 0.040, 1e-12, 0); /* two a pass */
    assert_close(t.span_s, 0.040, 1e-12, 0);
    assert_close(energy_j[3], 2.0, 1e-12, 0);
    assert_true(isnan(t.tpot_s));
}

static void test_promise(void **state)
{
    el_promise promise = {.ttft_s = 0.2, .tpot_s = NAN, .percentile = 90.0};
    requests log;
    double energy_j[REQUESTS], bin_j[BINS];
    el_traffic t;

    (void)state;
    make_log(4.0, &log);
    serve(2, &log, &always, &promise, 1, energy_j, bin_j, &t);
    assert_true(t.kept > 0.0 && t.kept < 1.0);
    assert_int_equal(t.kept >= 0.9, t.ttft_tail_s <= 0.2);
}

/* Replicas that sleep when the load is small cost less and answer later. */
static void test_sleep(void **state)
{
    el_scaling scaling = {.interval_s = 10.0,
                          .target = 0.5,
                          .wake_s = 5.0,
                          .sleep_w = 5.0,
                          .least = 1};
    requests log;
    double energy_j[REQUESTS], bin_j[BINS];
    el_traffic on, off;

    (void)state;
    make_log(1.0, &log);
    for (size_t i = REQUESTS / 2; i < REQUESTS; i++) /* then ten times faster */
        log.arrive_s[i] = log.arrive_s[REQUESTS / 2] +
                          (log.arrive_s[i] - log.arrive_s[REQUESTS / 2]) / 10.0;
    serve(4, &log, &always, &none, 1, energy_j, bin_j, &on);
    serve(4, &log, &scaling, &none, 1, energy_j, bin_j, &off);
    assert_true(off.awake > 1.0 && off.awake < 4.0);
    assert_true(off.sum.idle_j < 0.6 * on.sum.idle_j);
    assert_true(off.ttft_tail_s > on.ttft_tail_s);
}

static void test_out_of_memory(void **state)
{
    requests log;
    double energy_j[REQUESTS];
    el_bins bins = {0};
    el_replica r;
    el_traffic t;
    long k = 0;

    (void)state;
    make_log(4.0, &log);
    assert_int_equal(el_replica_sample(16, &r), EL_OK);
    for (el_status st = EL_E_NOMEM; st == EL_E_NOMEM; k++) {
        el_mem_fail_at(k);
        st = el_traffic_serve(&(el_replicas){&r, 2, &always, &none, 0.0},
                              &log.all, &bins, energy_j, NULL, &t, NULL);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
    }
    el_mem_fail_at(-1);
    assert_true(k > 7);
    el_replica_clear(&r);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accounts_agree), cmocka_unit_test(test_in_turn),
        cmocka_unit_test(test_promise),        cmocka_unit_test(test_sleep),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

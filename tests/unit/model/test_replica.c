/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include "base/mem.h"
#include "el_replica_sample.h"

#define MOST 8u

typedef struct run {
    double ttft_s[MOST], tpot_s[MOST], energy_j[MOST];
    el_replica_sum sum;
} run;

static void replay(const el_replica *replica, size_t n, const double *arrive_s,
                   const double *isl, const double *osl, double until_s,
                   run *out)
{
    el_arrivals a = {n, arrive_s, isl, osl};
    el_idle idle = {.interval_s = INFINITY};
    el_served served = {out->ttft_s, out->tpot_s, out->energy_j};
    el_bins none = {.n = 0};

    assert_int_equal(el_replica_serve(replica, &a, &idle, &none, &served, NULL,
                                      &out->sum, NULL),
                     EL_OK);
    el_replica_rest(replica, &idle, until_s, &none, &out->sum);
}

static void test_one_request(void **state)
{
    const double arrive_s[] = {2.0}, isl[] = {100.0}, osl[] = {3.0};
    el_replica r;
    run got;

    (void)state;
    assert_int_equal(el_replica_sample(4, &r), EL_OK);
    replay(&r, 1, arrive_s, isl, osl, 10.0, &got);
    assert_close(got.ttft_s[0], 0.030, 1e-12, 1e-12);
    /* contexts of 101 and 102 tokens */
    assert_close(got.tpot_s[0], 0.011 + 101.5e-6, 1e-12, 1e-12);
    assert_close(got.energy_j[0], 3.0 + 2 * 1.25 + 0.203, 1e-12, 1e-12);
    assert_close(got.sum.prefill_j, 3.0, 1e-12, 1e-12);
    assert_close(got.sum.idle_s, 10.0 - 0.030 - 0.022203, 1e-12, 1e-12);
    assert_close(got.sum.idle_j, 100.0 * got.sum.idle_s, 1e-12, 1e-12);
    assert_close(got.sum.tokens, 2.0, 0, 1e-12);
    el_replica_clear(&r);
}

/* The second comes during the first step: the next step reads its prompt too,
 * which takes 30 ms, and makes the first's last token. */
static void test_joins_in_flight(void **state)
{
    const double arrive_s[] = {0.0, 0.035}, isl[] = {100.0, 100.0},
                 osl[] = {3.0, 2.0};
    el_replica r;
    run got;

    (void)state;
    assert_int_equal(el_replica_sample(4, &r), EL_OK);
    for (size_t k = 0; k < 4; k++)
        r.context_s[k] = r.context_j[k] = 0.0;
    replay(&r, 2, arrive_s, isl, osl, 0.0, &got);
    assert_close(got.ttft_s[1], 0.041 - 0.035 + 0.041, 1e-12, 1e-12);
    assert_close(got.tpot_s[0], (0.011 + 0.041) / 2.0, 1e-12, 1e-12);
    assert_close(got.tpot_s[1], 0.011, 1e-12, 1e-12);
    assert_close(got.energy_j[0], 3.0 + 1.25 + 1.25, 1e-12, 1e-12);
    assert_close(got.energy_j[1], 3.0 + 1.25, 1e-12, 1e-12);
    assert_close(got.sum.end_s, 0.093, 1e-12, 1e-12);
    assert_close(got.sum.peak, 2.0, 0, 0);
    el_replica_clear(&r);
}

/* Together in one pass as far as the chunk goes; a full batch makes them wait.
 */
static void test_passes(void **state)
{
    const double arrive_s[] = {0, 0, 0}, isl[] = {100, 100, 100},
                 osl[] = {1, 1, 1};
    el_replica r;
    run got;

    (void)state;
    assert_int_equal(el_replica_sample(8, &r), EL_OK);
    replay(&r, 3, arrive_s, isl, osl, 0.0, &got);
    assert_close(got.ttft_s[2], 0.050, 1e-12, 1e-12);
    assert_close(got.energy_j[2], 5.0 / 3.0, 1e-12, 1e-12);
    r.chunk_tokens = 200.0;
    replay(&r, 3, arrive_s, isl, osl, 0.0, &got);
    assert_close(got.ttft_s[1], 0.040, 1e-12, 1e-12);
    assert_close(got.ttft_s[2], 0.070, 1e-12, 1e-12);
    r.batch = 1;
    replay(&r, 3, arrive_s, isl, osl, 0.0, &got);
    assert_close(got.ttft_s[2], 0.090, 1e-12, 1e-12);
    el_replica_clear(&r);
}

static void test_cache_is_a_limit(void **state)
{
    const double arrive_s[] = {0, 0, 0}, isl[] = {100, 500, 100},
                 osl[] = {2, 2, 2};
    el_replica r;
    run got;

    (void)state;
    assert_int_equal(el_replica_sample(8, &r), EL_OK);
    r.kv_tokens = 150.0; /* one of the short ones; never the long one */
    replay(&r, 3, arrive_s, isl, osl, 0.0, &got);
    assert_true(isnan(got.ttft_s[1]) && isnan(got.energy_j[1]));
    assert_int_equal(got.sum.n_refused, 1);
    assert_close(got.sum.peak, 1.0, 0, 1e-12);
    assert_true(got.ttft_s[2] > 0.060);
    el_replica_clear(&r);
}

static void test_idle_power_by_interval(void **state)
{
    const double idle_w[] = {100.0, 10.0, 20.0};
    el_idle idle = {.interval_s = 10.0, .n = 3, .idle_w = idle_w};
    el_arrivals nothing = {0};
    el_served served = {0};
    double bin_j[2] = {0};
    el_bins bins = {.from_s = 0.0, .width_s = 15.0, .n = 2, .energy_j = bin_j};
    el_replica r;
    el_replica_sum sum;

    (void)state;
    assert_int_equal(el_replica_sample(1, &r), EL_OK);
    assert_int_equal(
        el_replica_serve(&r, &nothing, &idle, &bins, &served, NULL, &sum, NULL),
        EL_OK);
    el_replica_rest(&r, &idle, 40.0, &bins, &sum);
    assert_close(sum.idle_j, 1000.0 + 100.0 + 400.0, 1e-12, 1e-12);
    assert_close(bin_j[0], 1050.0, 1e-12, 1e-12);
    assert_close(bin_j[1], 450.0, 1e-12, 1e-12);
    el_replica_clear(&r);
}

static void test_work(void **state)
{
    el_replica r;

    (void)state;
    assert_int_equal(el_replica_sample(10, &r), EL_OK);
    assert_close(el_replica_work_s(&r, 100.0, 1.0), 0.030, 1e-12, 1e-12);
    assert_close(el_replica_work_s(&r, 100.0, 201.0),
                 0.030 + 200 * (0.002 + 200.5e-6), 1e-12, 1e-12);
    el_replica_clear(&r);
}

static void test_out_of_memory(void **state)
{
    const double one[] = {1.0};
    el_arrivals a = {1, one, one, one};
    el_idle idle = {.interval_s = INFINITY};
    run got;
    el_served served = {got.ttft_s, got.tpot_s, got.energy_j};
    el_bins none = {.n = 0};
    el_replica r;

    (void)state;
    for (long k = 0; k < 2; k++) {
        el_mem_fail_at(k);
        assert_int_equal(el_replica_sample(4, &r), EL_E_NOMEM);
    }
    el_mem_fail_at(-1);
    assert_int_equal(el_replica_sample(4, &r), EL_OK);
    el_mem_fail_at(0);
    assert_int_equal(
        el_replica_serve(&r, &a, &idle, &none, &served, NULL, &got.sum, NULL),
        EL_E_NOMEM);
    el_mem_fail_at(-1);
    el_replica_clear(&r);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_request),
        cmocka_unit_test(test_joins_in_flight),
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_cache_is_a_limit),
        cmocka_unit_test(test_idle_power_by_interval),
        cmocka_unit_test(test_work),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Links and cache sizes that pools are found with. */
#include "el_test.h"

#include <string.h>

#include "app/pools.h"
#include "base/mem.h"

static const char *const gpu[] = {"h100-sxm5-80gb", "h200-sxm-141gb"};

static el_ask usual(const char *model, size_t n_gpu)
{
    el_ask ask = {.model = model,
                  .query = {.isl = 8000,
                            .osl = 200,
                            .request_rate_hz = 0.5,
                            .ttft_s = EL_UNKNOWN,
                            .tpot_s = EL_UNKNOWN,
                            .latency_s = EL_UNKNOWN,
                            .percentile = 95,
                            .gpus = 16,
                            .node_gpus = 8,
                            .pue = 1}};

    ask.axis[EL_SETUP_GPU].n = n_gpu;
    for (size_t i = 0; i < n_gpu; i++)
        ask.axis[EL_SETUP_GPU].v[i] = gpu[i];
    return ask;
}

static el_pools_answer find(el_ask ask, double nic_bytes_s)
{
    el_optimize_result none = {.n = 0};
    el_ask_state s;
    el_pools_answer a;
    el_error err = {0};

    if (el_ask_open(&ask, &s, &err) != EL_OK)
        fail_msg("%s", err.message);
    if (el_pools_find(&s, nic_bytes_s, &none, &a, &err) != EL_OK)
        fail_msg("%s", err.message);
    el_ask_close(&s);
    assert_int_equal(el_mem_live(), 0);
    assert_true(a.plan.found);
    return a;
}

/* Bytes of a prompt of 8,000 tokens, counted by hand. */
static void test_cache_bytes(void **state)
{
    el_pools_answer a = find(usual("llama-3.1-8b", 1), EL_UNKNOWN);

    (void)state;
    /* 32 layers, 8 heads of 128, keys and values of 2 bytes */
    assert_close(a.plan.transfer.bytes, 8000.0 * 32 * 8 * 128 * 2 * 2, 1e-12,
                 0);
    /* gemma-3-27b: 62 layers, 16 heads of 128; 10 see all, 52 see 1,024 */
    a = find(usual("gemma-3-27b", 1), EL_UNKNOWN);
    assert_close(a.plan.transfer.bytes,
                 (10 * 8000.0 + 52 * 1024.0) * 16 * 128 * 2 * 2, 1e-12, 0);
    /* a state does not grow */
    a = find(usual("falcon-mamba-7b", 1), EL_UNKNOWN);
    assert_true(a.plan.transfer.bytes > 1e6 && a.plan.transfer.bytes < 100e6);
}

static void test_network_card(void **state)
{
    el_ask ask = usual("llama-3.1-8b", 1);
    el_pools_answer usual_card, slow;

    (void)state;
    ask.query.node_gpus = 1; /* every GPU is a node */
    usual_card = find(ask, EL_UNKNOWN);
    slow = find(ask, 1e9);
    assert_true(usual_card.plan.transfer.far && slow.plan.transfer.far);
    assert_close(usual_card.plan.transfer.bytes_s, 40e9, 1e-12, 0);
    assert_close(slow.plan.transfer.bytes_s, 1e9, 1e-12, 0);
    assert_true(slow.plan.transfer.time_s > 1.0);
    assert_true(slow.has_verdict && slow.verdict.only);
}

static void test_two_gpus(void **state)
{
    el_pools_answer one = find(usual("llama-3.1-70b", 1), EL_UNKNOWN);
    el_pools_answer two = find(usual("llama-3.1-70b", 2), EL_UNKNOWN);

    (void)state;
    assert_true(two.plan.n_pairs > 2 * one.plan.n_pairs);
    assert_true(two.plan.energy_per_request_j <= one.plan.energy_per_request_j);
}

/* Degrees that the heads do not divide by are no pools, and no error. */
static void test_many_gpus(void **state)
{
    el_ask ask = usual("llama-3.1-8b", 1);
    el_pools_answer a;

    (void)state;
    ask.query.gpus = 2048;
    ask.query.request_rate_hz = 800;
    a = find(ask, EL_UNKNOWN);
    assert_true(a.plan.feasible && a.plan.gpus > 100);
    assert_true(a.plan.n_pairs < 200000);
}

static void test_out_of_memory(void **state)
{
    el_ask ask = usual("llama-3.1-8b", 2);
    el_optimize_result none = {.n = 0};
    el_ask_state s;
    el_status st;
    long k = 0, live;

    (void)state;
    assert_int_equal(el_ask_open(&ask, &s, NULL), EL_OK);
    live = (long)el_mem_live();
    do {
        el_pools_answer a = {.plan = {.n_pairs = 77}};
        el_mem_fail_at(k);
        st = el_pools_find(&s, EL_UNKNOWN, &none, &a, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), live);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(a.plan.n_pairs, 77);
        }
    } while (st != EL_OK && ++k < 1000);
    assert_true(k > 2);
    el_ask_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache_bytes),
        cmocka_unit_test(test_network_card),
        cmocka_unit_test(test_two_gpus),
        cmocka_unit_test(test_many_gpus),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

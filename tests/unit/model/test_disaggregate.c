/* SPDX-License-Identifier: Apache-2.0 */
/* Prompts on some GPUs, answers on others. */
#include "el_test.h"

#include "el_serving.h"

#include "base/mem.h"
#include "model/candidate.h"
#include "model/disaggregate.h"
#include "model/load.h"

static el_facts facts;
static el_group_fit fit;

/* Llama-3.1-8B: 131,072 bytes a token, 8 KV heads; NVLink and a 400 Gbit/s
 * card. */
static const el_kv_link nvlink = {.kv_bytes = 2000 * 131072.0,
                                  .kv_parts = 8,
                                  .near_bytes_s = 300e9,
                                  .near_start_s = 10e-6,
                                  .far_bytes_s = 40e9,
                                  .far_start_s = 12e-6,
                                  .j_per_byte = 500e-12};

static int setup(void **state)
{
    (void)state;
    facts = el_test_facts();
    fit = el_test_fit(&facts);
    return 0;
}

static el_optimize_query rate_query(double rate_hz)
{
    el_optimize_query q = el_test_query(&fit);

    q.request_rate_hz = rate_hz;
    return q;
}

static el_disaggregated solve(const el_optimize_query *q, el_kv_link link)
{
    el_disaggregated d;
    el_error err = {0};

    if (el_disaggregate(q, &link, NULL, 1, &d, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(el_mem_live(), 0);
    return d;
}

static void test_adds_up(void **state)
{
    const double rates[] = {0.01, 1, 8, 20};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        el_optimize_query q = rate_query(rates[i]);
        el_disaggregated d = solve(&q, nvlink);
        double share[EL_N_SHARES], sum = 0;

        assert_true(d.found && d.feasible && d.n_pairs > 0);
        el_disaggregated_shares(&d, share);
        for (el_share s = 0; s < EL_N_SHARES; s++)
            sum += share[s];
        assert_close(sum, d.energy_per_request_j, 1e-12, 0);
        assert_close(d.gpus, d.prefill.gpus + d.decode.gpus, 0, 0);
        assert_true(d.gpus <= q.gpus);
        assert_close(d.energy_per_output_token_j, d.energy_per_request_j / 400,
                     1e-12, 0);
        assert_close(d.avg_power_w, d.energy_per_request_j * rates[i], 1e-12,
                     0);
        assert_true(d.energy_per_request_lo_j < d.energy_per_request_j &&
                    d.energy_per_request_j < d.energy_per_request_hi_j);
        assert_true(d.prefill.utilisation <= EL_MAX_UTILISATION &&
                    d.decode.utilisation <= EL_MAX_UTILISATION);
        assert_true(d.prefill.most_rate_hz >= rates[i] &&
                    d.decode.most_rate_hz >= rates[i]);
        assert_close(d.ttft_s,
                     d.prefill.time_s + d.transfer.time_s + d.decode.wait_s,
                     1e-12, 0);
        assert_true(d.ttft_limit_s > d.ttft_s && d.tpot_limit_s > d.tpot_s);
        assert_int_equal(d.source, EL_SOURCE_MODELLED);
    }
}

/* Nobody else there: one prompt alone, its cache, steps of one request. */
static void test_unloaded(void **state)
{
    el_optimize_query q = rate_query(1e-7);
    el_disaggregated d = solve(&q, nvlink);
    el_prediction p;

    (void)state;
    assert_int_equal(
        el_config_predict(&q, &d.prefill.config, 1.0, false, &p, NULL), EL_OK);
    assert_close(d.prefill.time_s, p.ttft_s, 1e-5, 0);
    assert_close(d.prefill.energy_j, p.prefill_energy_j, 1e-5, 0);
    assert_int_equal(
        el_config_predict(&q, &d.decode.config, 1.0, false, &p, NULL), EL_OK);
    assert_close(d.tpot_s, p.tpot_s, 1e-5, 0);
    assert_close(d.decode.energy_j, p.decode_energy_j, 1e-5, 0);
    assert_close(d.decode.wait_s, 0, 0, 1e-5);
    /* two GPUs that wait for a request every 10^7 s */
    assert_close(d.gpus, 2, 0, 0);
    assert_close(d.idle_energy_per_request_j, 2 * 120 * 1e7, 1e-3, 0);
}

static void test_transfer(void **state)
{
    el_optimize_query q = rate_query(1);
    el_kv_link link = nvlink;
    el_disaggregated d;

    (void)state;
    q.tp = (el_values){1, {2}};
    d = solve(&q, link);
    assert_false(d.transfer.far);
    assert_close(d.transfer.time_s, 10e-6 + 2000 * 131072.0 / 2 / 300e9, 1e-12,
                 0);
    assert_close(d.transfer.energy_j, 500e-12 * 2000 * 131072.0, 1e-12, 0);
    q.node_gpus = 3; /* four GPUs: two nodes */
    d = solve(&q, link);
    assert_true(d.transfer.far);
    assert_close(d.transfer.time_s, 12e-6 + 2000 * 131072.0 / 2 / 40e9, 1e-12,
                 0);
    link.kv_parts = 1; /* a latent: both GPUs hold all of it */
    d = solve(&q, link);
    assert_close(d.transfer.bytes, 2 * 2000 * 131072.0, 1e-12, 0);
    assert_close(d.transfer.time_s, 12e-6 + 2000 * 131072.0 / 40e9, 1e-12, 0);
    link.kv_bytes = 0; /* nothing kept: only the start */
    d = solve(&q, link);
    assert_close(d.transfer.time_s, 12e-6, 1e-12, 0);
}

/* The pair is the best of all, found by asking for each sharding alone. */
static void test_least_of_shardings(void **state)
{
    el_optimize_query q = rate_query(6);
    double best = INFINITY;
    el_disaggregated all;

    (void)state;
    q.tpot_s = 0.03;
    all = solve(&q, nvlink);
    for (int k = 0; k < 4; k++) {
        el_optimize_query one = q;
        el_disaggregated d;
        one.tp = (el_values){1, {1 << k}};
        d = solve(&one, nvlink);
        if (d.feasible)
            best = fmin(best, d.energy_per_request_j);
    }
    assert_true(all.feasible && all.energy_per_request_j <= best);
    assert_true(all.tpot_limit_s <= 0.03);
}

static double energy(const el_optimize_query *q)
{
    el_disaggregated d = solve(q, nvlink);

    return d.feasible ? d.energy_per_request_j : (double)INFINITY;
}

static void test_relaxing_helps(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        uint64_t s = seed;
        el_optimize_query q = rate_query(exp(el_test_unif(&s, -3, 3))), more;
        double e;

        q.isl = floor(exp(el_test_unif(&s, 4, 9)));
        q.osl = floor(exp(el_test_unif(&s, 1, 7)));
        q.ttft_s = exp(el_test_unif(&s, -4, 1));
        q.tpot_s = exp(el_test_unif(&s, -5, -2));
        e = energy(&q);
        more = q;
        more.ttft_s *= 1.5;
        assert_true(energy(&more) <= e);
        more = q;
        more.tpot_s *= 1.5;
        assert_true(energy(&more) <= e);
        more = q;
        more.gpus += 4;
        assert_true(energy(&more) <= e);
        more = q;
        more.scope = EL_SCOPE_NODE;
        assert_true(energy(&more) >= e);
    }
}

static void test_nearest_miss(void **state)
{
    el_optimize_query q = rate_query(500);
    el_disaggregated d = solve(&q, nvlink);

    (void)state;
    assert_true(d.found && !d.feasible && d.n_reason == 1);
    assert_int_equal(d.reason[0].limit, EL_LIMIT_GPUS);
    assert_true(d.reason[0].value > 8);
    q.gpus = d.reason[0].value; /* as many as it says are enough */
    assert_true(solve(&q, nvlink).feasible);
    q = rate_query(1);
    q.ttft_s = 1e-4;
    d = solve(&q, nvlink);
    assert_false(d.feasible);
    assert_int_equal(d.reason[d.n_reason - 1].limit, EL_LIMIT_TTFT);
    q = rate_query(1);
    q.facts.dense_bytes = 1e15; /* fits nowhere */
    assert_false(solve(&q, nvlink).found);
}

static void test_lists(void **state)
{
    el_optimize_query q = rate_query(4);
    el_disaggregated d;

    (void)state;
    q.batch = (el_values){2, {16, 48}};
    d = solve(&q, nvlink);
    assert_true(d.decode.config.batch == 16 || d.decode.config.batch == 48);
    q.scope = EL_SCOPE_FACILITY;
    d = solve(&q, nvlink);
    assert_close(d.overhead_energy_per_request_j, d.energy_per_request_j / 6,
                 1e-12, 0);
}

/* Two kinds of GPU: caches travel over the slower card, and only where both
 * keep them in one format; nothing is worse than either alone. */
static void test_mixed(void **state)
{
    el_optimize_query q[2] = {rate_query(6), rate_query(6)};
    el_kv_link link[2] = {nvlink, nvlink};
    const size_t apart[2] = {0, 1};
    el_disaggregated mixed, one[2], each;

    (void)state;
    q[1].facts.gpu_idle_w = 20;
    q[0].tpot_s = q[1].tpot_s = 0.03;
    link[1].far_bytes_s = 10e9;
    assert_int_equal(el_disaggregate(q, link, NULL, 2, &mixed, NULL), EL_OK);
    assert_int_equal(el_disaggregate(q, link, apart, 2, &each, NULL), EL_OK);
    one[0] = solve(&q[0], link[0]);
    one[1] = solve(&q[1], link[1]);
    assert_close(each.energy_per_request_j,
                 fmin(one[0].energy_per_request_j, one[1].energy_per_request_j),
                 0, 0);
    assert_true(mixed.energy_per_request_j <= each.energy_per_request_j);
    assert_int_equal(mixed.n_pairs, 2 * each.n_pairs);
    /* no cache of an answer fits on the first: it can only read */
    q[0].facts.kv_bytes_per_token = 65e9 / 2200;
    q[1].facts.gpu_idle_w = 2000; /* reading there would cost */
    assert_int_equal(el_disaggregate(q, link, NULL, 2, &mixed, NULL), EL_OK);
    assert_int_equal(mixed.prefill.setup, 0);
    assert_int_equal(mixed.decode.setup, 1);
    assert_true(mixed.transfer.far);
    assert_close(mixed.transfer.bytes_s, 10e9, 0, 0);
    assert_int_equal(el_disaggregate(q, link, NULL, 0, &mixed, NULL), EL_E_ARG);
}

static void test_verdict(void **state)
{
    el_candidate c = {
        .energy_per_request_j = 100,
        .idle_energy_per_request_j = 10,
        .prediction = {.prefill_energy_j = 30, .decode_energy_j = 60}};
    el_disaggregated d = {.found = true,
                          .feasible = true,
                          .energy_per_request_j = 80,
                          .idle_energy_per_request_j = 15,
                          .prefill = {.energy_j = 29},
                          .decode = {.energy_j = 35},
                          .transfer = {.energy_j = 1}};
    el_verdict v;

    (void)state;
    assert_true(el_disaggregate_verdict(&c, &d, &v));
    assert_true(v.disaggregate && !v.only && v.by == EL_SHARE_DECODE);
    assert_close(v.saved, 0.2, 1e-12, 0);
    assert_close(v.by_j, 25, 1e-12, 0);
    assert_string_equal(el_share_name(v.by), "decode");
    d.decode.energy_j = 58;
    d.idle_energy_per_request_j = 40;
    d.energy_per_request_j = 128;
    assert_true(el_disaggregate_verdict(&c, &d, &v));
    assert_true(!v.disaggregate && v.by == EL_SHARE_IDLE);
    assert_true(el_disaggregate_verdict(NULL, &d, &v));
    assert_true(v.disaggregate && v.only);
    d.feasible = false;
    assert_true(el_disaggregate_verdict(&c, &d, &v));
    assert_true(!v.disaggregate && v.only);
    assert_false(el_disaggregate_verdict(NULL, &d, &v));
}

static void refuse(const el_optimize_query *q, const el_kv_link *link,
                   el_status want, const char *message)
{
    el_disaggregated d = {.n_pairs = 77};
    el_error err = {0};

    assert_int_equal(el_disaggregate(q, link, NULL, 1, &d, &err), want);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" has no \"%s\"", err.message, message);
    assert_int_equal(d.n_pairs, 77);
    assert_int_equal(el_mem_live(), 0);
}

static void test_refused(void **state)
{
    el_optimize_query q = rate_query(NAN);
    el_kv_link link = nvlink;
    el_group_fit whole = fit;

    (void)state;
    refuse(&q, &link, EL_E_ARG, "request rate");
    q = rate_query(1);
    q.osl = 1;
    refuse(&q, &link, EL_E_ARG, "2 tokens or more");
    q = rate_query(1);
    q.pue = 0;
    refuse(&q, &link, EL_E_ARG, "pue");
    q = rate_query(1);
    link.kv_bytes = NAN;
    refuse(&q, &link, EL_E_DATA, "bytes of a KV cache");
    link = nvlink;
    q.scope = EL_SCOPE_NODE;
    q.fit_scope = EL_SCOPE_NODE;
    refuse(&q, &link, EL_E_DATA, "whole node");
    q = rate_query(1);
    fit.has[EL_TARGET_TTFT] = false;
    refuse(&q, &link, EL_E_DATA, "no ttft_s");
    fit = whole;
    fit.model[EL_TARGET_ENERGY].prompts_unknown = true;
    q.isl = NAN;
    refuse(&q, &link, EL_E_ARG, "pools need isl");
    fit = whole;
}

static void test_out_of_memory(void **state)
{
    el_optimize_query q = rate_query(2);
    el_status st;
    long k = 0;

    (void)state;
    q.tp = (el_values){1, {1}};
    q.batch = (el_values){1, {32}};
    do {
        el_disaggregated d = {.n_pairs = 77};
        el_mem_fail_at(k);
        st = el_disaggregate(&q, &nvlink, NULL, 1, &d, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(d.n_pairs, 77);
        }
    } while (st != EL_OK && ++k < 3000);
    assert_true(k > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds_up),
        cmocka_unit_test(test_unloaded),
        cmocka_unit_test(test_transfer),
        cmocka_unit_test(test_least_of_shardings),
        cmocka_unit_test(test_relaxing_helps),
        cmocka_unit_test(test_nearest_miss),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_verdict),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

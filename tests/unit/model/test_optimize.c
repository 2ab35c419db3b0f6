/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include "el_serving.h"

#include "base/mem.h"
#include "model/candidate.h"

static el_facts facts;
static el_group_fit fit;

static int setup(void **state)
{
    (void)state;
    facts = el_test_facts();
    fit = el_test_fit(&facts);
    return 0;
}

static el_optimize_result solve(const el_optimize_query *q)
{
    el_optimize_result r;
    el_error err = {0};

    if (el_optimize(q, 1, NULL, &r, &err) != EL_OK)
        fail_msg("%s", err.message);
    return r;
}

static el_candidate make(const el_optimize_query *q, el_config config)
{
    el_candidate c;

    assert_int_equal(el_candidate_make(q, &config, &c, NULL), EL_OK);
    return c;
}

static bool breaks(const el_candidate *c, el_limit limit)
{
    for (size_t i = 0; i < c->n_reason; i++)
        if (c->reason[i].limit == limit)
            return true;
    return false;
}

static void test_offline(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    el_optimize_result r = solve(&q);
    const el_candidate *best = r.candidate;

    (void)state;
    assert_int_equal(r.n, r.n_feasible);
    assert_close(best->gpus, 8, 0, 0); /* all that there are */
    assert_close(best->utilisation, 1, 0, 0);
    assert_close(best->requests_per_s,
                 best->config.dp * best->config.batch / best->latency_s, 1e-12,
                 0);
    assert_close(best->energy_per_request_j,
                 best->prediction.energy_per_request_j, 0, 0);
    assert_close(best->avg_power_w,
                 best->energy_per_request_j * best->requests_per_s, 1e-12, 0);
    assert_close(best->ttft_s, best->prediction.ttft_s, 0, 0);
    assert_int_equal(best->source, EL_SOURCE_MODELLED);
    assert_true(r.fitted_optimal == EL_NO_CANDIDATE);
    assert_close(r.candidate[r.latency_optimal].config.batch, 1, 0, 0);
    el_optimize_result_clear(&r);
    assert_int_equal(el_mem_live(), 0);
}

/* Little: the mean in flight over all time is the rate times the latency. */
static void test_littles_law(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    const double rates[] = {0.01, 0.3, 2, 5};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        el_candidate c, alone;
        double empty;
        q.request_rate_hz = rates[i];
        c = make(&q, (el_config){1, 1, 1, 1, 128});
        assert_true(c.feasible);
        empty = c.idle_energy_per_request_j * rates[i] / 120;
        assert_true(empty > 0 && empty < 1);
        assert_close(c.in_flight * (1 - empty), rates[i] * c.latency_s, 1e-6,
                     0);
        assert_close(c.requests_per_s, rates[i], 0, 0);
        assert_true(c.in_flight_peak >= c.in_flight && c.in_flight_peak <= 128);
        /* one prompt at a time is sooner than b together, the rest later */
        alone = make(&q, (el_config){1, 1, 1, 1, 1});
        assert_true(c.ttft_s >= 0.99 * alone.prediction.ttft_s);
        assert_true(c.ttft_s < c.prediction.ttft_s || c.in_flight < 2);
        assert_true(c.tpot_s >= 0.99 * alone.prediction.tpot_s);
        assert_true(c.ttft_limit_s > c.ttft_s && c.tpot_limit_s > c.tpot_s);
    }
}

static void test_saturated(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    el_candidate c;

    (void)state;
    q.request_rate_hz = 1000;
    q.ttft_s = q.latency_s = 1e-9;
    c = make(&q, (el_config){1, 1, 1, 2, 32});
    assert_false(c.feasible);
    assert_int_equal(c.n_reason, 1); /* the wait has no number */
    assert_int_equal(c.reason[0].limit, EL_LIMIT_RATE);
    assert_close(c.reason[0].value, 1000, 0, 0);
    assert_close(c.reason[0].allowed, 0.95 * c.requests_per_s, 1e-9, 0);
    assert_close(c.in_flight, 32, 0, 0);
    assert_true(c.requests_per_s < 1000);
}

/* Within the margin it serves, but the margin is what is promised. */
static void test_margin(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    double full;
    el_candidate c;

    (void)state;
    q.request_rate_hz = 1000;
    full = make(&q, (el_config){1, 1, 1, 1, 32}).requests_per_s;
    q.request_rate_hz = 0.97 * full;
    c = make(&q, (el_config){1, 1, 1, 1, 32});
    assert_true(breaks(&c, EL_LIMIT_RATE));
    assert_close(el_candidate_miss(&c), 0.97 / 0.95, 1e-9, 0);
    assert_close(c.requests_per_s, q.request_rate_hz, 0, 0);
    q.request_rate_hz = 0.94 * full;
    assert_true(make(&q, (el_config){1, 1, 1, 1, 32}).feasible);
}

/* The automatic limit holds the load's peak, and the next smaller does not. */
static void test_automatic_batch(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    el_candidate c, smaller;
    double b = 1;

    (void)state;
    q.request_rate_hz = 3;
    c = make(&q, (el_config){1, 1, 1, 1, NAN});
    assert_true(c.feasible && c.in_flight_peak <= c.config.batch);
    while (b < c.config.batch) {
        smaller = make(&q, (el_config){1, 1, 1, 1, b});
        assert_true(smaller.utilisation > 0.95 || smaller.in_flight_peak == b);
        b = el_batch_next(b);
    }
    q.request_rate_hz = 1e6; /* then the largest that fits */
    c = make(&q, (el_config){1, 1, 1, 1, NAN});
    assert_true(2 * c.config.batch > el_config_most_requests(&q, &c.config));
    c = make(&q, (el_config){1, 1, 1, NAN, NAN});
    assert_close(c.config.dp, 8, 0, 0);
    q.request_rate_hz = NAN;
    c = make(&q, (el_config){1, 1, 1, 1, NAN});
    assert_close(c.config.batch, el_config_most_requests(&q, &c.config), 0, 0);
}

static void test_memory(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    double cap = el_facts_kv_capacity(&facts, 1, 1);
    el_candidate c;

    (void)state;
    c = make(&q, (el_config){1, 1, 1, 1, floor(cap / 2400) + 1});
    assert_int_equal(c.n_reason, 1);
    assert_int_equal(c.reason[0].limit, EL_LIMIT_KV_CACHE);
    assert_close(c.reason[0].allowed, cap, 1e-12, 0);
    assert_true(make(&q, (el_config){1, 1, 1, 1, floor(cap / 2400)}).feasible);
    q.facts.dense_bytes = 200e9;
    c = make(&q, (el_config){2, 1, 1, 1, 1});
    assert_int_equal(c.reason[0].limit, EL_LIMIT_WEIGHTS);
    assert_close(c.reason[0].value, 100e9, 1e-12, 0);
    assert_close(c.reason[0].allowed, 0.9 * 0.985 * 80 * 1073741824.0 - 1.2e9,
                 1e-9, 0);
    assert_true(c.prediction.does_not_fit);
    q.facts.gpu_memory_bytes = NAN; /* nobody knows: not checked */
    assert_true(make(&q, (el_config){2, 1, 1, 1, 1e5}).feasible);
}

static void test_limits(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    el_config config = {2, 1, 1, 1, 16};
    el_candidate c = make(&q, config);
    const el_prediction *p = &c.prediction;

    (void)state;
    /* the 95th percentile is the upper end of the two-sided 90 % interval */
    assert_close(c.tpot_limit_s, p->tpot_hi_s, 1e-7, 0);
    assert_close(c.ttft_limit_s, p->ttft_hi_s, 1e-7, 0);
    q.tpot_s = 0.99 * c.tpot_limit_s;
    q.ttft_s = 1.01 * c.ttft_limit_s;
    q.latency_s = 0.5 * c.latency_limit_s;
    q.gpus = 1;
    c = make(&q, config);
    assert_true(breaks(&c, EL_LIMIT_TPOT) && breaks(&c, EL_LIMIT_LATENCY) &&
                breaks(&c, EL_LIMIT_GPUS));
    assert_false(breaks(&c, EL_LIMIT_TTFT));
    assert_close(el_candidate_miss(&c), 2, 1e-9, 0);
    q.percentile = 50; /* the median */
    c = make(&q, config);
    assert_close(c.tpot_limit_s, p->tpot_s, 1e-9, 0);
    q.osl = 1; /* nothing after the first token */
    c = make(&q, config);
    assert_close(c.latency_s, c.ttft_s, 1e-12, 0);
}

static void test_scopes(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    el_config config = {2, 1, 1, 1, 16};
    el_candidate use = make(&q, config), node, site;
    double idle = 6 * 120 / use.requests_per_s;

    (void)state;
    q.scope = EL_SCOPE_NODE;
    node = make(&q, config);
    q.scope = EL_SCOPE_FACILITY;
    site = make(&q, config);
    assert_close(use.idle_energy_per_request_j, 0, 0, 0);
    assert_close(node.idle_energy_per_request_j, idle, 1e-12, 0);
    assert_close(node.energy_per_request_j, use.energy_per_request_j + idle,
                 1e-12, 0);
    assert_close(node.energy_per_request_hi_j,
                 use.energy_per_request_hi_j + idle, 1e-12, 0);
    assert_close(site.energy_per_request_j, 1.2 * node.energy_per_request_j,
                 1e-12, 0);
    assert_close(site.overhead_energy_per_request_j,
                 0.2 * node.energy_per_request_j, 1e-12, 0);
    /* joules of nodes hold the idle GPUs already */
    q.fit_scope = EL_SCOPE_NODE;
    assert_close(make(&q, config).idle_energy_per_request_j, 0, 0, 0);
    /* nine GPUs are two nodes */
    q.fit_scope = EL_SCOPE_GPUS;
    q.scope = EL_SCOPE_NODE;
    node = make(&q, (el_config){1, 1, 1, 9, 16});
    assert_close(node.idle_energy_per_request_j, 7 * 120 / node.requests_per_s,
                 1e-12, 0);
}

static void test_unknown_idle(void **state)
{
    el_optimize_query q = el_test_query(&fit);

    (void)state;
    q.facts.gpu_idle_w = NAN;
    q.request_rate_hz = 0.1;
    assert_close(make(&q, (el_config){1, 1, 1, 1, 8}).idle_energy_per_request_j,
                 0, 0, 0);
}

static void test_expert_gpus(void **state)
{
    el_config config = {2, 3, 8, 2, 1};

    (void)state;
    assert_close(el_config_gpus(&config), 48, 0, 0);
}

static void test_ep_is_tp(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    el_optimize_result r;

    (void)state;
    q.ep_is_tp = true;
    r = solve(&q);
    for (size_t i = 0; i < r.n; i++)
        assert_true(r.candidate[i].config.ep == r.candidate[i].config.tp);
    el_optimize_result_clear(&r);
}

static void test_lists(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    el_optimize_result r;

    (void)state;
    q.tp = (el_values){2, {1, 2}};
    q.pp = (el_values){2, {1, 2}};
    q.ep = (el_values){2, {1, 4}};
    q.dp = (el_values){2, {1, 2}};
    q.batch = (el_values){3, {1, 8, 64}};
    q.has_current = true;
    q.current = (el_config){4, 1, 1, NAN, 7};
    r = solve(&q);
    assert_int_equal(r.n, 48);
    assert_true(r.n_feasible > 0 && r.n_feasible < r.n); /* 16 GPUs */
    assert_true(r.has_current);
    assert_close(r.current.config.dp, 2, 0, 0);
    assert_close(r.current.config.batch, 7, 0, 0);
    el_optimize_result_clear(&r);
}

static void test_nothing_feasible(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    el_optimize_result r;

    (void)state;
    q.tpot_s = 1e-4;
    r = solve(&q);
    assert_int_equal(r.n_feasible, 0);
    assert_true(r.latency_optimal == EL_NO_CANDIDATE);
    for (size_t i = 1; i < r.n; i++)
        assert_true(el_candidate_miss(&r.candidate[i]) >=
                    el_candidate_miss(&r.candidate[i - 1]));
    el_optimize_result_clear(&r);
}

/* Outside the fitted range is said; the best inside it is found. */
static void test_fitted_optimal(void **state)
{
    el_group_fit ranged = fit;
    el_optimize_query q = el_test_query(&ranged);
    el_model *m = &ranged.model[EL_TARGET_ENERGY];
    el_optimize_result r;

    (void)state;
    m->n_rows = 50;
    for (el_axis a = 0; a < EL_N_AXES; a++) {
        m->lo[a] = 1;
        m->hi[a] = a == EL_AXIS_BATCH ? 32 : 1e6;
    }
    m->hi[EL_AXIS_DP] = 1; /* replicas are no extrapolation */
    r = solve(&q);
    assert_int_equal(r.candidate[0].source, EL_SOURCE_EXTRAPOLATED);
    assert_int_equal(r.candidate[0].prediction.extrapolated_axes,
                     1u << EL_AXIS_BATCH);
    assert_true(r.fitted_optimal != EL_NO_CANDIDATE);
    assert_close(r.candidate[r.fitted_optimal].config.batch, 32, 0, 0);
    m->hi[EL_AXIS_DP] = 2; /* a fit that saw two says how far eight is */
    q.match_source = EL_SOURCE_MODELLED;
    el_optimize_result_clear(&r);
    r = solve(&q);
    assert_int_equal(r.candidate[0].source, EL_SOURCE_MODELLED);
    el_optimize_result_clear(&r);
}

static void refuse(const el_optimize_query *q, el_status want,
                   const char *message)
{
    el_optimize_result r = {.n = 77};
    el_error err = {0};

    assert_int_equal(el_optimize(q, 1, NULL, &r, &err), want);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" has no \"%s\"", err.message, message);
    assert_int_equal(r.n, 77);
    assert_int_equal(el_mem_live(), 0);
}

#define REFUSE(set, want, message)                                             \
    do {                                                                       \
        el_optimize_query q = el_test_query(&fit);                             \
        q.set;                                                                 \
        refuse(&q, want, message);                                             \
    } while (0)

static void test_arguments(void **state)
{
    (void)state;
    REFUSE(isl = 0, EL_E_ARG, "isl: not above 0");
    REFUSE(osl = -1, EL_E_ARG, "osl: not above 0");
    REFUSE(osl = NAN, EL_E_ARG, "osl: needed");
    REFUSE(request_rate_hz = 0, EL_E_ARG, "request-rate");
    REFUSE(ttft_s = INFINITY, EL_E_ARG, "ttft");
    REFUSE(tpot_s = 0, EL_E_ARG, "tpot");
    REFUSE(latency_s = 0, EL_E_ARG, "latency limit");
    REFUSE(node_gpus = 0, EL_E_ARG, "node-gpus");
    REFUSE(percentile = 49, EL_E_ARG, "percentile");
    REFUSE(percentile = 100, EL_E_ARG, "percentile");
    REFUSE(pue = 0.9, EL_E_ARG, "pue");
    REFUSE(gpus = 0, EL_E_ARG, "gpus");
    REFUSE(gpus = INFINITY, EL_E_ARG, "gpus");
    REFUSE(tp = ((el_values){1, {0}}), EL_E_ARG, "tp: below 1");
    REFUSE(batch = ((el_values){1, {NAN}}), EL_E_ARG, "batch: below 1");
}

static void test_missing_in_fit(void **state)
{
    el_group_fit whole = fit;

    (void)state;
    REFUSE(fit_scope = EL_SCOPE_NODE, EL_E_DATA, "joules of the whole node");
    fit.has[EL_TARGET_TTFT] = false;
    REFUSE(ttft_s = 1, EL_E_DATA, "a TTFT limit needs ttft_s");
    fit.has[EL_TARGET_ITL] = false;
    REFUSE(tpot_s = 1, EL_E_DATA, "a TPOT limit needs itl_s");
    fit.has[EL_TARGET_LATENCY] = false;
    REFUSE(request_rate_hz = 1, EL_E_DATA, "a rate or latency limit needs");
    fit = whole;
    {
        el_optimize_query q = el_test_query(&fit);
        q.ttft_s = 1;
        q.isl = NAN;
        refuse(&q, EL_E_ARG, "isl: needed by this fit");
        fit.model[EL_TARGET_ENERGY].prompts_unknown = true;
        refuse(&q, EL_E_ARG, "a TTFT limit needs isl");
        fit = whole;
        q = el_test_query(&fit);
        q.scope = EL_SCOPE_NODE;
        q.facts.gpu_idle_w = NAN;
        refuse(&q, EL_E_DATA, "idle watts");
    }
}

/* With fewer times than all, what is measured stands in. */
static void test_fewer_times(void **state)
{
    el_group_fit whole = fit;
    el_optimize_query q = el_test_query(&fit);
    el_candidate c;

    (void)state;
    fit.has[EL_TARGET_TTFT] = false;
    q.request_rate_hz = 1;
    c = make(&q, (el_config){1, 1, 1, 1, 32});
    assert_true(isnan(c.ttft_s));
    /* steps grow with what is in flight, which varies around its mean */
    assert_close(c.latency_s, c.prediction.latency_s, 0.03, 0);
    fit.has[EL_TARGET_LATENCY] = false;
    c = make(&q, (el_config){1, 1, 1, 1, 32});
    assert_close(c.latency_s, 400 * c.prediction.tpot_s, 0.03, 0);
    fit = whole;
}

static void test_too_many(void **state)
{
    el_optimize_query q = el_test_query(&fit);

    (void)state;
    q.tp.n = q.pp.n = q.ep.n = q.dp.n = q.batch.n = EL_MAX_VALUES;
    for (size_t i = 0; i < EL_MAX_VALUES; i++)
        q.tp.v[i] = q.pp.v[i] = q.ep.v[i] = q.dp.v[i] = q.batch.v[i] =
            (double)(i + 1);
    refuse(&q, EL_E_ARG, "too many configurations");
}

static void test_out_of_memory(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    el_status st;
    long k = 0;

    (void)state;
    q.tp = (el_values){1, {1}};
    q.batch = (el_values){2, {1, 2}};
    q.has_current = true;
    q.current = (el_config){1, 1, 1, 1, 4};
    do {
        el_optimize_result r = {.n = 77};
        el_mem_fail_at(k);
        st = el_optimize(&q, 1, NULL, &r, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK)
            el_optimize_result_clear(&r);
        else
            assert_int_equal(r.n, 77);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
    } while (st != EL_OK && ++k < 1000);
    assert_true(k > 0);
}

static void test_rate_out_of_memory(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    el_config config = {1, 1, 1, 1, NAN};
    el_status st;
    long k = 0;

    (void)state;
    q.request_rate_hz = 2;
    do {
        el_candidate c;
        el_mem_fail_at(k);
        st = el_candidate_make(&q, &config, &c, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
    } while (st != EL_OK && ++k < 2000);
}

static void test_explore_errors(void **state)
{
    el_optimize_query base = el_test_query(&fit);
    el_explore_query q = {.base = &base, .n_base = 1};
    el_explore_result r = {.n = 77};
    el_status st;
    el_error err;
    long k = 0;

    (void)state;
    assert_int_equal(el_explore(&q, NULL, NULL, NULL, &r, &err), EL_E_ARG);
    assert_string_equal(err.message, "osl: needed");
    q.osl = (el_values){1, {100}};
    q.isl = (el_values){1, {100}};
    base.dp = base.tp = (el_values){1, {1}};
    base.batch = (el_values){2, {1, 2}};
    base.pue = 0;
    assert_int_equal(el_explore(&q, NULL, NULL, NULL, &r, &err), EL_E_ARG);
    base.pue = 1;
    do {
        el_mem_fail_at(k);
        st = el_explore(&q, NULL, NULL, NULL, &r, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(r.n, 77);
            assert_int_equal(el_mem_live(), 0);
        }
    } while (st != EL_OK && ++k < 1000);
    assert_int_equal(r.n, 2);
    el_explore_result_clear(&r);
    assert_string_equal(el_latency_axis_name(EL_LATENCY_REQUEST), "e2e");
}

static void test_batch_grid(void **state)
{
    const double want[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};
    double b = 1;

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_close(b, want[i], 0, 0);
        b = el_batch_next(b);
    }
}

static void test_names(void **state)
{
    const char *const want[] = {"gpus", "weights", "kv_cache", "request_rate",
                                "ttft", "tpot",    "latency"};

    (void)state;
    for (el_limit l = 0; l < EL_N_LIMITS; l++)
        assert_string_equal(el_limit_name(l), want[l]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offline),
        cmocka_unit_test(test_littles_law),
        cmocka_unit_test(test_saturated),
        cmocka_unit_test(test_margin),
        cmocka_unit_test(test_automatic_batch),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_unknown_idle),
        cmocka_unit_test(test_expert_gpus),
        cmocka_unit_test(test_ep_is_tp),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_nothing_feasible),
        cmocka_unit_test(test_fitted_optimal),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_missing_in_fit),
        cmocka_unit_test(test_fewer_times),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_rate_out_of_memory),
        cmocka_unit_test(test_explore_errors),
        cmocka_unit_test(test_batch_grid),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

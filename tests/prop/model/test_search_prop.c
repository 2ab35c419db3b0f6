/* SPDX-License-Identifier: Apache-2.0 */
/* What a search shares between configurations changes no bit: the seed is
 * printed where it does. */
#include "el_test.h"

#include "el_serving.h"

#include <string.h>

#include "model/candidate.h"
#include "model/load.h"
#include "model/predict.h"

#define N_CASES 300

static el_facts facts;
static el_group_fit fit;

static int setup(void **state)
{
    (void)state;
    facts = el_test_facts();
    fit = el_test_fit(&facts);
    return 0;
}

static double log_unif(uint64_t *s, double lo, double hi)
{
    return exp(el_test_unif(s, log(lo), log(hi)));
}

static el_queue_times random_times(uint64_t *s, double most)
{
    el_queue_times t = {.n = 0};
    double prompt_s = log_unif(s, 1e-3, 2), step_s = log_unif(s, 4e-3, 0.04);
    double b = 1.0;

    while (t.n < EL_QUEUE_KNOTS) {
        t.at[t.n] = b;
        t.prompts_s[t.n] = prompt_s *= el_test_unif(s, 1, 2);
        t.step_s[t.n++] = step_s *= el_test_unif(s, 1, 1.3);
        if (b >= most)
            break;
        b = fmin(el_batch_next(b), most);
    }
    return t;
}

static el_queue_load random_load(uint64_t *s, const el_queue_times *t)
{
    el_queue_load load = {1.0, t->at[t->n - 1], floor(log_unif(s, 1, 1000)),
                          log_unif(s, 0.2, 50), el_test_unif(s, 0.5, 0.999)};
    el_queue q;

    el_queue_serve(t, &load, &q);
    load.rate_hz = q.most_rate_hz * log_unif(s, 1e-3, 1.1);
    return load;
}

static void same(const el_queue *a, const el_queue *b, uint64_t seed)
{
    double x[sizeof *a / sizeof(double)], y[sizeof *b / sizeof(double)];

    memcpy(x, a, sizeof x);
    memcpy(y, b, sizeof y);
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        if (x[i] != y[i])
            fail_msg("seed %llu: number %zu of el_queue: %.17g and %.17g",
                     (unsigned long long)seed, i, x[i], y[i]);
}

/* One flow asked for many batches in any order: as if each were asked alone. */
static void test_flow_is_each_alone(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        uint64_t s = seed;
        el_queue_times t = random_times(&s, floor(log_unif(&s, 1, 600)));
        el_queue_load load = random_load(&s, &t);
        el_queue_flow flow;

        el_queue_flow_begin(&flow, &t, &load);
        for (int k = 0; k < 12; k++) {
            el_queue one, other;

            load.batch = t.at[el_test_next(&s) % t.n];
            el_queue_flow_serve(&flow, load.batch, &one);
            el_queue_serve(&t, &load, &other);
            same(&one, &other, seed);
        }
    }
}

/* The definition of el_batch_choose, every batch of the grid served. */
static double exhaustive(const el_queue_times *t, el_queue_load load,
                         el_queue *out)
{
    double most = load.batch, peak;

    el_queue_serve(t, &load, out);
    if (!(out->utilisation < EL_MAX_UTILISATION))
        return most;
    peak = out->peak;
    load.batch = 1.0;
    while (load.batch < most) {
        el_queue q;

        el_queue_serve(t, &load, &q);
        if (load.batch >= peak && q.utilisation <= EL_MAX_UTILISATION &&
            q.full <= 1.0 - load.percentile) {
            *out = q;
            break;
        }
        load.batch = fmin(el_batch_next(load.batch), most);
    }
    return load.batch;
}

static void test_choice_is_exhaustive(void **state)
{
    size_t smaller = 0;

    (void)state;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        uint64_t s = seed;
        double most = floor(log_unif(&s, 1, 600));
        el_queue_times t = random_times(&s, most);
        el_queue_load load = random_load(&s, &t);
        el_queue_flow flow;
        el_queue got, want;
        double batch;

        el_queue_flow_begin(&flow, &t, &load);
        batch = el_batch_choose(&flow, most, &got);
        assert_close(batch, exhaustive(&t, load, &want), 0, 0);
        same(&got, &want, seed);
        smaller += batch < most;
    }
    assert_true(smaller > N_CASES / 4); /* the choice was one */
}

static el_optimize_query random_query(uint64_t *s)
{
    el_optimize_query q = el_test_query(&fit);

    q.isl = floor(log_unif(s, 16, 16000));
    q.osl = floor(log_unif(s, 1, 4000));
    q.request_rate_hz = log_unif(s, 0.01, 50);
    q.gpus = 64;
    return q;
}

/* A whole number from 0 to n - 1. */
static double pick(uint64_t *s, uint64_t n)
{
    return (double)(el_test_next(s) % n);
}

static el_config random_config(uint64_t *s)
{
    const double tp = exp2(pick(s, 3)), pp = 1.0 + pick(s, 2);
    const double dp = 1.0 + pick(s, 4), batch = 1.0 + pick(s, 200);

    return (el_config){tp, pp, 1.0, dp, pick(s, 3) > 0.0 ? EL_UNKNOWN : batch};
}

/* Neighbours of a search leave nothing behind that changes an answer. */
static void test_next_is_make(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_CASES / 10; seed++) {
        uint64_t s = seed;
        el_optimize_query q[2] = {random_query(&s), random_query(&s)};
        el_candidate_memo memo = {.query = NULL};

        for (int k = 0; k < 30; k++) {
            const el_optimize_query *one = &q[el_test_next(&s) % 2];
            el_config config = random_config(&s);
            el_candidate a, b;

            assert_int_equal(el_candidate_next(one, &config, &memo, &a, NULL),
                             EL_OK);
            assert_int_equal(el_candidate_make(one, &config, &b, NULL), EL_OK);
            assert_memory_equal(&a.config, &b.config, sizeof a.config);
            assert_memory_equal(&a.in_flight, &b.in_flight,
                                offsetof(el_candidate, prediction) -
                                    offsetof(el_candidate, in_flight));
            assert_int_equal(a.n_reason, b.n_reason);
        }
    }
}

static void same_bits(double a, double b)
{
    assert_memory_equal(&a, &b, sizeof a);
}

/* Times asked for together, other facts too (the parameters move). */
static void test_times_are_predictions(void **state)
{
    el_facts other = facts;

    (void)state;
    other.dense_bytes *= 0.5;
    for (uint64_t seed = 0; seed < N_CASES / 10; seed++) {
        const el_facts *of = seed % 2 ? &other : &facts;
        el_group_fit some = fit;
        el_prediction got[EL_QUEUE_KNOTS], want;
        el_point point[EL_QUEUE_KNOTS];
        uint64_t s = seed;

        some.has[EL_TARGET_LATENCY] = seed % 3 != 0;
        some.has[EL_TARGET_ITL] = seed % 5 != 0;
        for (size_t i = 0; i < EL_QUEUE_KNOTS; i++)
            point[i] = (el_point){.tp = exp2(pick(&s, 4)),
                                  .pp = 1.0 + pick(&s, 2),
                                  .ep = 1.0,
                                  .dp = 1.0,
                                  .batch = floor(log_unif(&s, 1, 500)),
                                  .isl = floor(log_unif(&s, 16, 16000)),
                                  .osl = floor(log_unif(&s, 1, 4000)),
                                  .workload = -1,
                                  .steady = el_test_next(&s) % 2};
        el_fit_times(&some, of, point, EL_QUEUE_KNOTS, "", got);
        for (size_t i = 0; i < EL_QUEUE_KNOTS; i++) {
            assert_int_equal(el_fit_predict(&some, of, &point[i], "",
                                            point[i].batch, &want, NULL),
                             EL_OK);
            same_bits(got[i].ttft_s, want.ttft_s);
            same_bits(got[i].tpot_s, want.tpot_s);
            same_bits(got[i].latency_s, want.latency_s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow_is_each_alone),
        cmocka_unit_test(test_choice_is_exhaustive),
        cmocka_unit_test(test_next_is_make),
        cmocka_unit_test(test_times_are_predictions),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

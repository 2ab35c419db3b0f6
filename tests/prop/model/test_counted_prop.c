/* SPDX-License-Identifier: Apache-2.0 */
/* What counters alone tell of a log costs what the log costs. */
#include "el_test.h"

#include <string.h>

#include "base/rng.h"
#include "el_replica_sample.h"
#include "model/counted.h"

#define REQUESTS 3000u

static double arrive_s[REQUESTS], isl[REQUESTS], osl[REQUESTS];
static double result[3 * REQUESTS];

static void make_log(double rate_hz, uint64_t seed)
{
    el_rng rng;
    double now_s = 0.0;

    el_rng_init(&rng, seed, 0);
    for (size_t i = 0; i < REQUESTS; i++) {
        now_s -= log1p(-el_rng_unit(&rng)) / rate_hz;
        arrive_s[i] = now_s;
        isl[i] = 1.0 + (double)el_rng_below(&rng, 2000);
        osl[i] = 1.0 + (double)el_rng_below(&rng, 200);
    }
}

/* As a server counts. A request has its prompt and half of its answer in the
 * cache while it decodes, long answers for longer. */
static el_counted count(const el_replica_sum *sum)
{
    el_counted c = {.replica_s = sum->end_s,
                    .prompts = REQUESTS,
                    .tokens = sum->tokens,
                    .steps = sum->steps};
    double context = 0.0;

    for (size_t i = 0; i < REQUESTS; i++) {
        c.prompt_tokens += isl[i];
        context += (osl[i] - 1.0) * (isl[i] + osl[i] / 2.0);
    }
    c.context = context / sum->tokens;
    return c;
}

static void same_joules(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        const double rate_hz = 0.2 * pow(2.0, (double)seed);
        el_arrivals log = {REQUESTS, arrive_s, isl, osl};
        el_served served = {result, result + REQUESTS,
                            result + (size_t)2 * REQUESTS};
        el_idle always = {INFINITY, 1, NULL};
        el_bins none = {0};
        el_replica_sum want, got;
        el_counted c;
        el_replica r;

        make_log(rate_hz, seed);
        assert_int_equal(el_replica_sample(64, &r), EL_OK);
        assert_int_equal(el_replica_serve(&r, &log, &always, &none, &served,
                                          NULL, &want, NULL),
                         EL_OK);
        c = count(&want);
        el_replica_counted(&r, &c, &got);
        /* the sample's steps are linear in b, but for context times b */
        assert_close(got.decode_j, want.decode_j, 0.03, 0);
        assert_close(got.decode_s, want.decode_s, 0.03, 0);
        /* shared passes save the empty pass */
        assert_true(got.prefill_j >= 0.999 * want.prefill_j);
        assert_close(got.prefill_j, want.prefill_j, 0.1, 0);
        assert_close(got.prefill_j + got.decode_j + got.idle_j,
                     want.prefill_j + want.decode_j + want.idle_j, 0.05, 0);
        c.steps = NAN; /* a server that does not count them */
        c.in_flight = want.tokens / want.steps;
        el_replica_counted(&r, &c, &got);
        assert_close(got.decode_j, want.decode_j, 0.03, 0);
        el_replica_clear(&r);
    }
}

static void nothing(void **state)
{
    el_counted c = {.replica_s = 10.0};
    el_replica_sum got;
    el_replica r;

    (void)state;
    assert_int_equal(el_replica_sample(4, &r), EL_OK);
    el_replica_counted(&r, &c, &got);
    assert_close(got.idle_j, 1000.0, 0, 0);
    assert_close(got.prefill_j + got.decode_j, 0.0, 0, 0);
    /* more than a batch holds, in no time: nothing is idle or below 0 */
    c = (el_counted){.tokens = 100.0, .steps = 1.0, .context = 10.0};
    el_replica_counted(&r, &c, &got);
    assert_close(got.steps, 25.0, 1e-12, 0);
    assert_close(got.idle_s, 0.0, 0, 0);
    el_replica_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_joules),
                                       cmocka_unit_test(nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

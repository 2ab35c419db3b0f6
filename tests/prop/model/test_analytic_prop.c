/* SPDX-License-Identifier: Apache-2.0 */
/* V10 of the analytic notes on whole configurations drawn at random. */
#include "el_analytic_sample.h"

#include <stdio.h>
#include <string.h>

#define N_DRAWS 1500
#define SEED    20261121u

#define N_GPU 3u

static double pick(uint64_t *s, const double *from, size_t n)
{
    return from[el_test_next(s) % n];
}

static double log_unif(uint64_t *s, double lo, double hi)
{
    return floor(exp(el_test_unif(s, log(lo), log(hi))));
}

static el_gpu gpu_of(size_t i)
{
    return i == 0   ? el_sample_a100()
           : i == 1 ? el_sample_h100()
                    : el_sample_b200();
}

static el_point random_point(uint64_t *s)
{
    static const double tp[] = {1, 2, 4, 8}, pp[] = {1, 1, 2, 4};
    el_point p = el_sample_point(pick(s, tp, 4), log_unif(s, 1, 512),
                                 log_unif(s, 1, 20000), log_unif(s, 1, 4000));

    p.pp = pick(s, pp, 4);
    p.dp = (double)(1 + el_test_next(s) % 3);
    p.steady = el_test_next(s) & 1;
    return p;
}

static const char *say(const el_point *p)
{
    static char text[160];

    (void)snprintf(text, sizeof text,
                   "tp %g pp %g dp %g batch %g isl %g osl %g steady %d", p->tp,
                   p->pp, p->dp, p->batch, p->isl, p->osl, p->steady);
    return text;
}

static double term_of(const el_terms *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->term[i].name, name) == 0)
            return t->term[i].value;
    return EL_UNKNOWN;
}

static double terms_sum(const el_terms *t)
{
    double sum = 0.0;

    for (size_t i = 0; i < t->n; i++)
        sum += t->term[i].value;
    return sum;
}

/* Watts of a GPU are between idle and the board's limit. */
static void test_power(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    uint64_t seed = SEED;
    double most = 0.0;

    (void)state;
    for (size_t g = 0; g < N_GPU; g++) {
        el_analytic_sample s =
            el_sample_analytic(el_llama, &a, gpu_of(g), "vLLM");

        for (int i = 0; i < N_DRAWS; i++) {
            el_point p = random_point(&seed);
            el_prediction y = el_sample_predict(&s, p);
            double w = y.avg_power_w / (p.tp * p.pp * p.dp);

            most = fmax(most, w / s.device.cap_w);
            if (!(w <= s.device.cap_w * 1.001 && w >= s.device.idle_w * 0.999))
                fail_msg("seed %u draw %d, %s: %s: %g W of %g to %g", SEED, i,
                         s.device.slug, say(&p), w, s.device.idle_w,
                         s.device.cap_w);
        }
        el_sample_close(&s);
    }
    print_message("seed %u: most power of a GPU over its limit: %.4f\n", SEED,
                  most);
}

static void test_sums(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_h100(), "vLLM");
    uint64_t seed = SEED + 1;

    (void)state;
    for (int i = 0; i < N_DRAWS; i++) {
        el_point p = random_point(&seed);
        el_prediction y = el_sample_predict(&s, p);

        for (size_t k = 0; k < y.terms.n; k++)
            if (!(y.terms.term[k].value >= 0))
                fail_msg("seed %u draw %d: %s: %s %g J", SEED + 1, i, say(&p),
                         y.terms.term[k].name, y.terms.term[k].value);
        assert_close(terms_sum(&y.terms), y.energy_per_request_j, 1e-9, 0);
        if (p.tp * p.pp <= 1)
            assert_close(term_of(&y.terms, "communication"), 0, 0, 0);
        assert_true(y.ttft_s > 0 && y.tpot_s > 0 && y.latency_s >= y.ttft_s);
    }
    el_sample_close(&s);
}

/*
 * No faster than weights and cache from memory, nor than FLOP at the peak. A
 * step reads the caches of b requests of isl tokens at least.
 */
static void check_roofline(const el_analytic_sample *s, const el_point *p,
                           const el_prediction *y, int draw)
{
    el_shard shard = el_sample_shard(p->tp, p->pp, p->ep);
    const el_plan *plan = el_analytic_plan(s->analytic, &shard);
    double weights = 80.0 * 855638016.0; /* without embedding */
    double gpus = p->tp * p->pp;
    double cache = p->batch * el_plan_cache_bytes(plan, p->isl) / 1.001;
    double bytes = (2 * weights / gpus + cache) / s->device.bw_bytes_s;
    double step = 2 * weights * p->batch / gpus / s->device.flop_s_16;
    double prompts = p->steady ? 1 : p->batch;
    double prefill =
        2 * weights * prompts * p->isl / gpus / s->device.flop_s_16;

    if (!(y->tpot_s >= bytes && y->tpot_s >= step && y->ttft_s >= prefill))
        fail_msg("seed %u draw %d: %s: tpot %g s, bytes %g, flop %g; ttft %g, "
                 "flop %g",
                 SEED + 2, draw, say(p), y->tpot_s, bytes, step, y->ttft_s,
                 prefill);
}

static void test_roofline(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    uint64_t seed = SEED + 2;

    (void)state;
    for (size_t g = 0; g < N_GPU; g++) {
        el_analytic_sample s =
            el_sample_analytic(el_llama, &a, gpu_of(g), "TensorRT-LLM");

        for (int i = 0; i < N_DRAWS; i++) {
            el_point p = random_point(&seed);
            el_prediction y = el_sample_predict(&s, p);

            check_roofline(&s, &p, &y, i);
        }
        el_sample_close(&s);
    }
}

/* Joules per output token fall with each doubling, while all fit at once. */
static void test_batch(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_h100(), "vLLM");
    uint64_t seed = SEED + 3;

    (void)state;
    for (int i = 0; i < N_DRAWS / 5; i++) {
        el_point p = random_point(&seed);
        double before = INFINITY;

        p.pp = 1;
        p.isl = fmin(p.isl, 4000);
        p.osl = fmax(p.osl, 64);
        for (unsigned b = 1; b <= 256; b *= 2) {
            el_prediction y;

            p.batch = (double)b;
            y = el_sample_predict(&s, p);

            if (y.does_not_fit)
                break;
            if (!p.steady) { /* waves: the cache holds fewer requests */
                el_shard shard = el_sample_shard(p.tp, 1, 1);
                const el_plan *plan = el_analytic_plan(s.analytic, &shard);
                if (p.batch * el_plan_cache_bytes(plan, p.isl + p.osl) >
                    0.5 * (s.device.memory_bytes - el_plan_weight_bytes(plan)))
                    break;
            }
            if (!(y.energy_per_output_token_j <= before * 1.001))
                fail_msg("seed %u draw %d: %s: %g J/token, %g at half the "
                         "batch",
                         SEED + 3, i, say(&p), y.energy_per_output_token_j,
                         before);
            before = y.energy_per_output_token_j;
        }
    }
    el_sample_close(&s);
}

/* Twice the layers cost more of everything; times at most twice. */
static void test_layers(void **state)
{
    char text[sizeof el_llama];
    el_arch_desc a = el_sample_arch(80), half = el_sample_arch(40);
    el_analytic_sample s, less;
    uint64_t seed = SEED + 4;
    char *count;

    (void)state;
    memcpy(text, el_llama, sizeof text);
    count = strstr(text, "x 80");
    assert_non_null(count);
    memcpy(count, "x 40", 4);
    s = el_sample_analytic(el_llama, &a, el_sample_h100(), "vLLM");
    less = el_sample_analytic(text, &half, el_sample_h100(), "vLLM");
    for (int i = 0; i < N_DRAWS; i++) {
        el_point p = random_point(&seed);
        el_prediction y, x;

        p.steady = true; /* no waves: they depend on the memory left */
        p.osl = fmax(p.osl, 2);
        y = el_sample_predict(&s, p);
        x = el_sample_predict(&less, p);
        if (!(y.energy_per_request_j > x.energy_per_request_j &&
              y.tpot_s > x.tpot_s && y.ttft_s > x.ttft_s &&
              y.tpot_s <= 2 * x.tpot_s * (1 + 1e-9) &&
              y.ttft_s <= 2 * x.ttft_s * (1 + 1e-9)))
            fail_msg("seed %u draw %d: %s: %g and %g J, %g and %g s", SEED + 4,
                     i, say(&p), x.energy_per_request_j, y.energy_per_request_j,
                     x.tpot_s, y.tpot_s);
    }
    el_sample_close(&s);
    el_sample_close(&less);
}

/* One rank of uniform experts does what the mean rank does: more ranks never
 * exchange less, one never anything. */
static void test_experts(void **state)
{
    static const double ep[] = {1, 2, 4, 8};
    el_arch_desc a = el_sample_arch(48);
    el_analytic_sample s;
    uint64_t seed = SEED + 5;

    (void)state;
    a.experts = 128;
    a.top_k = 8;
    s = el_sample_analytic(el_qwen_moe, &a, el_sample_h100(), "vLLM");
    for (int i = 0; i < N_DRAWS; i++) {
        el_point p =
            el_sample_point(1, log_unif(&seed, 1, 512),
                            log_unif(&seed, 1, 8000), log_unif(&seed, 2, 2000));
        el_prediction y;

        p.ep = pick(&seed, ep, 4);
        p.steady = el_test_next(&seed) & 1;
        y = el_sample_predict(&s, p);
        assert_close(terms_sum(&y.terms), y.energy_per_request_j, 1e-9, 0);
        if ((p.ep > 1) != (term_of(&y.terms, "communication") > 0))
            fail_msg("seed %u draw %d: ep %g: %s", SEED + 5, i, p.ep, say(&p));
        if (!(y.avg_power_w / p.ep <= s.device.cap_w * 1.001))
            fail_msg("seed %u draw %d: ep %g: %s: %g W", SEED + 5, i, p.ep,
                     say(&p), y.avg_power_w / p.ep);
    }
    el_sample_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power),    cmocka_unit_test(test_sums),
        cmocka_unit_test(test_roofline), cmocka_unit_test(test_batch),
        cmocka_unit_test(test_layers),   cmocka_unit_test(test_experts),
    };
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "el_device_sample.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "model/expert_load.h"

#define MAX_EXPERTS 256

/* Sampled load: the figures that el_expert_load approximates. */
typedef struct sums {
    double active_avg, active_max, rank_max, padded_avg;
} sums;

/* Gamma(a) by Marsaglia and Tsang, ACM TOMS 26(3), 2000; a < 1 by a + 1. */
static double gamma_draw(el_rng *rng, double a)
{
    double boost = a < 1.0 ? pow(1.0 - el_rng_unit(rng), 1.0 / a) : 1.0;
    double d = (a < 1.0 ? a + 1.0 : a) - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);

    for (;;) {
        double x = el_rng_normal(rng), v = 1.0 + c * x;
        v = v * v * v;
        if (v > 0.0 &&
            log(1.0 - el_rng_unit(rng)) < 0.5 * x * x + d - d * v + d * log(v))
            return boost * d * v;
    }
}

/* Tokens of each expert: k picks a token by the Gumbel top-k trick. */
static void pick(el_rng *rng, const double *odds, int n, int k, int tokens,
                 double *count)
{
    double key[MAX_EXPERTS];

    memset(count, 0, (size_t)n * sizeof *count);
    for (int t = 0; t < tokens; t++) {
        for (int i = 0; i < n; i++)
            key[i] = log(odds[i] + 1e-300) -
                     log(-log(1.0 - el_rng_unit(rng)) + 1e-300);
        for (int j = 0; j < k; j++) {
            int best = 0;
            for (int i = 1; i < n; i++)
                best = key[i] > key[best] ? i : best;
            count[best] += 1.0;
            key[best] = -HUGE_VAL;
        }
    }
}

static void add_counts(const double *count, int n, int ep, double tile,
                       double share, sums *out)
{
    double active_max = 0, rank_max = 0;

    for (int r = 0; r < ep; r++) {
        double active = 0, rank = 0;

        for (int i = r * (n / ep); i < (r + 1) * (n / ep); i++) {
            active += count[i] > 0;
            rank += count[i];
            out->padded_avg += share * tile * ceil(count[i] / tile) / ep;
        }
        out->active_avg += share * active / ep;
        active_max = fmax(active_max, active);
        rank_max = fmax(rank_max, rank);
    }
    out->active_max += share * active_max;
    out->rank_max += share * rank_max;
}

static sums sample(double a, int n, int k, int tokens, int ep, double tile,
                   int draws)
{
    el_rng rng;
    sums out = {0};
    double odds[MAX_EXPERTS], count[MAX_EXPERTS];

    el_rng_init(&rng, 7, 0);
    for (int d = 0; d < draws; d++) {
        for (int i = 0; i < n; i++)
            odds[i] = a > 0.0 ? gamma_draw(&rng, a) : 1.0;
        pick(&rng, odds, n, k, tokens, count);
        add_counts(count, n, ep, tile, 1.0 / draws, &out);
    }
    return out;
}

static void test_sampled(void **state)
{
    static const double a[] = {0, 0.5, 0.7, 3};
    static const int tokens[] = {1, 8, 64, 512};
    static const int ranks[] = {1, 4, 8};

    (void)state;
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            for (int r = 0; r < 3; r++) {
                sums s = sample(a[i], 128, 8, tokens[j], ranks[r], 16,
                                tokens[j] > 100 ? 12 : 60);
                el_expert_load l;

                el_expert_load_of(a[i] > 0 ? EL_ROUTING_DIRICHLET
                                           : EL_ROUTING_UNIFORM,
                                  a[i], 128, 8, tokens[j], ranks[r], 16, &l);
                assert_close(l.active_avg, s.active_avg, 0.03, 0);
                assert_close(l.active_max, s.active_max, 0.06, 0.6);
                assert_close(l.rank_tokens_max, s.rank_max, 0.09, 0.6);
                assert_close(l.padded_avg, s.padded_avg, 0.05, 0);
            }
        }
    }
}

/* The generator of data/kernels/a100_sxm_moe.csv, analytic notes, 5. */
static void test_powerlaw_sampled(void **state)
{
    static const double a[] = {1.0, 1.01, 1.2};
    static const int tokens[] = {32, 128, 1024};
    el_rng rng;

    (void)state;
    el_rng_init(&rng, 11, 0);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            sums s = {0};
            el_expert_load l;
            double b = tokens[j], hi = 0.8 * b, e = 1.0 - a[i] - 1e-9;

            for (int d = 0; d < 200; d++) {
                double count[128], sum = 0;

                for (int x = 0; x < 128; x++) {
                    double u = el_rng_unit(&rng);
                    count[x] = pow((pow(hi, e) - 1.0) * u + 1.0, 1.0 / e);
                    sum += count[x];
                }
                for (int x = 0; x < 128; x++)
                    count[x] = fmin(round(count[x] / sum * b * 8), b);
                add_counts(count, 128, 8, 16, 1.0 / 200, &s);
            }
            el_expert_load_of(EL_ROUTING_POWERLAW, a[i], 128, 8, b, 8, 16, &l);
            assert_close(l.active_avg, s.active_avg, 0.03, 0);
            assert_close(l.rank_tokens_max, s.rank_max, 0.10, 0);
            assert_close(l.padded_avg, s.padded_avg, 0.12, 0);
        }
    }
}

/* Analytic notes, section 5: 128 experts, top-8, 1 ... 64 tokens. */
static void test_uniform_published(void **state)
{
    static const double active[] = {8, 15.5, 29.1, 51.6, 82.4, 111.8, 125.9};

    (void)state;
    for (int i = 0; i < 7; i++) {
        el_expert_load l;

        el_expert_load_of(EL_ROUTING_UNIFORM, 0, 128, 8, (double)(1 << i), 1,
                          16, &l);
        assert_close(l.active_avg, active[i], 0.004, 0);
        assert_close(l.tokens_max, l.tokens_avg, 0, 0);
    }
}

/* The same section: Dirichlet(0.7) keeps its imbalance for large batches. */
static void test_dirichlet_published(void **state)
{
    el_expert_load l;

    (void)state;
    el_expert_load_of(EL_ROUTING_DIRICHLET, 0.7, 128, 8, 4096, 4, 64, &l);
    assert_close(l.tokens_max / l.tokens_avg, 1.2, 0.06, 0);
    el_expert_load_of(EL_ROUTING_DIRICHLET, 0.7, 128, 8, 4096, 8, 64, &l);
    assert_close(l.tokens_max / l.tokens_avg, 1.4, 0.06, 0);
}

static void test_edges(void **state)
{
    el_expert_load l;

    (void)state;
    assert_close(el_normal_max(1), 0, 0, 0);
    assert_close(el_normal_max(2), 0.5642, 1e-9, 0);
    assert_close(el_normal_max(1e9), 3.0410, 1e-9, 0);
    el_expert_load_of(EL_ROUTING_UNIFORM, 0, 128, 8, 0, 4, 16, &l);
    assert_close(l.active_avg + l.padded_max, 0, 0, 0);
    /* every token picks every expert */
    el_expert_load_of(EL_ROUTING_DIRICHLET, 0.7, 8, 8, 32, 2, 16, &l);
    assert_close(l.active_avg, 4, 1e-9, 0);
    assert_close(l.tokens_max, 32, 1e-9, 0);
    el_expert_load_of(EL_ROUTING_UNIFORM, 0, 1, 1, 32, 1, 16, &l);
    assert_close(l.tokens_avg, 32, 1e-9, 0);
    assert_close(l.padded_avg, 32, 0.3, 0);
    /* tokens fewer than shares, one token */
    el_expert_load_of(EL_ROUTING_POWERLAW, 1.2, 256, 8, 1, 8, 16, &l);
    assert_true(l.active_avg > 0.9 && l.active_max <= 8);
}

static void test_routing_parse(void **state)
{
    el_routing r;
    double a;

    (void)state;
    assert_true(el_routing_parse("dirichlet:0.7", &r, &a));
    assert_int_equal(r, EL_ROUTING_DIRICHLET);
    assert_close(a, 0.7, 0, 0);
    assert_true(el_routing_parse("powerlaw:1.2", &r, &a));
    assert_int_equal(r, EL_ROUTING_POWERLAW);
    assert_true(el_routing_parse("uniform", &r, &a));
    assert_true(el_routing_parse("", &r, &a));
    assert_true(el_routing_parse(NULL, &r, &a));
    assert_int_equal(r, EL_ROUTING_UNIFORM);
    assert_false(el_routing_parse("dirichlet:", &r, &a));
    assert_false(el_routing_parse("dirichlet:1x", &r, &a));
    assert_false(el_routing_parse("dirichlet:-1", &r, &a));
    assert_false(el_routing_parse("zipf:1", &r, &a));
    assert_int_equal(r, EL_ROUTING_UNIFORM);
}

/* vLLM on an A100: analytic notes, V7, EP4 (ms of both products; the first
   has two thirds of the weights). */
static void test_moe_cost(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    el_op op = el_sample_moe(8192, 128, 8, 4, "powerlaw:1.01");
    el_op even = el_sample_moe(64, 128, 8, 4, "uniform"), skew = even;
    el_expert_load load;
    el_cost c, e;

    (void)state;
    d.cap_w = 1e9;
    el_kernel_cost(&d, &op, &c);
    assert_close(c.time_s, 2.293e-3 * 2 / 3, 0.2, 0);
    skew.routing = "dirichlet:0.3";
    el_kernel_cost(&d, &even, &e);
    el_kernel_cost(&d, &skew, &c);
    assert_true(c.energy_j < e.energy_j); /* fewer experts are read */
    el_expert_load_of(EL_ROUTING_UNIFORM, 0, 128, 8, 64, 4, 64, &load);
    el_moe_cost(&d, &even, &load, &c);
    assert_close(c.time_s, e.time_s, 1e-12, 0);
    even.launches = false;
    el_moe_cost(&d, &even, &load, &c);
    assert_close(e.time_s - c.time_s, 10.19e-6, 1e-6, 0);
    even.m = even.tokens = 0; /* no tokens: nothing but the start */
    el_moe_cost(&d, &even, NULL, &c);
    assert_close(c.energy_j, 0, 0, 0);
    assert_close(el_moe_tile(128, 8, 128, 16), 16, 0, 0);
    assert_close(el_moe_tile(129, 8, 128, 8), 64, 0, 0);
    assert_close(el_moe_tile(129, 8, 128, 4), 16, 0, 0);
    assert_close(el_moe_tile(400, 8, 128, 4), 32, 0, 0);
    assert_close(el_moe_tile(600, 8, 128, 4), 64, 0, 0);
}

/* Block-scaled experts: rows of all picks and 127 of each expert here. */
static void test_aligned(void **state)
{
    el_device d = el_sample_device(el_sample_b200());
    el_device none = el_sample_device(el_sample_a100());
    el_op op = el_sample_moe(8, 128, 8, 8, "uniform"), plain, more;
    double rows = 128 * 17; /* 8 x 8 + 16 x 127 = 2096, filled up */
    el_cost c, p;

    (void)state;
    d.cap_w = none.cap_w = 1e9;
    assert_close(d.align_rows, 128, 0, 0);
    assert_close(none.align_rows, 0, 0, 0);
    op.weight_bits = 8;
    op.weight_bytes /= 2;
    op.launches = false;
    plain = more = op;
    op.aligned = op.blocks = more.aligned = more.blocks = true;
    el_kernel_cost(&d, &op, &c);
    el_kernel_cost(&d, &plain, &p);
    assert_true(c.time_s >
                2 * rows * op.n * op.k / (d.flop_s_8 * d.math_efficiency_8) +
                    rows * op.n * 2 / d.bw_bytes_s);
    assert_true(c.time_s > p.time_s);
    /* a few tokens more change nothing: room for them was there */
    more.tokens = 10;
    more.m = 10 * more.top_k / 128;
    el_kernel_cost(&d, &more, &p);
    assert_close(c.time_s, p.time_s, 0.05, 0);
    /* rows that belong to no expert are multiplied too */
    assert_true(c.energy_j > d.j_per_flop_8 * 2 * rows * op.n * op.k);
    /* per-row scales, other engines, other devices: as it was */
    el_kernel_cost(&d, &plain, &p);
    op.blocks = false;
    el_kernel_cost(&d, &op, &c);
    assert_close(c.time_s, p.time_s, 0, 0);
    op.blocks = true;
    el_kernel_cost(&none, &op, &c);
    el_kernel_cost(&none, &plain, &p);
    assert_close(c.time_s, p.time_s, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sampled),
        cmocka_unit_test(test_powerlaw_sampled),
        cmocka_unit_test(test_uniform_published),
        cmocka_unit_test(test_dirichlet_published),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_routing_parse),
        cmocka_unit_test(test_moe_cost),
        cmocka_unit_test(test_aligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* V10 of the analytic notes on random ops. */
#include "el_device_sample.h"

#include <math.h>

#define N_DRAWS 20000
#define SEED    20261120u

static double log_unif(uint64_t *s, double lo, double hi)
{
    return floor(exp(el_test_unif(s, log(lo), log(hi))));
}

static el_device random_device(uint64_t *s)
{
    el_gpu gpu = el_test_next(s) & 1 ? el_sample_a100() : el_sample_b200();
    double boost = gpu.boost_hz;
    double cap = el_test_unif(s, 0.6, 1.0) * gpu.tdp_w;
    el_device d;

    assert_int_equal(
        el_device_make(&gpu, el_test_unif(s, 0.3, 1.0) * boost, cap, &d, NULL),
        EL_OK);
    return d;
}

static el_op random_op(uint64_t *s)
{
    static const char *const routing[] = {"", "dirichlet:0.7", "powerlaw:1.2"};
    static const double bits[] = {16, 8, 4.25};
    double heads = 8.0 * (1.0 + (double)(el_test_next(s) % 8));
    double query = el_test_next(s) & 1 ? 1 : log_unif(s, 2, 16384);
    el_op op;

    switch (el_test_next(s) % 4) {
    case 0:
        op = el_sample_gemm(log_unif(s, 1, 1e5), log_unif(s, 1, 1e5),
                            log_unif(s, 1, 1e5));
        op.weight_bits = bits[el_test_next(s) % 3];
        op.weight_bytes *= op.weight_bits / 16;
        return op;
    case 1:
        return el_sample_attention(log_unif(s, 1, 256), query,
                                   query + log_unif(s, 1, 1e5), heads,
                                   el_test_next(s) & 1 ? heads : 8);
    case 2:
        return el_sample_moe(log_unif(s, 1, 1e5), 128, 8,
                             (double)(1u << el_test_next(s) % 5),
                             routing[el_test_next(s) % 3]);
    default:
        op = (el_op){.kind =
                         el_test_next(s) & 1 ? EL_OP_ELEMENTWISE : EL_OP_SCAN,
                     .flop = log_unif(s, 1, 1e13),
                     .act_bytes = log_unif(s, 1, 1e11),
                     .launches = true};
        return op;
    }
}

/* time >= roofline; idle + E/t <= cap; all finite and positive */
static void test_bounds(void **state)
{
    uint64_t seed = SEED;

    (void)state;
    for (int i = 0; i < N_DRAWS; i++) {
        el_device d = random_device(&seed);
        el_op op = random_op(&seed);
        el_cost c;

        el_kernel_cost(&d, &op, &c);
        if (!(c.time_s > 0 && isfinite(c.time_s) && c.energy_j > 0 &&
              c.time_s >= c.flop_s_bound * (1 - 1e-12) &&
              c.time_s >= c.bytes_s_bound * (1 - 1e-12) &&
              c.energy_j / c.time_s + d.idle_w <= d.cap_w * (1 + 1e-9)))
            fail_msg("seed %u draw %d kind %d: t %g flop %g bytes %g P %g "
                     "cap %g",
                     SEED, i, (int)op.kind, c.time_s, c.flop_s_bound,
                     c.bytes_s_bound, c.energy_j / c.time_s + d.idle_w,
                     d.cap_w);
    }
}

/* More rows, columns or products never cost less than half as many do. */
static void test_growth(void **state)
{
    uint64_t seed = SEED + 1;

    (void)state;
    for (int i = 0; i < N_DRAWS; i++) {
        el_device d = random_device(&seed);
        double m = log_unif(&seed, 1, 1e4), n = log_unif(&seed, 64, 1e4);
        double k = log_unif(&seed, 64, 1e4);
        el_op small = el_sample_gemm(m, n, k), more;
        el_cost a, b;

        more = el_sample_gemm(m, n, 2 * k);
        el_kernel_cost(&d, &small, &a);
        el_kernel_cost(&d, &more, &b);
        assert_true(b.time_s > 0.85 * a.time_s);     /* split-K steps in */
        assert_true(b.energy_j > 0.85 * a.energy_j); /* capped: see there */
        more = el_sample_gemm(2 * m, n, k);
        el_kernel_cost(&d, &more, &b);
        assert_true(b.time_s > 0.85 * a.time_s);
    }
}

/* One GPU talks to nobody; more bytes take longer; no overlap is a sum. */
static void test_comm(void **state)
{
    uint64_t seed = SEED + 2;

    (void)state;
    for (int i = 0; i < N_DRAWS; i++) {
        el_device d = random_device(&seed);
        el_op op = random_op(&seed);
        el_cost c, more, kernel, sum;
        double bytes = log_unif(&seed, 1, 1e9);
        double degree = (double)(1u << el_test_next(&seed) % 7);

        op.comm = (el_comm_kind)(1 + el_test_next(&seed) % 5);
        op.comm_bytes = bytes;
        op.comm_degree = degree;
        el_comm_cost(&d, op.comm, bytes, degree, 0, &c);
        el_comm_cost(&d, op.comm, 2 * bytes, degree, 0, &more);
        if (degree > 1) {
            assert_true(c.time_s > 0 && c.energy_j > 0);
            assert_true(more.time_s >= c.time_s);
            assert_true(c.time_s >= c.bytes_s_bound);
        } else {
            assert_close(c.time_s + c.energy_j, 0, 0, 0);
        }
        op.overlap_stages = (double)(el_test_next(&seed) % 2); /* 0 or 1 */
        el_overlap_cost(&d, &op, &kernel, &c, &sum);
        assert_close(sum.time_s, kernel.time_s + c.time_s, 1e-12, 0);
        assert_close(sum.energy_j, kernel.energy_j + c.energy_j, 1e-12, 0);
        op.overlap_stages = 4;
        op.overlap_sm = 1 + (double)(el_test_next(&seed) % 32);
        el_overlap_cost(&d, &op, NULL, NULL, &sum);
        assert_true(isfinite(sum.time_s) && sum.time_s > 0);
    }
}

/* Averages below maxima, tokens kept, EP 1 and uniform: equal. */
static void test_load(void **state)
{
    uint64_t seed = SEED + 3;

    (void)state;
    for (int i = 0; i < N_DRAWS; i++) {
        double n = (double)(1u << (1 + el_test_next(&seed) % 9));
        double k = 1 + floor(el_test_unif(&seed, 0, 1) * (n - 1));
        double ep = fmin((double)(1u << el_test_next(&seed) % 7), n);
        double tokens = log_unif(&seed, 1, 1e6);
        double a = el_test_unif(&seed, 0.1, 3.0);
        el_routing r = (el_routing)(el_test_next(&seed) % 3);
        el_expert_load l;

        el_expert_load_of(r, a, n, k, tokens, ep, 16, &l);
        if (!(l.active_avg > 0 && l.active_max >= l.active_avg &&
              l.active_max <= n / ep * (1 + 1e-9) &&
              l.rank_tokens_max >= l.rank_tokens_avg * (1 - 1e-9) &&
              l.padded_max >= l.padded_avg * (1 - 1e-9) &&
              l.padded_avg >= l.rank_tokens_avg * (1 - 1e-9) &&
              l.rank_tokens_max <= tokens * fmin(k, n / ep) * (1 + 1e-9)))
            fail_msg("seed %u draw %d: routing %d a %g n %g k %g ep %g "
                     "tokens %g",
                     SEED + 3, i, (int)r, a, n, k, ep, tokens);
        assert_close(l.active_avg * l.tokens_avg, tokens * k / ep, 1e-9, 0);
        if (ep <= 1) {
            assert_close(l.tokens_max, l.tokens_avg, 0, 0);
            assert_close(l.padded_max, l.padded_avg, 0, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_comm),
        cmocka_unit_test(test_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

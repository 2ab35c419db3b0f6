/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold for every load: the seed is printed where it does not. */
#include "el_test.h"

#include "el_serving.h"

#include "base/mem.h"
#include "energylens/optimize.h"

#define N_LOADS 150

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

static el_optimize_query random_query(uint64_t *s)
{
    el_optimize_query q = el_test_query(&fit);

    q.isl = floor(log_unif(s, 16, 16000));
    q.osl = floor(log_unif(s, 2, 4000));
    q.gpus = floor(log_unif(s, 1, 24));
    if (el_test_next(s) & 1)
        q.request_rate_hz = log_unif(s, 0.01, 50);
    if (el_test_next(s) & 1)
        q.tpot_s = log_unif(s, 0.004, 0.2);
    if (el_test_next(s) & 1)
        q.ttft_s = log_unif(s, 0.01, 60);
    return q;
}

static double optimum(const el_optimize_query *q)
{
    el_optimize_result r;
    double best;

    assert_int_equal(el_optimize(q, &r, NULL), EL_OK);
    best =
        r.n_feasible ? r.candidate[0].energy_per_request_j : (double)INFINITY;
    el_optimize_result_clear(&r);
    return best;
}

/* Chosen = feasible and minimal, by looking at all; order is total. */
static void test_brute_force(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_LOADS; seed++) {
        uint64_t s = seed;
        el_optimize_query q = random_query(&s);
        el_optimize_result r;
        double best = INFINITY, fast = INFINITY;

        assert_int_equal(el_optimize(&q, &r, NULL), EL_OK);
        for (size_t i = 0; i < r.n; i++) {
            const el_candidate *c = &r.candidate[i];
            assert_true(c->feasible == (c->n_reason == 0));
            assert_true(c->feasible == (i < r.n_feasible));
            if (!c->feasible)
                continue;
            best = fmin(best, c->energy_per_request_j);
            fast = fmin(fast, c->latency_s);
            if (c->gpus > q.gpus || c->utilisation > 1.0 ||
                !(c->tpot_limit_s <= q.tpot_s || isnan(q.tpot_s)) ||
                !(c->ttft_limit_s <= q.ttft_s || isnan(q.ttft_s)))
                fail_msg("seed %llu: feasible but breaks a limit",
                         (unsigned long long)seed);
        }
        if (r.n_feasible) {
            assert_close(r.candidate[0].energy_per_request_j, best, 0, 0);
            assert_close(r.candidate[r.latency_optimal].latency_s, fast, 0, 0);
        }
        el_optimize_result_clear(&r);
    }
    assert_int_equal(el_mem_live(), 0);
}

static void never_worse(const el_optimize_query *tight,
                        const el_optimize_query *loose, const char *what,
                        uint64_t seed)
{
    double a = optimum(tight), b = optimum(loose);

    if (b > a * (1 + 1e-9))
        fail_msg("seed %llu: %s: %.17g -> %.17g", (unsigned long long)seed,
                 what, a, b);
}

static void test_relaxing_helps(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_LOADS; seed++) {
        uint64_t s = seed ^ 0xABCDu;
        el_optimize_query q = random_query(&s), loose = q;

        loose.tpot_s *= 1.5;
        never_worse(&q, &loose, "TPOT x 1.5", seed);
        loose = q;
        loose.ttft_s *= 1.5;
        never_worse(&q, &loose, "TTFT x 1.5", seed);
        loose = q;
        loose.tpot_s = loose.ttft_s = NAN;
        never_worse(&q, &loose, "no limits", seed);
        loose = q;
        loose.gpus += 3;
        never_worse(&q, &loose, "three GPUs more", seed);
    }
}

static void test_scopes_add(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_LOADS; seed++) {
        uint64_t s = seed ^ 0x5C0Fu;
        el_optimize_query q = random_query(&s), node = q, site = q;
        double a, b, c;

        node.scope = EL_SCOPE_NODE;
        site.scope = EL_SCOPE_FACILITY;
        a = optimum(&q);
        b = optimum(&node);
        c = optimum(&site);
        assert_true(a <= b && b <= c);
        if (isfinite(b))
            assert_close(c, 1.2 * b, 1e-9, 0);
    }
}

/* Every watt and joule doubled: the same choice at twice the energy. */
static void test_scaling(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        uint64_t s = seed ^ 0xD0Bu;
        el_optimize_query q = random_query(&s), twice = q;
        el_group_fit doubled = fit;

        for (size_t i = 0; i < 7; i++) /* f1 .. F of closed12 are logarithms */
            doubled.model[EL_TARGET_ENERGY].param[i] += log(2.0);
        twice.fit = &doubled;
        twice.facts.gpu_idle_w *= 2;
        doubled.facts = twice.facts;
        for (el_target t = 0; t < EL_N_TARGETS; t++)
            doubled.model[t].facts = twice.facts;
        if (isfinite(optimum(&q)))
            assert_close(optimum(&twice), 2 * optimum(&q), 1e-9, 0);
    }
}

static void test_same_bits(void **state)
{
    uint64_t s = 7;
    el_optimize_query q = random_query(&s);

    (void)state;
    assert_true(optimum(&q) == optimum(&q));
}

static void random_points(uint64_t seed, double *x, double *y, size_t n)
{
    uint64_t s = seed;

    for (size_t i = 0; i < n; i++) { /* a coarse grid, so that ties occur */
        x[i] = floor(el_test_unif(&s, 0, 12));
        y[i] = floor(el_test_unif(&s, 0, 12));
        if (el_test_unif(&s, 0, 1) < 0.05)
            x[i] = NAN;
    }
}

static bool is_dominated(const double *x, const double *y, size_t n, size_t i)
{
    for (size_t j = 0; j < n; j++)
        if (x[j] <= x[i] && y[j] <= y[i] && (x[j] < x[i] || y[j] < y[i]))
            return true;
    return false;
}

static void test_front_is_not_dominated(void **state)
{
    enum { N = 60 };
    double x[N], y[N];
    bool on[N];

    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        random_points(seed, x, y, N);
        assert_int_equal(el_pareto_front(x, y, N, on, NULL), EL_OK);
        for (size_t i = 0; i < N; i++)
            if (on[i] != (!isnan(x[i]) && !is_dominated(x, y, N, i)))
                fail_msg("seed %llu, point %zu", (unsigned long long)seed, i);
    }
}

static void test_explore(void **state)
{
    el_explore_query q = {.base = el_test_query(&fit),
                          .isl = {2, {128, 4096}},
                          .osl = {2, {64, 1024}}};

    (void)state;
    for (q.axis = EL_LATENCY_TPOT; q.axis <= EL_LATENCY_REQUEST; q.axis++) {
        el_explore_result r;
        assert_int_equal(el_explore(&q, NULL, &r, NULL), EL_OK);
        assert_int_equal(r.n_scenarios, 4);
        for (size_t i = 0; i < r.n; i++) {
            const el_explore_point *p = &r.point[i];
            bool beaten = false;
            for (size_t j = 0; j < r.n; j++) {
                const el_candidate *a = &r.point[j].candidate,
                                   *b = &p->candidate;
                double ta = el_candidate_latency(a, q.axis);
                double tb = el_candidate_latency(b, q.axis);
                double ea = a->energy_per_request_j;
                double eb = b->energy_per_request_j;
                beaten = beaten ||
                         (r.point[j].scenario == p->scenario && a->feasible &&
                          ta <= tb && ea <= eb && (ta < tb || ea < eb));
            }
            assert_true(p->on_front == (p->candidate.feasible && !beaten));
        }
        el_explore_result_clear(&r);
    }
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brute_force),
        cmocka_unit_test(test_relaxing_helps),
        cmocka_unit_test(test_scopes_add),
        cmocka_unit_test(test_scaling),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_front_is_not_dominated),
        cmocka_unit_test(test_explore),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

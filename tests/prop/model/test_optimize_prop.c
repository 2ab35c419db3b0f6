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

    assert_int_equal(el_optimize(q, 1, NULL, &r, NULL), EL_OK);
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

        assert_int_equal(el_optimize(&q, 1, NULL, &r, NULL), EL_OK);
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

/* Every point of a grid, as the sink heard of it. */
typedef struct heard {
    el_candidate *candidate;
    size_t *scenario;
    size_t n, cap;
} heard;

static el_status hear(void *ctx, const el_explore_point *p, uint64_t *mark,
                      el_error *err)
{
    heard *h = ctx;

    (void)err;
    assert_int_equal(p->index, h->n);
    assert_true(h->n < h->cap);
    h->candidate[h->n] = *p->candidate;
    h->scenario[h->n++] = p->scenario;
    *mark = p->index ^ 0x5555u;
    return EL_OK;
}

static void front_axes(const el_candidate *c, el_front_kind kind,
                       el_latency_axis axis, double *x, double *y)
{
    *x = kind == EL_FRONT_ETFT   ? c->ttft_s
         : kind == EL_FRONT_EPOT ? c->tpot_s
                                 : el_candidate_latency(c, axis);
    *y = kind == EL_FRONT_ETFT ? c->prediction.prefill_energy_j
         : kind == EL_FRONT_EPOT
             ? c->prediction.decode_energy_j / fmax(c->osl - 1, 1)
             : c->energy_per_request_j;
}

/* On the front = not beaten by any other, by looking at all pairs. */
static bool is_on_front(const heard *h, size_t i, el_front_kind kind,
                        el_latency_axis axis)
{
    double x, y, a, b;

    front_axes(&h->candidate[i], kind, axis, &x, &y);
    for (size_t j = 0; j < h->n; j++) {
        if (!h->candidate[j].feasible || h->scenario[j] != h->scenario[i])
            continue;
        front_axes(&h->candidate[j], kind, axis, &a, &b);
        if (a <= x && b <= y && (a < x || b < y))
            return false;
    }
    return h->candidate[i].feasible;
}

static void check_front(const el_explore_query *q, const heard *h,
                        const el_explore_result *r, el_front_kind kind)
{
    const el_explore_front *f = &r->front[kind];
    size_t n = 0;

    for (size_t i = 0; i < h->n; i++)
        n += is_on_front(h, i, kind, q->axis);
    assert_int_equal(f->n, n); /* complete */
    for (size_t k = 0; k < f->n; k++) {
        const el_front_point *p = &f->point[k];
        el_candidate again;
        assert_true(is_on_front(h, p->index, kind, q->axis));
        assert_int_equal(p->mark, p->index ^ 0x5555u);
        assert_true(!k || f->point[k - 1].scenario < p->scenario ||
                    (f->point[k - 1].scenario == p->scenario &&
                     f->point[k - 1].time_s <= p->time_s));
        assert_int_equal(el_explore_candidate(q, p, &again, NULL), EL_OK);
        assert_true(again.setup == h->candidate[p->index].setup &&
                    again.energy_per_request_j ==
                        h->candidate[p->index].energy_per_request_j);
    }
}

static heard heard_of(size_t cap)
{
    heard h = {el_array(cap, sizeof(el_candidate)), el_array(cap, 8), 0, cap};

    assert_true(h.candidate && h.scenario);
    return h;
}

static void heard_free(heard *h)
{
    el_free(h->candidate);
    el_free(h->scenario);
}

static void test_explore(void **state)
{
    el_optimize_query base[2] = {el_test_query(&fit), el_test_query(&fit)};
    el_explore_query q = {.base = base,
                          .n_base = 2,
                          .isl = {2, {128, 4096}},
                          .osl = {2, {64, 1024}}};

    (void)state;
    base[1].facts.gpu_bw_bytes_s *= 0.7; /* a GPU of another kind */
    base[1].facts.gpu_idle_w *= 0.5;
    for (q.axis = EL_LATENCY_TPOT; q.axis <= EL_LATENCY_REQUEST; q.axis++) {
        heard h = heard_of(4000);
        el_explore_result r;
        assert_int_equal(el_explore(&q, NULL, hear, &h, &r, NULL), EL_OK);
        assert_int_equal(r.n_scenarios, 4);
        assert_int_equal(r.n, h.n);
        for (el_front_kind k = 0; k < EL_N_FRONTS; k++)
            check_front(&q, &h, &r, k);
        el_explore_result_clear(&r);
        heard_free(&h);
    }
    assert_int_equal(el_mem_live(), 0);
}

static size_t product(const el_values *list, size_t n)
{
    size_t m = 1;

    while (n-- > 0)
        m *= list[n].n;
    return m;
}

/* Each configuration of every list comes once, more than a chunk of them. */
static void test_visited_once(void **state)
{
    el_optimize_query base = el_test_query(&fit);
    el_explore_query q = {.base = &base, .n_base = 1, .osl = {1, {100}}};
    heard h = heard_of(20000);
    el_explore_result r;
    size_t index = 0;

    (void)state;
    q.isl = (el_values){2, {100, 1000}};
    base.tp = (el_values){5, {1, 2, 4, 2, 8}}; /* 2 twice: one value */
    base.pp = (el_values){3, {1, 2, 3}};
    base.ep = (el_values){2, {1, 2}};
    base.dp = (el_values){4, {1, 2, 5, 7}};
    base.batch.n = 40;
    for (size_t i = 0; i < base.batch.n; i++)
        base.batch.v[i] = (double)(i + 1);
    assert_int_equal(el_explore(&q, NULL, hear, &h, &r, NULL), EL_OK);
    assert_int_equal(h.n, product(&base.pp, 4) * 4 * 2);
    for (size_t s = 0; s < 2; s++)
        for (size_t t = 0; t < 5; t++)
            for (size_t p = 0; t != 3 && p < 3; p++)
                for (size_t e = 0; e < 2; e++)
                    for (size_t d = 0; d < 4; d++)
                        for (size_t b = 0; b < 40; b++) {
                            const el_candidate *c = &h.candidate[index++];
                            assert_true(c->isl == q.isl.v[s] &&
                                        c->config.tp == base.tp.v[t] &&
                                        c->config.pp == base.pp.v[p] &&
                                        c->config.ep == base.ep.v[e] &&
                                        c->config.dp == base.dp.v[d] &&
                                        c->config.batch == base.batch.v[b]);
                        }
    el_explore_result_clear(&r);
    heard_free(&h);
}

/* The same bits on any number of threads. */
static void test_threads(void **state)
{
    el_optimize_query base = el_test_query(&fit);
    el_explore_query q = {.base = &base,
                          .n_base = 1,
                          .isl = {2, {128, 4096}},
                          .osl = {2, {64, 1024}}};
    heard one = heard_of(20000), many = heard_of(20000);
    el_explore_result a, b;
    const el_task task = {.threads = 5};

    (void)state;
    base.batch.n = 60;
    for (size_t i = 0; i < base.batch.n; i++)
        base.batch.v[i] = (double)(3 * i + 1);
    base.pp = (el_values){3, {1, 2, 4}};
    assert_int_equal(el_explore(&q, NULL, hear, &one, &a, NULL), EL_OK);
    assert_int_equal(el_explore(&q, &task, hear, &many, &b, NULL), EL_OK);
    assert_int_equal(one.n, many.n);
    for (size_t i = 0; i < one.n; i++)
        assert_true(one.candidate[i].energy_per_request_j ==
                        many.candidate[i].energy_per_request_j &&
                    one.candidate[i].ttft_s == many.candidate[i].ttft_s);
    for (el_front_kind k = 0; k < EL_N_FRONTS; k++) {
        assert_int_equal(a.front[k].n, b.front[k].n);
        for (size_t i = 0; i < a.front[k].n; i++)
            assert_int_equal(a.front[k].point[i].index,
                             b.front[k].point[i].index);
    }
    el_explore_result_clear(&a);
    el_explore_result_clear(&b);
    heard_free(&one);
    heard_free(&many);
}

/* A larger space never has a worse optimum: more values, more setups. */
static void test_more_is_never_worse(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_LOADS / 3; seed++) {
        uint64_t s = seed ^ 0x1A26E2u;
        el_optimize_query q = random_query(&s), two[2], wide;
        double alone, joint, larger;
        el_optimize_result r;

        q.dp = (el_values){2, {1, 2}};
        q.tp = (el_values){2, {1, 2}};
        alone = optimum(&q);
        wide = q;
        wide.tp = (el_values){4, {1, 2, 4, 8}};
        wide.pp = (el_values){2, {1, 2}};
        larger = optimum(&wide);
        two[0] = two[1] = q;
        two[1].facts.gpu_idle_w *= el_test_unif(&s, 0.3, 3);
        two[1].facts.gpu_bw_bytes_s *= el_test_unif(&s, 0.3, 3);
        assert_int_equal(el_optimize(two, 2, NULL, &r, NULL), EL_OK);
        joint = r.n_feasible ? r.candidate[0].energy_per_request_j
                             : (double)INFINITY;
        if (larger > alone || joint > alone || joint > optimum(&two[1]) ||
            (isfinite(joint) && joint != fmin(alone, optimum(&two[1]))))
            fail_msg("seed %llu: %.17g, %.17g, %.17g", (unsigned long long)seed,
                     alone, larger, joint);
        el_optimize_result_clear(&r);
    }
}

/* Of more candidates than are kept, the best are; counts are of all, and what
 * wins a prize without being among them is held. */
static void test_kept(void **state)
{
    el_optimize_query q[3];
    el_optimize_result r;
    heard h = heard_of(40000);
    el_explore_query e = {.base = q, .n_base = 3};
    el_explore_result all;
    double last = 0, fast = INFINITY, third = INFINITY;
    el_group_fit costly = fit;
    size_t cheaper = 0;

    (void)state;
    for (size_t i = 0; i < 7; i++) /* f1 .. F of closed12 are logarithms */
        costly.model[EL_TARGET_ENERGY].param[i] += log(100.0);
    for (size_t i = 0; i < 3; i++) {
        q[i] = el_test_query(&fit);
        q[i].batch.n = 64;
        for (size_t k = 0; k < 64; k++)
            q[i].batch.v[k] = (double)(k + 1);
        q[i].dp.n = 32;
        for (size_t k = 0; k < 32; k++)
            q[i].dp.v[k] = (double)(k + 1);
        q[i].tp = (el_values){4, {1, 2, 4, 8}};
        q[i].gpus = 256;
        q[i].isl = 500;
    }
    q[2].fit = &costly; /* loses everywhere */
    e.isl = (el_values){1, {500}};
    e.osl = (el_values){1, {q[0].osl}};
    assert_int_equal(el_explore(&e, NULL, hear, &h, &all, NULL), EL_OK);
    assert_int_equal(el_optimize(q, 3, NULL, &r, NULL), EL_OK);
    assert_int_equal(r.n_seen, h.n);
    assert_int_equal(r.n_seen_feasible, all.n_feasible);
    assert_int_equal(r.n, EL_MAX_KEPT);
    assert_true(h.n > 2 * (size_t)EL_MAX_KEPT);
    for (size_t i = 0; i < r.n; i++) {
        assert_true(r.candidate[i].energy_per_request_j >= last);
        last = r.candidate[i].energy_per_request_j;
    }
    for (size_t i = 0; i < h.n; i++) {
        const el_candidate *c = &h.candidate[i];
        if (!c->feasible)
            continue;
        cheaper += c->energy_per_request_j < last;
        fast = fmin(fast, c->latency_s);
        if (c->setup == 2)
            third = fmin(third, c->energy_per_request_j);
    }
    assert_true(cheaper < r.n);
    assert_true(r.candidate[r.latency_optimal].latency_s == fast);
    assert_true(r.setup_best[0] == 0);
    assert_true(r.setup_best[2] >= r.n);
    assert_int_equal(r.candidate[r.setup_best[2]].setup, 2);
    assert_true(r.candidate[r.setup_best[2]].energy_per_request_j == third);
    el_optimize_result_clear(&r);
    el_explore_result_clear(&all);
    heard_free(&h);
    assert_int_equal(el_mem_live(), 0);
}

static bool stop_at_once(void *ctx)
{
    (void)ctx;
    return true;
}

static void test_cancel(void **state)
{
    el_optimize_query q = el_test_query(&fit);
    const el_task task = {.threads = 2, .cancelled = stop_at_once};
    el_optimize_result r = {.n = 77};
    el_error err;

    (void)state;
    assert_int_equal(el_optimize(&q, 1, &task, &r, &err), EL_E_CANCELLED);
    assert_non_null(strstr(err.message, "0 of "));
    assert_non_null(strstr(err.message, "configurations looked at"));
    assert_int_equal(r.n, 77);
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
        cmocka_unit_test(test_visited_once),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_more_is_never_worse),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_cancel),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

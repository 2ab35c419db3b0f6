/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of formulas: certified values, the general solvers of num, and
   cases that are solved by hand. */
#include "el_test.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "el_nist_sample.h"
#include "energylens/expr_fit.h"
#include "expr/normal.h"
#include "expr/refit.h"
#include "num/lsq.h"

#define N 40

static const char *const names[] = {"x", "z", "t"};

static el_expr parse(const char *text)
{
    el_expr e;
    el_error err = {0};

    if (el_expr_parse(text, names, 3, &e, &err) != EL_OK)
        fail_msg("%s: %s", text, err.message);
    for (unsigned j = 0; j < e.n_const; j++)
        if (e.kind[j] == EL_CONST_EXPONENT)
            e.kind[j] = EL_CONST_FREE;
    return e;
}

/* Values of the constants that may be fitted, in order. */
static void set_values(el_expr *e, const double *value)
{
    for (unsigned j = 0; j < e->n_const; j++)
        if (e->kind[j] != EL_CONST_FIXED)
            e->value[j] = *value++;
}

static size_t get_values(const el_expr *e, double *value)
{
    size_t n = 0;
    for (unsigned j = 0; j < e->n_const; j++)
        if (e->kind[j] != EL_CONST_FIXED)
            value[n++] = e->value[j];
    return n;
}

static void check_nist(const el_nist_set *set, int start)
{
    const double *col[] = {set->x};
    const el_columns columns = {col, 1, set->n};
    el_expr e = parse(set->formula);
    el_refit_result r;
    double value[EL_EXPR_MAX_CONSTS] = {0};

    set_values(&e, set->start[start]);
    assert_int_equal(
        el_expr_fit(&e, &columns, set->y, NULL, EL_LOSS_PLAIN, 1000, &r, NULL),
        EL_OK);
    print_message("%s start %d: %u iterations, %.10e\n", set->name, start + 1,
                  r.iterations, r.loss * (double)set->n);
    assert_true(r.converged);
    assert_close(r.loss * (double)set->n, set->rss, 1e-8, 0);
    assert_int_equal(get_values(&e, value), set->k);
    for (size_t j = 0; j < set->k; j++)
        assert_close(value[j], set->value[j], 1e-6, 0);
}

static void certified_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < EL_N_NIST; i++)
        for (int s = 0; s < 2; s++)
            check_nist(&el_nist[i], s);
}

typedef struct table {
    double x[N], z[N], t[N], y[N];
    const double *col[3];
    el_columns columns;
} table;

static void fill(table *t, uint64_t seed)
{
    t->col[0] = t->x;
    t->col[1] = t->z;
    t->col[2] = t->t;
    for (int i = 0; i < N; i++) {
        t->x[i] = el_test_unif(&seed, 0.5, 4);
        t->z[i] = el_test_unif(&seed, 0.5, 4);
        t->t[i] = el_test_unif(&seed, 0.5, 4);
    }
    t->columns = (el_columns){t->col, 3, N};
}

static el_status fit(el_expr *e, const table *t, el_loss loss, unsigned n,
                     el_refit_result *r)
{
    return el_expr_fit(e, &t->columns, t->y, NULL, loss, n, r, NULL);
}

/* Which constants are linear, and whose term the others are in. */
static void coefficients(void **state)
{
    static const struct {
        const char *text;
        uint32_t linear;
        uint8_t owner[4];
    } cases[] = {
        {"1.5 * x + 2.5", 3, {0, 1, 9, 9}},
        {"x * 1.5 - exp(2.5 * z) * 3.5", 5, {0, 2, 2, 9}},
        {"-(1.5 * x / (2.5 + z))", 1, {0, 0, 9, 9}},
        {"x / (1.5 + z) + 2.5", 2, {16, 1, 9, 9}},
        {"(1.5 + 2.5 * x) / (3.5 + x)", 0, {16, 16, 16, 9}},
        {"exp(1.5 * x) + max(2.5 * x, 3.5)", 0, {16, 16, 16, 9}},
        {"2 * 1.5 * x", 2, {1, 1, 9, 9}},
        {"1.5", 1, {0, 9, 9, 9}},
        {"x", 0, {9, 9, 9, 9}},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const el_expr e = parse(cases[k].text);
        uint8_t owner[EL_EXPR_MAX_CONSTS];

        memset(owner, 9, sizeof owner);
        assert_int_equal(el_expr_coefficients(&e, owner), cases[k].linear);
        assert_memory_equal(owner, cases[k].owner, 4);
    }
}

/* A sum with signs free and with signs held: QR and the solver of num. */
static void linear_like_qr(void **state)
{
    const bool is_bounded[] = {false, true};

    (void)state;
    for (int b = 0; b < 2; b++)
        for (uint64_t seed = 1; seed < 50; seed++) {
            el_expr e = parse("1.0*x + 1.0*z*z + 1.0*t + 1.0/x + 1.0");
            double a[N * 5], rhs[N], want[5], got[5] = {0}, loss = 0;
            el_refit_result r;
            table t;

            fill(&t, seed);
            for (int i = 0; i < N; i++) {
                t.y[i] = 2 * t.x[i] - 0.3 * t.z[i] * t.z[i] + 3 +
                         sin(9.0 * t.t[i]) + (seed % 3 ? 0 : 3 / t.x[i]);
                t.y[i] = fabs(t.y[i]) + 1;
            }
            for (unsigned j = 0; j < e.n_const; j++)
                if (is_bounded[b] && e.kind[j] == EL_CONST_FREE)
                    e.kind[j] = EL_CONST_POSITIVE;
            for (int i = 0; i < N; i++) {
                const double row[] = {t.x[i], t.z[i] * t.z[i], t.t[i],
                                      1 / t.x[i], 1};
                for (int j = 0; j < 5; j++)
                    a[i * 5 + j] = row[j] / t.y[i];
                rhs[i] = 1;
            }
            if (is_bounded[b]) {
                assert_int_equal(el_nnls(a, rhs, N, 5, want, NULL), EL_OK);
            } else { /* x = x+ - x-, which nnls can do */
                double wide[N * 10], both[10];
                for (int i = 0; i < N; i++)
                    for (int j = 0; j < 5; j++) {
                        wide[i * 10 + j] = a[i * 5 + j];
                        wide[i * 10 + 5 + j] = -a[i * 5 + j];
                    }
                assert_int_equal(el_nnls(wide, rhs, N, 10, both, NULL), EL_OK);
                for (int j = 0; j < 5; j++)
                    want[j] = both[j] - both[5 + j];
            }
            assert_int_equal(fit(&e, &t, EL_LOSS_RELATIVE, 0, &r), EL_OK);
            assert_int_equal(get_values(&e, got), 5);
            for (int j = 0; j < 5; j++) {
                assert_close(got[j], want[j], 1e-9, 1e-11);
                assert_int_equal(is_bounded[b] && want[j] <= 0,
                                 r.at_zero >> j & 1);
            }
            for (int i = 0; i < N; i++) {
                double d = -1;
                for (int j = 0; j < 5; j++)
                    d += a[i * 5 + j] * want[j];
                loss += d * d / N;
            }
            assert_close(r.loss, loss, 1e-9, 0);
        }
}

/* NIST's Wampler1 (linear regression, StRD): y = 1 + x + ... + x^5 at x =
   0..20, all certified values 1. Its columns are nearly parallel. */
static void nearly_parallel(void **state)
{
    el_expr e = parse("1.5 + 1.5*x + 1.5*x^2 + 1.5*x^3 + 1.5*x^4 + 1.5*x^5");
    double x[21], y[21], got[EL_EXPR_MAX_CONSTS] = {0};
    const double *col[] = {x};
    const el_columns columns = {col, 1, 21};

    (void)state;
    for (int i = 0; i < 21; i++) {
        const double v = x[i] = i;
        y[i] = 1 + v * (1 + v * (1 + v * (1 + v * (1 + v))));
    }
    assert_int_equal(
        el_expr_fit(&e, &columns, y, NULL, EL_LOSS_PLAIN, 0, NULL, NULL),
        EL_OK);
    assert_int_equal(get_values(&e, got), 6);
    for (int j = 0; j < 6; j++)
        assert_close(got[j], 1, 1e-9, 0);
}

/* Every loss, noise-free: the law comes back to rounding, from a far start. */
static void exact_law(void **state)
{
    (void)state;
    for (int loss = EL_LOSS_RELATIVE; loss <= EL_LOSS_PLAIN; loss++) {
        el_expr e = parse("1.0*x^1.0/(1.0 + z) + 1.0*t");
        const double want[] = {250, 1.5, 0.7, 0.003};
        double got[4] = {0};
        el_refit_result r;
        table t;

        fill(&t, 5);
        for (int i = 0; i < N; i++)
            t.y[i] = 250 * pow(t.x[i], 1.5) / (0.7 + t.z[i]) + 0.003 * t.t[i];
        for (unsigned j = 0; j < e.n_const; j++)
            e.kind[j] = j == 1 ? EL_CONST_EXPONENT : EL_CONST_POSITIVE;
        assert_int_equal(fit(&e, &t, (el_loss)loss, 100, &r), EL_OK);
        print_message("loss %d: %u iterations, %.3g\n", loss, r.iterations,
                      r.loss);
        assert_true(r.converged);
        assert_int_equal(get_values(&e, got), 4);
        for (int j = 0; j < 4; j++)
            assert_close(got[j], want[j], j == 3 ? 1e-7 : 1e-9, 0);
    }
}

/* Kinds: an exponent stops at its wall, a fixed one does not move, a positive
   one inside a function stays positive. */
static void kinds(void **state)
{
    el_expr e = parse("1.0 * x^2.5"), f = parse("2.0 * exp(1.0 * x)");
    el_expr g = parse("exp(1.0 * x)");
    el_refit_result r;
    table t;

    (void)state;
    fill(&t, 6);
    for (int i = 0; i < N; i++)
        t.y[i] = pow(t.x[i], 4);
    e.kind[1] = EL_CONST_EXPONENT;
    assert_int_equal(fit(&e, &t, EL_LOSS_RELATIVE, 50, &r), EL_OK);
    assert_close(e.value[1], EL_EXPONENT_MAX, 0, 0);
    assert_true(r.converged);
    for (int i = 0; i < N; i++)
        t.y[i] = 3 * exp(-0.5 * t.x[i]);
    f.kind[0] = EL_CONST_FIXED;
    assert_int_equal(fit(&f, &t, EL_LOSS_RELATIVE, 50, &r), EL_OK);
    assert_close(f.value[0], 2, 0, 0);
    assert_true(f.value[1] < 0);
    g.kind[0] = EL_CONST_POSITIVE;
    assert_int_equal(fit(&g, &t, EL_LOSS_RELATIVE, 50, &r), EL_OK);
    assert_true(g.value[0] > 0 && g.value[0] < 0.1);
    g.value[0] = -3; /* not a place to start from */
    assert_int_equal(fit(&g, &t, EL_LOSS_RELATIVE, 50, &r), EL_OK);
    assert_true(g.value[0] > 0 && g.value[0] < 0.1);
}

/* A coefficient that starts at 0 wakes its term. */
static void from_zero(void **state)
{
    el_expr e = parse("1.0 * exp(1.0 * x) + 1.0");
    el_refit_result r;
    table t;

    (void)state;
    fill(&t, 7);
    for (int i = 0; i < N; i++)
        t.y[i] = 3 * exp(-0.5 * t.x[i]) + 0.2;
    e.value[0] = e.value[2] = 0;
    e.value[1] = -1;
    e.kind[0] = e.kind[2] = EL_CONST_POSITIVE;
    assert_int_equal(fit(&e, &t, EL_LOSS_RELATIVE, 50, &r), EL_OK);
    assert_close(e.value[0], 3, 1e-9, 0);
    assert_close(e.value[1], -0.5, 1e-9, 0);
    assert_close(e.value[2], 0.2, 1e-9, 0);
}

/* Parallel columns: one of them takes all. */
static void collinear(void **state)
{
    el_expr e = parse("1.0*x + 1.0*z + 1.0*(x + z)");
    el_refit_result r;
    table t;

    (void)state;
    fill(&t, 8);
    for (int i = 0; i < N; i++)
        t.y[i] = 2 * t.x[i] + 3 * t.z[i];
    assert_int_equal(fit(&e, &t, EL_LOSS_RELATIVE, 10, &r), EL_OK);
    assert_true(r.loss < 1e-24);
    assert_close(e.value[0] + e.value[2], 2, 1e-7, 0);
    assert_close(e.value[1] + e.value[2], 3, 1e-7, 0);
}

typedef struct misfit {
    const table *t;
    el_expr expr;
} misfit;

static bool residual(const double *p, double *r, double *jac, void *ctx)
{
    misfit *m = ctx;
    const table *t = m->t;

    for (int i = 0; i < N; i++) { /* p0 x^p1 + p2 exp(-p3 z) + p4 */
        const double a = pow(t->x[i], p[1]), b = exp(-p[3] * t->z[i]);
        r[i] = (p[0] * a + p[2] * b + p[4]) / t->y[i] - 1;
        if (jac) {
            const double g[] = {a, p[0] * a * log(t->x[i]), b,
                                -p[2] * t->z[i] * b, 1};
            for (int j = 0; j < 5; j++)
                jac[i * 5 + j] = g[j] / t->y[i];
        }
    }
    return true;
}

/* The same minimum as the solver of num, which separates nothing. */
static void like_lsq(void **state)
{
    (void)state;
    for (uint64_t seed = 20; seed < 40; seed++) {
        el_expr e = parse("1.0*x^1.0 + 1.0*exp(0 - 1.0*z) + 1.0");
        uint64_t s = seed;
        double p[] = {2, 1.4, 3, 0.8, 0.5}, got[5] = {0};
        el_lsq_result want;
        el_refit_result r;
        misfit m;
        table t;
        const el_lsq_problem problem = {
            .n_param = 5, .n_resid = N, .residual = residual, .ctx = &m};

        fill(&t, seed);
        for (int i = 0; i < N; i++)
            t.y[i] = (2 * pow(t.x[i], 1.5) + 3 * exp(-0.7 * t.z[i]) + 0.4) *
                     el_test_unif(&s, 0.99, 1.01);
        m.t = &t;
        set_values(&e, p);
        assert_int_equal(el_lsq_solve(&problem, p, NULL, &want, NULL), EL_OK);
        assert_int_equal(fit(&e, &t, EL_LOSS_RELATIVE, 200, &r), EL_OK);
        assert_true(r.converged && want.converged);
        assert_close(r.loss * N, want.cost, 1e-9, 0);
        assert_int_equal(get_values(&e, got), 5);
        for (int j = 0; j < 5; j++)
            assert_close(got[j], p[j], 1e-5, 0);
    }
}

/* Few steps: never worse than the start, better with each. */
static void few_iterations(void **state)
{
    double last = HUGE_VAL;
    el_refit_result r;
    table t;

    (void)state;
    fill(&t, 9);
    for (int i = 0; i < N; i++)
        t.y[i] = 5 * pow(t.x[i], 2.2) / (1 + 3 * t.z[i]) + t.t[i];
    for (unsigned n = 0; n < 6; n++) {
        el_expr e = parse("1.0*x^1.0/(1.0 + z) + 1.0*t");
        assert_int_equal(fit(&e, &t, EL_LOSS_RELATIVE, n, &r), EL_OK);
        assert_true(r.iterations <= n && r.loss <= last);
        last = r.loss;
    }
    assert_true(last < 1e-5);
}

/* The loss that is reported is that of the formula. */
static void loss_is_true(void **state)
{
    const char *const text[] = {"1.0*x + 1.0*z^1.0", "exp(1.0*x) - 1.0*z",
                                "1.0*x*x + 1.0/z", "log(1.0 + x) * 1.0"};
    el_refit_result r;
    table t;

    (void)state;
    fill(&t, 10);
    for (int i = 0; i < N; i++)
        t.y[i] = 1e6 * (t.x[i] + 0.2 * t.z[i] * t.t[i]);
    for (size_t k = 0; k < sizeof text / sizeof *text; k++)
        for (unsigned n = 0; n < 8; n += 2)
            for (int loss = EL_LOSS_RELATIVE; loss <= EL_LOSS_PLAIN; loss++) {
                el_expr e = parse(text[k]);
                el_frame frame;
                el_response response;
                el_tape tape;

                if (loss == EL_LOSS_LOG && k == 1)
                    continue; /* may be < 0 */
                assert_int_equal(fit(&e, &t, (el_loss)loss, n, &r), EL_OK);
                assert_int_equal(el_frame_init(&frame, &t.columns, 7, NULL),
                                 EL_OK);
                assert_int_equal(el_response_init(&response, t.y, NULL, N,
                                                  (el_loss)loss, NULL),
                                 EL_OK);
                assert_int_equal(el_tape_init(&tape, NULL, NULL), EL_OK);
                assert_close(
                    r.loss,
                    el_tape_loss(&tape, &e, &frame, &response, HUGE_VAL), 1e-7,
                    1e-28);
                el_tape_clear(&tape);
                el_response_clear(&response);
                el_frame_clear(&frame);
            }
}

static void refuses(void **state)
{
    el_expr e = parse("log(x - 1.0)"), ok = parse("1.0*x"), before = e;
    el_refit_result r = {.loss = -7};
    double nan_y[N];
    table t;

    (void)state;
    fill(&t, 12);
    for (int i = 0; i < N; i++) {
        t.y[i] = t.x[i];
        nan_y[i] = (double)NAN;
    }
    assert_int_equal(fit(&e, &t, EL_LOSS_RELATIVE, 5, &r), EL_E_NUMERIC);
    assert_memory_equal(&e, &before, sizeof e);
    assert_close(r.loss, -7, 0, 0);
    assert_int_equal(fit(NULL, &t, EL_LOSS_RELATIVE, 5, &r), EL_E_ARG);
    assert_int_equal(el_expr_fit(&ok, NULL, t.y, NULL, 0, 5, &r, NULL),
                     EL_E_ARG);
    assert_int_equal(el_expr_fit(&ok, &t.columns, NULL, NULL, 0, 5, &r, NULL),
                     EL_E_ARG);
    assert_int_equal(el_expr_fit(&ok, &t.columns, nan_y, NULL, 0, 5, &r, NULL),
                     EL_E_DATA);
    t.columns.n_row = 0;
    assert_int_equal(fit(&ok, &t, EL_LOSS_RELATIVE, 5, &r), EL_E_ARG);
    t.columns.n_row = N;
    assert_int_equal(el_expr_fit(&ok, &t.columns, t.y, NULL, 0, 5, NULL, NULL),
                     EL_OK);
}

static void out_of_memory(void **state)
{
    el_status st;
    table t;
    long k = 0;

    (void)state;
    fill(&t, 13);
    memcpy(t.y, t.x, sizeof t.y);
    do {
        el_expr e = parse("2.5*x"), before = e;
        el_refit_result r = {.loss = -7};

        el_mem_fail_at(k);
        st = fit(&e, &t, EL_LOSS_RELATIVE, 5, &r);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_memory_equal(&e, &before, sizeof e);
            assert_close(r.loss, -7, 0, 0);
        }
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(k, 3);
}

/* Quadratic objectives whose constrained minimum is found by trying all
   subsets. */
static double objective(const double *a, const double *rhs, unsigned n,
                        const double *x)
{
    double v = 0;
    for (unsigned i = 0; i < n; i++) {
        v -= 2 * rhs[i] * x[i];
        for (unsigned j = 0; j < n; j++)
            v += a[i * n + j] * x[i] * x[j];
    }
    return v;
}

static void active_sets(void **state)
{
    enum { K = 5, ROWS = 8 };
    uint64_t s = 3;

    (void)state;
    for (int round = 0; round < 300; round++) {
        double m[ROWS * K], b[ROWS], a[K * K] = {0}, rhs[K] = {0}, x[K];
        double best = 0;
        const uint32_t bounded = (uint32_t)(round % 32);

        for (int i = 0; i < ROWS * K; i++)
            m[i] = el_test_unif(&s, -1, 2);
        for (int i = 0; i < ROWS; i++)
            b[i] = el_test_unif(&s, -2, 2);
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < K; j++) {
                rhs[j] += m[i * K + j] * b[i];
                for (int k = 0; k < K; k++)
                    a[j * K + k] += m[i * K + j] * m[i * K + k];
            }
        for (uint32_t set = 0; set < 1u << K; set++) {
            double z[K] = {0};
            bool ok = true;
            el_factor f;

            el_factor_make(&f, a, K, set);
            el_factor_solve(&f, rhs, z);
            for (unsigned j = 0; j < K; j++)
                ok = ok && (!(bounded >> j & 1) || z[j] >= 0);
            if (ok)
                best = fmin(best, objective(a, rhs, K, z));
        }
        (void)el_normal_solve(a, K, rhs, (1u << K) - 1, bounded, x);
        for (unsigned j = 0; j < K; j++)
            assert_true(!(bounded >> j & 1) || x[j] >= 0);
        assert_close(objective(a, rhs, K, x), best, 1e-9, 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certified_values), cmocka_unit_test(coefficients),
        cmocka_unit_test(linear_like_qr),   cmocka_unit_test(nearly_parallel),
        cmocka_unit_test(exact_law),        cmocka_unit_test(kinds),
        cmocka_unit_test(from_zero),        cmocka_unit_test(collinear),
        cmocka_unit_test(like_lsq),         cmocka_unit_test(few_iterations),
        cmocka_unit_test(loss_is_true),     cmocka_unit_test(refuses),
        cmocka_unit_test(out_of_memory),    cmocka_unit_test(active_sets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the problem, the answer is a minimum in its box. Checked with an
 * objective and derivatives written apart from the solver's.
 */
#include "el_test.h"

#include <string.h>

#include "num/lsq.h"

enum { M = 30, P = 6 };

typedef struct setup {
    uint64_t seed;
    double x[M][P], y[M], centre[P], sd[P], lo[P], hi[P], weight[M];
    el_lsq_problem in;
} setup;

/* r = sum_j p_j x_j + 0.2 sin(p_0 x_1) - y */
static bool residual(const double *p, double *r, double *jac, void *ctx)
{
    const setup *s = ctx;

    for (size_t i = 0; i < M; i++) {
        r[i] = 0.2 * sin(p[0] * s->x[i][1]) - s->y[i];
        for (size_t j = 0; j < P; j++)
            r[i] += p[j] * s->x[i][j];
        if (!jac)
            continue;
        for (size_t j = 0; j < P; j++)
            jac[i * P + j] = s->x[i][j];
        jac[i * P] += 0.2 * s->x[i][1] * cos(p[0] * s->x[i][1]);
    }
    return true;
}

static double objective(setup *s, const double *p)
{
    double r[M], sum = 0;

    (void)residual(p, r, NULL, s);
    for (size_t i = 0; i < M; i++)
        sum += s->weight[i] *
               (s->in.soft_l1 ? 2 * (sqrt(1 + r[i] * r[i]) - 1) : r[i] * r[i]);
    for (size_t j = 0; s->in.sd && j < P; j++)
        sum += pow((p[j] - s->centre[j]) / s->sd[j], 2);
    return sum;
}

static void make(setup *s, uint64_t seed)
{
    uint64_t *g = &s->seed;

    *s = (setup){.seed = seed};
    for (size_t j = 0; j < P; j++) {
        s->centre[j] = el_test_unif(g, -1, 1);
        s->sd[j] = el_test_unif(g, 0, 1) < 0.2 ? (double)INFINITY
                                               : el_test_unif(g, 0.1, 3);
        s->lo[j] = el_test_unif(g, -2, 0);
        s->hi[j] = el_test_unif(g, 0.1, 2);
    }
    for (size_t i = 0; i < M; i++) {
        s->y[i] = el_test_unif(g, -1, 1) * (i % 9 == 0 ? 50 : 5);
        s->weight[i] = floor(el_test_unif(g, 0, 4));
        for (size_t j = 0; j < P; j++)
            s->x[i][j] = el_test_unif(g, -2, 2);
    }
    s->in = (el_lsq_problem){.n_param = P,
                             .n_resid = M,
                             .residual = residual,
                             .ctx = s,
                             .weight = s->weight};
    s->in.soft_l1 = el_test_unif(g, 0, 1) < 0.5;
    if (el_test_unif(g, 0, 1) < 0.7) {
        s->in.lo = s->lo;
        s->in.hi = s->hi;
    }
    if (el_test_unif(g, 0, 1) < 0.7) {
        s->in.centre = s->centre;
        s->in.sd = s->sd;
    }
}

/* The gradient is 0, or points out of the box at a wall. */
static void check_stationary(setup *s, const double *p, double cost)
{
    for (size_t j = 0; j < P; j++) {
        double q[P], h = 1e-5, up, down, g;

        memcpy(q, p, sizeof q);
        q[j] = p[j] + h;
        up = objective(s, q);
        q[j] = p[j] - h;
        down = objective(s, q);
        g = (up - down) / (2 * h);
        if (s->in.lo && p[j] <= s->lo[j])
            assert_true(g > -1e-4 * (1 + cost));
        else if (s->in.hi && p[j] >= s->hi[j])
            assert_true(g < 1e-4 * (1 + cost));
        else
            assert_close(g, 0, 0, 1e-6 * (1 + cost));
    }
}

static void answer_is_a_minimum_in_the_box(void **state)
{
    size_t walls = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        setup s;
        double p[P] = {0};
        el_lsq_result out;

        make(&s, seed);
        assert_int_equal(el_lsq_solve(&s.in, p, NULL, &out, NULL), EL_OK);
        if (!out.converged)
            fail_msg("seed %llu: not converged", (unsigned long long)seed);
        assert_close(out.cost, objective(&s, p), 1e-12, 1e-12);
        for (size_t j = 0; s.in.lo && j < P; j++) {
            assert_in_range(p[j] >= s.lo[j] && p[j] <= s.hi[j], 1, 1);
            walls += p[j] <= s.lo[j] || p[j] >= s.hi[j];
        }
        check_stationary(&s, p, out.cost);
    }
    assert_true(walls > 100); /* the walls were tried in earnest */
}

/* Units: x_j / k_j with p_j k_j is the same problem. */
static void scaling_does_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        setup s, t;
        double p[P] = {0}, q[P] = {0}, cp[P * P], cq[P * P];

        make(&s, seed);
        make(&t, seed);
        for (size_t j = 2; j < P; j++) { /* 0 and 1 sit inside the sine */
            double k = pow(10, (double)j);

            t.centre[j] *= k;
            t.sd[j] *= k;
            t.lo[j] *= k;
            t.hi[j] *= k;
            for (size_t i = 0; i < M; i++)
                t.x[i][j] /= k;
        }
        t.in.ctx = &t;
        assert_int_equal(el_lsq_solve(&s.in, p, cp, NULL, NULL), EL_OK);
        assert_int_equal(el_lsq_solve(&t.in, q, cq, NULL, NULL), EL_OK);
        for (size_t j = 2; j < P; j++) {
            double k = pow(10, (double)j);

            assert_close(q[j] / k, p[j], 1e-6, 1e-6);
            assert_close(cq[j * P + j] / k / k, cp[j * P + j], 1e-4, 0);
        }
    }
}

/* NNLS: x >= 0, gradient >= 0, and 0 where x > 0. */
static void nnls_meets_its_conditions(void **state)
{
    uint64_t seed = 42;

    (void)state;
    for (int round = 0; round < 500; round++) {
        size_t m = 1 + el_test_next(&seed) % 12,
               n = 1 + el_test_next(&seed) % 9;
        double a[12 * 9], b[12], x[9], r[12], scale = 0;

        for (size_t i = 0; i < m * n; i++) /* small integers: ties, rank */
            a[i] = floor(el_test_unif(&seed, -3, 4));
        for (size_t i = 0; i < m; i++)
            b[i] = el_test_unif(&seed, -5, 5);
        assert_int_equal(el_nnls(a, b, m, n, x, NULL), EL_OK);
        for (size_t i = 0; i < m; i++) {
            r[i] = -b[i];
            for (size_t j = 0; j < n; j++)
                r[i] += a[i * n + j] * x[j];
            scale += fabs(b[i]) + fabs(r[i]);
        }
        for (size_t j = 0; j < n; j++) {
            double g = 0;

            for (size_t i = 0; i < m; i++)
                g += a[i * n + j] * r[i];
            assert_true(x[j] >= 0);
            assert_true(g > -1e-10 * scale);
            assert_true(x[j] <= 0 || fabs(g) < 1e-10 * scale);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_is_a_minimum_in_the_box),
        cmocka_unit_test(scaling_does_not_matter),
        cmocka_unit_test(nnls_meets_its_conditions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "num/lsq.h"

/* r = A p - b */
typedef struct linear {
    size_t m, n;
    const double *a, *b;
} linear;

static bool linear_rows(const double *p, double *r, double *jac, void *ctx)
{
    const linear *l = ctx;

    for (size_t i = 0; i < l->m; i++) {
        r[i] = -l->b[i];
        for (size_t j = 0; j < l->n; j++) {
            r[i] += l->a[i * l->n + j] * p[j];
            if (jac)
                jac[i * l->n + j] = l->a[i * l->n + j];
        }
    }
    return true;
}

static el_lsq_problem problem_of(linear *l)
{
    return (el_lsq_problem){
        .n_param = l->n, .n_resid = l->m, .residual = linear_rows, .ctx = l};
}

/* (A'A + S^-2) p = A'b + S^-2 c by hand: A = [1 0; 1 1; 0 2], b = (1, 2, 3),
   c = (1, -1), sd = (1, 1/2): [[3, 1], [1, 9]] p = (4, 4), p = (32, 8) / 26. */
static void linear_with_prior(void **state)
{
    const double a[] = {1, 0, 1, 1, 0, 2}, b[] = {1, 2, 3};
    const double centre[] = {1, -1}, sd[] = {1, 0.5};
    linear l = {3, 2, a, b};
    el_lsq_problem in = problem_of(&l);
    double p[2] = {50, -20}, cov[4];
    el_lsq_result out;

    (void)state;
    in.centre = centre;
    in.sd = sd;
    assert_int_equal(el_lsq_solve(&in, p, cov, &out, NULL), EL_OK);
    assert_true(out.converged);
    assert_close(p[0], 32.0 / 26, 1e-9, 0);
    assert_close(p[1], 8.0 / 26, 1e-9, 0);
    assert_close(cov[0], 9.0 / 26, 1e-12, 0);
    assert_close(cov[1], -1.0 / 26, 1e-12, 0);
    assert_close(cov[2], -1.0 / 26, 1e-12, 0);
    assert_close(cov[3], 3.0 / 26, 1e-12, 0);
    /* rows (6, -12, -62) / 26, prior (6, 68) / 26 */
    assert_close(out.cost, (36 + 144 + 3844 + 36 + 4624.0) / 676, 1e-12, 0);
}

static void prior_alone(void **state)
{
    const double centre[] = {3, -2, 5}, sd[] = {2, 0.1, 1};
    const double hi[] = {10, 10, 4}, lo[] = {-10, -10, -4};
    el_lsq_problem in = {.n_param = 3, .centre = centre, .sd = sd};
    double p[3] = {0, 0, 0}, cov[9];
    el_lsq_result out;

    (void)state;
    assert_int_equal(el_lsq_solve(&in, p, cov, &out, NULL), EL_OK);
    assert_true(out.converged);
    for (size_t j = 0; j < 3; j++) {
        assert_close(p[j], centre[j], 1e-12, 0);
        assert_close(cov[j * 4], sd[j] * sd[j], 1e-12, 0);
    }
    assert_close(out.cost, 0, 0, 1e-20);
    in.lo = lo;
    in.hi = hi;
    assert_int_equal(el_lsq_solve(&in, p, NULL, &out, NULL), EL_OK);
    assert_true(p[2] <= 4 && p[2] >= 4); /* on the wall to the last bit */
    assert_close(out.cost, 1, 1e-12, 0);
}

/* min (p0 + p1 - 4)^2 + (p0 - p1)^2 in p0 <= 1: p = (1, 2), cost 1 + 1. */
static void active_bound(void **state)
{
    const double a[] = {1, 1, 1, -1}, b[] = {4, 0};
    const double lo[] = {-HUGE_VAL, 0}, hi[] = {1, HUGE_VAL};
    const double starts[][2] = {{0, 0}, {1, 7}, {50, -3}, {1, 2}, {-1e6, 1e6}};
    linear l = {2, 2, a, b};
    el_lsq_problem in = problem_of(&l);

    (void)state;
    in.lo = lo;
    in.hi = hi;
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        double p[2] = {starts[s][0], starts[s][1]};
        el_lsq_result out;

        assert_int_equal(el_lsq_solve(&in, p, NULL, &out, NULL), EL_OK);
        assert_true(out.converged);
        assert_close(p[0], 1, 1e-15, 0);
        assert_close(p[1], 2, 1e-9, 0);
        assert_close(out.cost, 2, 1e-12, 0);
    }
}

static void weights_are_repeats(void **state)
{
    const double a[] = {1, 0, 1, 1, 1, 2, 1, 3}, b[] = {1, 3, 2, 9};
    const double a2[] = {1, 0, 1, 0, 1, 2, 1, 3, 1, 3, 1, 3};
    const double b2[] = {1, 1, 2, 9, 9, 9}, w[] = {2, 0, 1, 3};
    linear l = {4, 2, a, b}, l2 = {6, 2, a2, b2};

    (void)state;
    for (int robust = 0; robust < 2; robust++) {
        el_lsq_problem in = problem_of(&l), in2 = problem_of(&l2);
        double p[2] = {0, 0}, q[2] = {0, 0}, c[4], d[4];
        el_lsq_result x, y;

        in.soft_l1 = in2.soft_l1 = robust == 1;
        in.weight = w;
        assert_int_equal(el_lsq_solve(&in, p, c, &x, NULL), EL_OK);
        assert_int_equal(el_lsq_solve(&in2, q, d, &y, NULL), EL_OK);
        assert_true(x.converged && y.converged);
        assert_close(x.cost, y.cost, 1e-12, 0);
        for (size_t j = 0; j < 2; j++)
            assert_close(p[j], q[j], 1e-8, 0);
        for (size_t j = 0; j < 4; j++)
            assert_close(c[j], d[j], 1e-8, 0);
    }
}

/* Location under soft L1: sum r / sqrt(1 + r^2) = 0, found by bisection. */
static double location(const double *b, size_t n)
{
    double lo = -1e6, hi = 1e6;

    for (int k = 0; k < 200; k++) {
        double mid = 0.5 * (lo + hi), s = 0;

        for (size_t i = 0; i < n; i++)
            s += (mid - b[i]) / sqrt(1 + (mid - b[i]) * (mid - b[i]));
        *(s < 0 ? &lo : &hi) = mid;
    }
    return lo;
}

static void outlier_hardly_moves_soft_l1(void **state)
{
    const double a[] = {1, 1, 1, 1, 1, 1, 1};
    double b[] = {0.9, 1.0, 1.1, 1.2, 0.8, 1.0, 500}, p = 300, cov, w = 0;
    linear l = {7, 1, a, b};
    el_lsq_problem in = problem_of(&l);
    el_lsq_result out;

    (void)state;
    in.soft_l1 = true;
    assert_int_equal(el_lsq_solve(&in, &p, &cov, &out, NULL), EL_OK);
    assert_true(out.converged);
    assert_close(p, location(b, 7), 1e-7, 0);
    assert_close(p, 1, 0, 0.2);
    for (size_t i = 0; i < 7; i++)
        w += 1 / sqrt(1 + (p - b[i]) * (p - b[i]));
    assert_close(cov, 1 / w, 1e-9, 0);
    b[6] = 5e5;
    double far = p;
    assert_int_equal(el_lsq_solve(&in, &far, NULL, NULL, NULL), EL_OK);
    assert_close(far, p, 0, 1e-4);
}

/* Two columns alike: the sum is known, the difference is as wide as the box. */
static void free_directions_are_capped(void **state)
{
    const double a[] = {1, 1, 1, 1}, b[] = {2, 2};
    const double lo[] = {-5, -5}, hi[] = {5, 5};
    linear l = {2, 2, a, b};
    el_lsq_problem in = problem_of(&l);
    double p[2] = {0, 0}, cov[4];
    el_lsq_result out;

    (void)state;
    in.lo = lo;
    in.hi = hi;
    assert_int_equal(el_lsq_solve(&in, p, cov, &out, NULL), EL_OK);
    assert_true(out.converged);
    assert_close(p[0] + p[1], 2, 1e-9, 0);
    assert_close(cov[0] + cov[3] + 2 * cov[1], 0.5, 1e-9, 0);
    assert_close(cov[0] + cov[3] - 2 * cov[1], 2 * 100, 1e-9, 0);
    in.lo = in.hi = NULL;
    assert_int_equal(el_lsq_solve(&in, p, cov, &out, NULL), EL_OK);
    assert_close(cov[0] + cov[3] - 2 * cov[1], 2e12, 1e-9, 0);
    assert_true(cov[0] <= 1e12 * (1 + 1e-9));
}

static void dead_column(void **state)
{
    const double a[] = {2, 0}, b[] = {6};
    linear l = {1, 2, a, b};
    el_lsq_problem in = problem_of(&l);
    double p[2] = {0, 7}, cov[4];
    el_lsq_result out;

    (void)state;
    assert_int_equal(el_lsq_solve(&in, p, cov, &out, NULL), EL_OK);
    assert_true(out.converged);
    assert_close(p[0], 3, 1e-9, 0);
    assert_close(p[1], 7, 0, 0); /* nothing said about it: left alone */
    assert_close(cov[0], 0.25, 1e-9, 0);
    assert_close(cov[3], 1e12, 1e-9, 0);
}

/* r = ln(p / 0.01): not defined for p <= 0, where long steps lead. */
static bool log_row(const double *p, double *r, double *jac, void *ctx)
{
    const double *target = ctx;

    r[0] = log(p[0] / *target);
    if (jac)
        jac[0] = 1 / p[0];
    return isfinite(r[0]);
}

static void steps_off_the_domain_are_shortened(void **state)
{
    double target = 0.01, p = 5;
    el_lsq_problem in = {
        .n_param = 1, .n_resid = 1, .residual = log_row, .ctx = &target};
    el_lsq_result out;

    (void)state;
    assert_int_equal(el_lsq_solve(&in, &p, NULL, &out, NULL), EL_OK);
    assert_true(out.converged);
    assert_close(p, target, 1e-9, 0);
}

/* Falls towards 0 but ends at 1: there is no minimum inside the domain. */
static bool cliff(const double *p, double *r, double *jac, void *ctx)
{
    (void)ctx;
    r[0] = p[0];
    if (jac)
        jac[0] = 1;
    return p[0] >= 1;
}

static void stuck_at_a_cliff_is_not_converged(void **state)
{
    double p = 5;
    el_lsq_problem in = {.n_param = 1, .n_resid = 1, .residual = cliff};
    el_lsq_result out;

    (void)state;
    assert_int_equal(el_lsq_solve(&in, &p, NULL, &out, NULL), EL_OK);
    assert_false(out.converged);
    assert_close(p, 1, 1e-3, 0);
    in.max_iterations = 2;
    p = 5;
    assert_int_equal(el_lsq_solve(&in, &p, NULL, &out, NULL), EL_OK);
    assert_int_equal(out.iterations, 2);
}

static bool steep(const double *p, double *r, double *jac, void *ctx)
{
    r[0] = p[0];
    if (jac)
        jac[0] = *(double *)ctx;
    return true;
}

static bool never(const double *p, double *r, double *jac, void *ctx)
{
    (void)p, (void)r, (void)jac, (void)ctx;
    return false;
}

static void numeric_failures(void **state)
{
    double p = 5, cov = -1, slope = 1e200;
    el_lsq_problem in = {
        .n_param = 1, .n_resid = 1, .residual = never, .ctx = &slope};
    el_lsq_result out = {.cost = -1};
    el_error err = {0};

    (void)state;
    assert_int_equal(el_lsq_solve(&in, &p, &cov, &out, &err), EL_E_NUMERIC);
    assert_non_null(strstr(err.message, "start"));
    in.residual = steep; /* its square overflows */
    assert_int_equal(el_lsq_solve(&in, &p, &cov, &out, &err), EL_E_NUMERIC);
    assert_close(p, 5, 0, 0);
    assert_close(cov, -1, 0, 0);
    assert_close(out.cost, -1, 0, 0);
    slope = 1;
    p = 1e200; /* so does the cost */
    assert_int_equal(el_lsq_solve(&in, &p, &cov, &out, &err), EL_E_NUMERIC);
}

static void bad_arguments(void **state)
{
    const double a[] = {1}, b[] = {1}, nan1[] = {NAN}, one[] = {1};
    const double zero[] = {0}, minus[] = {-1}, inf[] = {INFINITY};
    linear l = {1, 1, a, b};
    const el_lsq_problem good = problem_of(&l);
    el_lsq_problem in = good;
    double p = 0;

    (void)state;
#define REFUSED(change)                                                        \
    do {                                                                       \
        el_error err = {0};                                                    \
        in = good;                                                             \
        change;                                                                \
        assert_int_equal(el_lsq_solve(&in, &p, NULL, NULL, &err), EL_E_ARG);   \
        assert_memory_equal(err.message, "lsq: ", 5);                          \
        assert_close(p, 0, 0, 0);                                              \
    } while (0)
    REFUSED(in.n_param = 0);
    REFUSED(in.n_param = EL_LSQ_MAX_PARAM + 1);
    REFUSED(in.residual = NULL);
    REFUSED(in.n_resid = 0);
    REFUSED(in.n_resid = SIZE_MAX / 100);
    REFUSED(in.sd = one);
    REFUSED(in.centre = one);
    REFUSED(in.lo = in.hi = one);
    REFUSED(in.lo = nan1);
    REFUSED(in.centre = one; in.sd = zero);
    REFUSED(in.centre = one; in.sd = nan1);
    REFUSED(in.centre = nan1; in.sd = one);
    REFUSED(in.weight = minus);
    REFUSED(in.weight = nan1);
    REFUSED(in.weight = inf);
    assert_int_equal(el_lsq_solve(NULL, &p, NULL, NULL, NULL), EL_E_ARG);
    assert_int_equal(el_lsq_solve(&good, NULL, NULL, NULL, NULL), EL_E_ARG);
    p = NAN;
    assert_int_equal(el_lsq_solve(&good, &p, NULL, NULL, NULL), EL_E_ARG);
    in = good; /* a flat prior needs no centre */
    in.centre = nan1;
    in.sd = inf;
    p = 0;
    assert_int_equal(el_lsq_solve(&in, &p, NULL, NULL, NULL), EL_OK);
    assert_close(p, 1, 1e-9, 0);
}

static void out_of_memory(void **state)
{
    const double a[] = {1, 2}, b[] = {3, 6};
    linear l = {2, 1, a, b};
    el_lsq_problem in = problem_of(&l);
    el_status st;
    long k = 0;

    (void)state;
    do {
        double p = 9, cov = -1;
        el_lsq_result out = {.cost = -1};

        el_mem_fail_at(k);
        st = el_lsq_solve(&in, &p, &cov, &out, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_close(p, 9, 0, 0);
            assert_close(cov, -1, 0, 0);
            assert_close(out.cost, -1, 0, 0);
        }
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(k, 1); /* one block a call */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_with_prior),
        cmocka_unit_test(prior_alone),
        cmocka_unit_test(active_bound),
        cmocka_unit_test(weights_are_repeats),
        cmocka_unit_test(outlier_hardly_moves_soft_l1),
        cmocka_unit_test(free_directions_are_capped),
        cmocka_unit_test(dead_column),
        cmocka_unit_test(steps_off_the_domain_are_shortened),
        cmocka_unit_test(stuck_at_a_cliff_is_not_converged),
        cmocka_unit_test(numeric_failures),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

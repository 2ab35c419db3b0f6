/* SPDX-License-Identifier: Apache-2.0 */
/* Fronts built point by point, against el_pareto_front over all at once. */
#include "el_test.h"

#include "base/mem.h"
#include "model/front.h"

#define N 3000

/* A coarse grid, so that many points tie; every seed its own slope. */
static void make_points(uint64_t seed, double *x, double *y)
{
    uint64_t s = seed;
    double steps = floor(el_test_unif(&s, 5, 2000));
    double slope = el_test_unif(&s, -1, 1);

    for (size_t i = 0; i < N; i++) {
        x[i] = floor(el_test_unif(&s, 0, steps));
        y[i] = floor(slope * x[i] + el_test_unif(&s, 0, steps));
        if (el_test_unif(&s, 0, 1) < 0.02)
            x[i] = NAN;
        if (el_test_unif(&s, 0, 1) < 0.02)
            y[i] = INFINITY;
    }
}

static el_status build(const double *x, const double *y, el_front_build *out)
{
    el_status st = EL_OK;

    for (size_t i = 0; st == EL_OK && i < N; i++) {
        el_front_point p = {
            .time_s = x[i], .energy_j = y[i], .index = i, .mark = i + 7};
        st = el_front_add(out, &p, NULL);
    }
    return st == EL_OK ? el_front_clean(out, NULL) : st;
}

static void test_same_front(void **state)
{
    static double x[N], y[N];
    static bool on[N];

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        el_front_build f = {0};
        size_t n = 0;

        make_points(seed, x, y);
        assert_int_equal(el_pareto_front(x, y, N, on, NULL), EL_OK);
        assert_int_equal(build(x, y, &f), EL_OK);
        for (size_t i = 0; i < N; i++)
            n += on[i];
        if (f.n != n)
            fail_msg("seed %llu: %zu points, want %zu",
                     (unsigned long long)seed, f.n, n);
        for (size_t k = 0; k < f.n; k++) {
            const el_front_point *p = &f.point[k];
            assert_true(on[p->index] && p->mark == p->index + 7);
            assert_true(!k || f.point[k - 1].time_s < p->time_s ||
                        f.point[k - 1].index < p->index);
        }
        el_free(f.point);
    }
    assert_int_equal(el_mem_live(), 0);
}

/* Memory is that of the front: a million beaten points leave no trace. */
static void test_memory(void **state)
{
    el_front_build f = {0};
    el_front_point best = {.time_s = 1, .energy_j = 1};

    (void)state;
    assert_int_equal(el_front_add(&f, &best, NULL), EL_OK);
    for (size_t i = 0; i < 1000000; i++) {
        el_front_point p = {
            .time_s = 2, .energy_j = 1e6 - (double)i, .index = i};
        assert_int_equal(el_front_add(&f, &p, NULL), EL_OK);
        assert_true(f.cap <= 1024);
    }
    assert_int_equal(el_front_clean(&f, NULL), EL_OK);
    assert_int_equal(f.n, 1);
    el_free(f.point);
}

static void test_out_of_memory(void **state)
{
    static double x[N], y[N];
    el_status st;
    long k = 0;

    (void)state;
    make_points(3, x, y);
    do {
        el_front_build f = {0};
        el_mem_fail_at(k);
        st = build(x, y, &f);
        el_mem_fail_at(-1);
        el_free(f.point);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
    } while (st != EL_OK && ++k < 10000);
    assert_true(k > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_front),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

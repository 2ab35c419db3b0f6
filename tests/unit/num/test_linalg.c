/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "num/linalg.h"

/* Second-difference matrix: values 2 - 2 cos(k pi / (n + 1)), vectors
   sin(i k pi / (n + 1)). */
static void eigen_of_the_string(void **state)
{
    enum { N = 12 };
    double a[N * N] = {0}, val[N], vec[N * N];
    const double h = acos(-1) / (N + 1);

    (void)state;
    for (size_t i = 0; i < N; i++) {
        a[i * N + i] = 2;
        if (i + 1 < N)
            a[i * N + i + 1] = a[(i + 1) * N + i] = -1;
    }
    assert_int_equal(el_sym_eigen(a, N, val, vec, NULL), EL_OK);
    for (size_t k = 0; k < N; k++) {
        double norm = 0, along = 0, scale = sqrt(2.0 / (N + 1));
        size_t big = 0;

        assert_close(val[k], 2 - 2 * cos((double)(k + 1) * h), 1e-13, 1e-14);
        for (size_t i = 0; i < N; i++) {
            double v = vec[k * N + i];

            norm += v * v;
            along += v * scale * sin((double)((i + 1) * (k + 1)) * h);
            big = fabs(v) > fabs(vec[k * N + big]) ? i : big;
        }
        assert_close(norm, 1, 1e-13, 0);
        assert_close(fabs(along), 1, 1e-12, 0);
        assert_true(vec[k * N + big] > 0);
    }
}

static void cholesky_by_hand(void **state)
{
    const double a[] = {4, 2, -2, 2, 10, 2, -2, 2, 6};
    const double want[] = {2, 0, 0, 1, 3, 0, -1, 1, 2};
    double l[9];

    (void)state;
    assert_int_equal(el_cholesky(a, 3, l, NULL), EL_OK);
    for (size_t i = 0; i < 9; i++)
        assert_close(l[i], want[i], 1e-15, 0);
}

static void cholesky_semi_definite(void **state)
{
    const double v[] = {1, -2, 3, 0.1}, u[] = {0.5, 0, 1, 1};
    double a[16], l[16], zero[4] = {0};

    (void)state;
    for (size_t i = 0; i < 16; i++)
        a[i] = v[i / 4] * v[i % 4] + u[i / 4] * u[i % 4]; /* rank 2 */
    assert_int_equal(el_cholesky(a, 4, l, NULL), EL_OK);
    for (size_t i = 0; i < 16; i++) {
        double s = 0;

        for (size_t k = 0; k < 4; k++)
            s += l[i / 4 * 4 + k] * l[i % 4 * 4 + k];
        assert_close(s, a[i], 1e-12, 1e-14);
        if (i % 4 > i / 4)
            assert_close(l[i], 0, 0, 0);
    }
    assert_int_equal(el_cholesky(zero, 2, l, NULL), EL_OK);
    assert_close(l[0] + l[3], 0, 0, 0);
}

static void cholesky_refuses_indefinite(void **state)
{
    const double neg[] = {1, 2, 2, 1}, hole[] = {0, 1, 1, 1};
    double l[4] = {-7, 0, 0, 0};
    el_error err = {0};

    (void)state;
    assert_int_equal(el_cholesky(neg, 2, l, &err), EL_E_NUMERIC);
    assert_non_null(strstr(err.message, "pivot 1 of 2"));
    assert_int_equal(el_cholesky(hole, 2, l, NULL), EL_E_NUMERIC);
    assert_close(l[0], -7, 0, 0);
}

static void bad_input(void **state)
{
    const double a[] = {1, NAN, NAN, 1};
    double l[4] = {-7}, val[2] = {-7};

    (void)state;
    assert_int_equal(el_cholesky(NULL, 2, l, NULL), EL_E_ARG);
    assert_int_equal(el_cholesky(a, 0, l, NULL), EL_E_ARG);
    assert_int_equal(el_sym_eigen(a, SIZE_MAX, val, l, NULL), EL_E_ARG);
    assert_int_equal(el_cholesky(a, 2, l, NULL), EL_E_NUMERIC);
    assert_int_equal(el_sym_eigen(a, 2, val, l, NULL), EL_E_NUMERIC);
    assert_close(l[0] + val[0], -14, 0, 0);
}

static void out_of_memory(void **state)
{
    const double a[] = {2, 1, 1, 2};
    double l[4] = {-7}, val[2] = {-7};

    (void)state;
    el_mem_fail_at(0);
    assert_int_equal(el_cholesky(a, 2, l, NULL), EL_E_NOMEM);
    el_mem_fail_at(0);
    assert_int_equal(el_sym_eigen(a, 2, val, l, NULL), EL_E_NOMEM);
    el_mem_fail_at(-1);
    assert_close(l[0] + val[0], -14, 0, 0);
    assert_int_equal(el_sym_eigen(a, 2, val, l, NULL), EL_OK);
    assert_close(val[0], 1, 1e-14, 0);
    assert_close(val[1], 3, 1e-14, 0);
    assert_int_equal(el_mem_live(), 0);
}

static void quadratic_form_of_a_known_matrix(void **state)
{
    const double a[] = {2, -1, -1, 3}, g[] = {1, 2};

    (void)state; /* 2 - 2 - 2 + 12 */
    assert_close(el_quadratic_form(g, a, 2), 10, 0, 0);
    assert_close(el_quadratic_form(g, a, 0), 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quadratic_form_of_a_known_matrix),
        cmocka_unit_test(eigen_of_the_string),
        cmocka_unit_test(cholesky_by_hand),
        cmocka_unit_test(cholesky_semi_definite),
        cmocka_unit_test(cholesky_refuses_indefinite),
        cmocka_unit_test(bad_input),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

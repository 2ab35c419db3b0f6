/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "num/lsq.h"

static void by_hand(void **state)
{
    /* free minimum (1, -1): on the wall x1 = 0 the best x0 is a0.b / a0.a0 */
    const double a[] = {1, 0, 1, 1, 0, 1}, b[] = {1, 0, -1};
    double x[2];

    (void)state;
    assert_int_equal(el_nnls(a, b, 3, 2, x, NULL), EL_OK);
    assert_close(x[0], 0.5, 1e-14, 0);
    assert_close(x[1], 0, 0, 0);
}

static void interior_and_all_zero(void **state)
{
    const double a[] = {2, 0, 0, 4}, b[] = {6, 8}, minus[] = {-1, -1};
    double x[2];

    (void)state;
    assert_int_equal(el_nnls(a, b, 2, 2, x, NULL), EL_OK);
    assert_close(x[0], 3, 1e-14, 0);
    assert_close(x[1], 2, 1e-14, 0);
    assert_int_equal(el_nnls(a, minus, 2, 2, x, NULL), EL_OK);
    assert_close(x[0] + x[1], 0, 0, 0);
}

/* More columns than rows, columns alike, a column of zeros: any minimum. */
static void rank_deficient(void **state)
{
    const double a[] = {1, 1, 0, 2, 1, 1, 0, 2}, b[] = {3, 5};
    double x[4], r0, r1;

    (void)state;
    assert_int_equal(el_nnls(a, b, 2, 4, x, NULL), EL_OK);
    for (size_t j = 0; j < 4; j++)
        assert_true(x[j] >= 0);
    r0 = x[0] + x[1] + 2 * x[3] - 3;
    r1 = x[0] + x[1] + 2 * x[3] - 5;
    assert_close(r0 * r0 + r1 * r1, 2, 1e-12, 0);
    assert_close(x[2], 0, 0, 0);
}

static void refuses(void **state)
{
    const double a[] = {1, 2}, b[] = {1}, bad[] = {1, INFINITY}, nb[] = {NAN};
    double x[2] = {-7, -7};
    el_error err = {0};

    (void)state;
    assert_int_equal(el_nnls(NULL, b, 1, 2, x, NULL), EL_E_ARG);
    assert_int_equal(el_nnls(a, NULL, 1, 2, x, NULL), EL_E_ARG);
    assert_int_equal(el_nnls(a, b, 0, 2, x, NULL), EL_E_ARG);
    assert_int_equal(el_nnls(a, b, 1, 0, x, NULL), EL_E_ARG);
    assert_int_equal(el_nnls(a, b, SIZE_MAX, 2, x, NULL), EL_E_ARG);
    assert_int_equal(el_nnls(bad, b, 1, 2, x, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "a[0][1]"));
    assert_int_equal(el_nnls(a, nb, 1, 2, x, NULL), EL_E_DATA);
    assert_close(x[0] + x[1], -14, 0, 0);
}

static void out_of_memory(void **state)
{
    const double a[] = {1, 2}, b[] = {1};
    el_status st;
    long k = 0;

    (void)state;
    do {
        double x[2] = {-7, -7};

        el_mem_fail_at(k);
        st = el_nnls(a, b, 1, 2, x, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_close(x[0], -7, 0, 0);
        }
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(k, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(interior_and_all_zero),
        cmocka_unit_test(rank_deficient),
        cmocka_unit_test(refuses),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

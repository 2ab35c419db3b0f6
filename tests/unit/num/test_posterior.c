/* SPDX-License-Identifier: Apache-2.0 */
/* Gaussian processes against two values worked out by hand. */
#include "el_test.h"

#include "base/mem.h"
#include "num/posterior.h"

static const double cov[] = {2.0, 1.0, 1.0, 2.0}, r[] = {3.0, 0.0};

/* cov^-1 = [2 -1; -1 2] / 3: weights 2, -1. */
static void test_two_values(void **state)
{
    const double k[] = {1.0, 0.5};
    el_posterior p;
    double explained, sd;

    (void)state;
    assert_int_equal(el_posterior_make(cov, r, 2, &p, NULL), EL_OK);
    assert_close(p.weight[0], 2, 1e-14, 0);
    assert_close(p.weight[1], -1, 1e-14, 0);
    assert_close(el_posterior_mean(&p, k, &explained), 1.5, 1e-14, 0);
    assert_close(explained, (2 * 1 - 2 * 0.5 + 2 * 0.25) / 3, 1e-14, 0);
    /* value 1 from value 0: mean 1/2 of it, variance 2 - 1/2 */
    assert_close(el_posterior_left_out(&p, 0, &sd), 3, 1e-14, 0);
    assert_close(sd, sqrt(1.5), 1e-14, 0);
    assert_close(el_posterior_left_out(&p, 1, &sd), -1.5, 1e-14, 0);
    el_posterior_clear(&p);
    el_posterior_clear(&p);
}

static void test_refuses(void **state)
{
    const double same[] = {1.0, 1.0, 1.0, 1.0}, odd[] = {1.0, 2.0, 2.0, 1.0};
    el_posterior p = {.n = 7};
    el_error err = {0};

    (void)state;
    assert_int_equal(el_posterior_make(same, r, 2, &p, &err), EL_E_NUMERIC);
    assert_int_equal(el_posterior_make(odd, r, 2, &p, &err), EL_E_NUMERIC);
    assert_int_equal(p.n, 7);
}

static void test_out_of_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_posterior p = {.n = 7};

        el_mem_fail_at(k);
        st = el_posterior_make(cov, r, 2, &p, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(p.n, 7);
        } else {
            el_posterior_clear(&p);
        }
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 10);
    assert_true(k >= 2 && st == EL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_values),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

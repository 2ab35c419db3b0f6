/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdbool.h>

#include "base/mem.h"
#include "energylens/optimize.h"

static void expect(const double *x, const double *y, size_t n, const char *want)
{
    bool on[8];

    assert_int_equal(el_pareto_front(x, y, n, on, NULL), EL_OK);
    for (size_t i = 0; i < n; i++)
        if (on[i] != (want[i] == '*'))
            fail_msg("point %zu of \"%s\"", i, want);
    assert_int_equal(el_mem_live(), 0);
}

static void test_by_hand(void **state)
{
    (void)state;
    expect((double[]){1, 2, 3, 2, 4}, (double[]){3, 2, 1, 3, 1}, 5, "***..");
    expect((double[]){1, 1, 1}, (double[]){1, 1, 2}, 3, "**."); /* twins */
    expect((double[]){1, 2}, (double[]){1, 1}, 2, "*.");
    expect((double[]){NAN, 2, 0, INFINITY}, (double[]){1, 2, NAN, 0}, 4,
           ".*..");
    expect((double[]){NAN}, (double[]){1}, 1, ".");
    expect(NULL, NULL, 0, "");
}

static void test_out_of_memory(void **state)
{
    double v[2] = {1, 2};
    bool on[2] = {true, true};
    el_error err;

    (void)state;
    el_mem_fail_at(0);
    assert_int_equal(el_pareto_front(v, v, 2, on, &err), EL_E_NOMEM);
    el_mem_fail_at(-1);
    assert_true(on[0] && on[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Every operator on numbers against long double arithmetic. */
#include "el_expr_sample.h"
#include "expr/scalar.h"

static void test_operators(void **state)
{
    static const double x[][2] = {
        {.3, .7}, {.7, .3}, {-.4, .5}, {.6, -.2}, {-.9, -.8}};

    (void)state;
    for (int op = EL_OP_ADD; op < EL_N_EXPR_OPS; op++)
        for (size_t k = 0; k < sizeof x / sizeof *x; k++) {
            const double want =
                (double)el_sample_apply((el_expr_op)op, x[k][0], x[k][1]);
            const double got = el_expr_apply((el_expr_op)op, x[k][0], x[k][1]);

            if (isnan(want))
                assert_true(isnan(got));
            else
                assert_close(got, want, 1e-15, 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operators),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of a library that may be missing: skipped (77) without it. */
#include "num/xgboost.h"

#include <dlfcn.h>
#include <string.h>

#include "base/mem.h"
#include "el_test.h"

#define N 64u

static const el_tree_setting boosting[] = {{"objective", "reg:squarederror"},
                                           {"tree_method", "exact"},
                                           {"eta", "0.3"},
                                           {"max_depth", "3"}};
static const el_tree_plan plan = {EL_XGBOOST_LIBRARY, boosting, 4, 100};
static double x[2 * N], y[N];

/* A step in the first column; the second is noise with holes. */
static void fill(void)
{
    uint64_t seed = 3;

    for (size_t i = 0; i < N; i++) {
        x[2 * i] = (double)i;
        x[2 * i + 1] = i % 5 ? el_test_unif(&seed, 0, 1) : (double)NAN;
        y[i] = i < N / 2 ? 1.0 : 4.0;
    }
}

static void learns_a_step(void **state)
{
    const el_tree_rows rows = {x, N, 2};
    double out[N];

    (void)state;
    fill();
    assert_int_equal(el_xgboost_run(&plan, &rows, y, &rows, out, NULL), EL_OK);
    for (size_t i = 0; i < N; i++)
        assert_close(out[i], y[i], 0, 0.02);
}

static void same_rows_same_bits(void **state)
{
    static const el_tree_setting setting[] = {{"num_parallel_tree", "20"},
                                              {"subsample", "0.6"},
                                              {"colsample_bynode", "0.6"},
                                              {"tree_method", "exact"}};
    const el_tree_plan forest = {EL_XGBOOST_LIBRARY, setting, 4, 3};
    const el_tree_rows rows = {x, N, 2};
    double out[N], again[N];

    (void)state;
    fill();
    assert_int_equal(el_xgboost_run(&forest, &rows, y, &rows, out, NULL),
                     EL_OK);
    assert_int_equal(el_xgboost_run(&forest, &rows, y, &rows, again, NULL),
                     EL_OK);
    assert_memory_equal(out, again, sizeof out);
}

static void says_what_is_wrong(void **state)
{
    const el_tree_setting bad[] = {{"objective", "reg:nothing"}};
    const el_tree_plan refused = {EL_XGBOOST_LIBRARY, bad, 1, 1};
    const el_tree_plan missing = {"libnowhere.so.0", boosting, 4, 1};
    const el_tree_plan other = {"libm.so.6", boosting, 4, 1};
    const el_tree_rows rows = {x, N, 2}, none = {x, 0, 2}, wide = {x, N, 1};
    double out[N] = {-7};
    el_error err = {0};

    (void)state;
    fill();
    assert_int_equal(el_xgboost_run(&missing, &rows, y, &rows, out, &err),
                     EL_E_DEVICE);
    assert_non_null(strstr(err.message, "libnowhere.so.0"));
    assert_int_equal(el_xgboost_run(&other, &rows, y, &rows, out, &err),
                     EL_E_DEVICE);
    assert_non_null(strstr(err.message, "XGBGetLastError"));
    assert_int_equal(el_xgboost_run(&refused, &rows, y, &rows, out, &err),
                     EL_E_NUMERIC);
    assert_null(strchr(err.message, '\n'));
    assert_int_equal(el_xgboost_run(&plan, &none, y, &rows, out, NULL),
                     EL_E_ARG);
    assert_int_equal(el_xgboost_run(&plan, &rows, y, &wide, out, NULL),
                     EL_E_ARG);
    assert_close(out[0], -7, 0, 0);
    assert_int_equal(el_mem_live(), 0);
}

static void out_of_memory(void **state)
{
    const el_tree_rows rows = {x, N, 2};
    double out[N];
    el_status st;
    long k = 0;

    (void)state;
    fill();
    do {
        out[0] = -7;
        el_mem_fail_at(k);
        st = el_xgboost_run(&plan, &rows, y, &rows, out, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_close(out[0], -7, 0, 0);
        }
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    assert_true(k >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_a_step),
        cmocka_unit_test(same_rows_same_bits),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(out_of_memory),
    };

    if (!dlopen(EL_XGBOOST_LIBRARY, RTLD_NOW | RTLD_LOCAL))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Few columns out of many: those a target was made of come back with their
 * coefficients; every subset tried by hand is no better. */
#include "el_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "num/sparse_ls.h"

#define N    ((size_t)40)
#define M    ((size_t)9)
#define ZERO 3 /* a column of zeros */

static double column[M * N], target[3 * N];
static const el_dictionary d = {column, N, M};

/* Targets 3 c2 - 2 c7 + 0.5 c8; noise; c1 - c6 + a little noise. */
static int setup(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (size_t i = 0; i < M * N; i++)
        column[i] = el_test_unif(&seed, -1, 1);
    for (size_t i = 0; i < N; i++) {
        column[ZERO * N + i] = 0;
        target[i] = 3 * column[2 * N + i] - 2 * column[7 * N + i] +
                    .5 * column[8 * N + i];
        target[N + i] = el_test_unif(&seed, -1, 1);
        target[2 * N + i] =
            column[N + i] - column[6 * N + i] + el_test_unif(&seed, -.01, .01);
    }
    return 0;
}

static double coef_of(const el_sparse_fit *fit, size_t index)
{
    for (size_t k = 0; k < fit->n_term; k++)
        if (fit->index[k] == index)
            return fit->coef[k];
    return 0;
}

static void check_first(const el_sparse_fit *fit)
{
    assert_int_equal(fit->n_term, 3);
    assert_close(coef_of(fit, 2), 3, 1e-9, 0);
    assert_close(coef_of(fit, 7), -2, 1e-9, 0);
    assert_close(coef_of(fit, 8), .5, 1e-9, 0);
    assert_true(fit->rss < 1e-20);
}

static void test_exact(void **state)
{
    el_sparse_fit fit[3] = {{.n_term = 9}, {.n_term = 9}, {.n_term = 9}};

    (void)state;
    assert_int_equal(el_sparse_exact(&d, target, 3, 1e-12, 4, fit, NULL),
                     EL_OK);
    check_first(&fit[0]);
    assert_int_equal(fit[1].n_term, 0);
    assert_int_equal(fit[2].n_term, 0);
    /* more terms than are allowed */
    assert_int_equal(el_sparse_exact(&d, target, 1, 1e-12, 2, fit, NULL),
                     EL_OK);
    assert_int_equal(fit[0].n_term, 0);
    /* a tolerance that noise keeps to */
    assert_int_equal(el_sparse_exact(&d, target + 2 * N, 1, 1e-2, 4, fit, NULL),
                     EL_OK);
    assert_int_equal(fit[0].n_term, 2);
    assert_close(coef_of(&fit[0], 1), 1, .02, 0);
    assert_close(coef_of(&fit[0], 6), -1, .02, 0);
}

static double refit_rss(size_t a, size_t b)
{
    el_sparse_fit fit = {.n_term = 2, .index = {a, b}};
    double scratch[3 * N];

    return el_sparse_refit(&d, target, &fit, scratch) ? fit.rss
                                                      : (double)INFINITY;
}

static void test_path(void **state)
{
    const el_sparse_options opt = {.max_terms = 5, .stop = 1e-12};
    el_sparse_fit path[5];
    double best = (double)INFINITY;
    size_t n = 0;

    (void)state;
    assert_int_equal(el_sparse_path(&d, target, &opt, path, &n, NULL), EL_OK);
    assert_int_equal(n, 3); /* then nothing is left */
    check_first(&path[2]);
    for (size_t k = 1; k < n; k++)
        assert_true(path[k].rss < path[k - 1].rss);
    for (size_t a = 0; a < M; a++)
        for (size_t b = 0; b < a; b++)
            best = fmin(best, refit_rss(a, b));
    assert_close(path[1].rss, best, 1e-9, 0);
    assert_close(coef_of(&path[2], ZERO), 0, 0, 0);
}

static void test_always(void **state)
{
    const el_sparse_options opt = {
        .max_terms = 4, .n_always = 2, .non_negative = true, .stop = 1e-12};
    el_sparse_fit path[2];
    size_t n = 0;

    (void)state;
    assert_int_equal(el_sparse_path(&d, target + 2 * N, &opt, path, &n, NULL),
                     EL_OK);
    assert_true(n >= 1);
    for (size_t k = 0; k < n; k++) {
        assert_true(path[k].n_term <= k + 3);
        for (size_t j = 0; j < path[k].n_term; j++)
            if (path[k].index[j] >= opt.n_always)
                assert_true(path[k].coef[j] > 0);
    }
    assert_close(coef_of(&path[0], 1), 1, .35, 0);
    assert_close(coef_of(&path[n - 1], 6), 0, 0, 0); /* would be below 0 */
}

/* Columns that say the same, none, more than rows: not a fit. */
static void test_collinear(void **state)
{
    double twice[3 * N], scratch[4 * N];
    const el_dictionary same = {twice, N, 3}, few = {column, 2, M};
    el_sparse_fit fit = {.n_term = 2, .index = {0, 1}}, none = {0};
    el_sparse_fit many = {.n_term = 3, .index = {0, 1, 2}};
    const el_sparse_options opt = {.max_terms = 3, .stop = 0};
    el_sparse_fit path[3];
    size_t n = 0;

    (void)state;
    memcpy(twice, column, N * sizeof *twice);
    for (size_t i = 0; i < N; i++) {
        twice[N + i] = 2 * column[i];
        twice[2 * N + i] = column[N + i];
    }
    assert_false(el_sparse_refit(&same, target, &fit, scratch));
    assert_false(el_sparse_refit(&same, target, &none, scratch));
    assert_false(el_sparse_refit(&few, target, &many, scratch));
    assert_int_equal(el_sparse_path(&same, target, &opt, path, &n, NULL),
                     EL_OK);
    assert_int_equal(n, 2); /* either of the two, and the third */
    assert_int_equal(el_sparse_exact(&same, twice, 1, 1e-12, 3, &fit, NULL),
                     EL_OK);
    assert_true(fit.n_term <= 1); /* found, or given up: never both */
}

static void test_arguments(void **state)
{
    const el_dictionary wide = {column, M, M}, empty = {column, N, 0};
    const el_dictionary no_rows = {column, 0, M};
    el_sparse_options opt = {.max_terms = EL_SPARSE_MAX_TERMS + 1};
    el_sparse_fit fit;
    el_error err;
    size_t n = 77;

    (void)state;
    assert_int_equal(el_sparse_exact(&wide, target, 1, 0, 2, &fit, &err),
                     EL_E_ARG);
    assert_string_equal(err.message, "sparse: 9 rows, 9 columns, 2 terms");
    assert_int_equal(el_sparse_exact(&empty, target, 1, 0, 2, &fit, NULL),
                     EL_E_ARG);
    assert_int_equal(el_sparse_exact(&d, target, 0, 0, 2, &fit, NULL),
                     EL_E_ARG);
    assert_int_equal(
        el_sparse_exact(&d, target, 1, 0, EL_SPARSE_MAX_TERMS + 1, &fit, NULL),
        EL_E_ARG);
    assert_int_equal(el_sparse_path(&d, target, &opt, &fit, &n, NULL),
                     EL_E_ARG);
    opt = (el_sparse_options){.max_terms = 2, .n_always = 2};
    assert_int_equal(el_sparse_path(&d, target, &opt, &fit, &n, NULL),
                     EL_E_ARG);
    opt = (el_sparse_options){.max_terms = 12, .n_always = M + 1};
    assert_int_equal(el_sparse_path(&d, target, &opt, &fit, &n, NULL),
                     EL_E_ARG);
    opt = (el_sparse_options){.max_terms = 2};
    assert_int_equal(el_sparse_path(&no_rows, target, &opt, &fit, &n, NULL),
                     EL_E_ARG);
    assert_int_equal(n, 77);
}

static void test_out_of_memory(void **state)
{
    const el_sparse_options opt = {.max_terms = 3, .stop = 0};

    (void)state;
    for (int path = 0; path < 2; path++) {
        el_sparse_fit fit[3];
        size_t n = 0;
        el_status st;
        long k = 0;

        do {
            el_mem_fail_at(k);
            st = path ? el_sparse_path(&d, target, &opt, fit, &n, NULL)
                      : el_sparse_exact(&d, target, 1, 0, 3, fit, NULL);
            el_mem_fail_at(-1);
            assert_int_equal(el_mem_live(), 0);
            assert_true(st == EL_OK || st == EL_E_NOMEM);
        } while (st != EL_OK && ++k < 20);
        assert_int_equal(st, EL_OK);
        assert_true(k > 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),     cmocka_unit_test(test_path),
        cmocka_unit_test(test_always),    cmocka_unit_test(test_collinear),
        cmocka_unit_test(test_arguments), cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

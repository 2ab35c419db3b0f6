/* SPDX-License-Identifier: Apache-2.0 */
/* The bias of the relative loss, and the weights that take it away. */
#include "el_oom.h"

#include "base/rng.h"
#include "expr/reweigh.h"

#define N  2000u
#define SD .1

static const char *const names[] = {"x"};

typedef struct table {
    double x[N], y[N], weight[N];
    const double *col[1];
    el_columns columns;
    el_evidence evidence;
} table;

static table t;
static el_expr law; /* 3.0*x, fitted */

/* y = 3 x times noise, even in y or in ln y. */
static void fill(uint64_t seed, bool in_log)
{
    el_error err;
    el_rng rng;

    el_rng_init(&rng, seed, 0);
    for (unsigned i = 0; i < N; i++) {
        const double e = SD * el_rng_normal(&rng);

        t.x[i] = 1 + 9 * el_rng_unit(&rng);
        t.y[i] = 3 * t.x[i] * (in_log ? exp(e) : 1 + e);
    }
    t.col[0] = t.x;
    t.columns = (el_columns){t.col, 1, N};
    t.evidence = (el_evidence){.columns = &t.columns, .y = t.y, .floor = 1e-24};
    assert_int_equal(el_expr_parse("3.0*x", names, 1, &law, &err), EL_OK);
}

static double fitted(const double *weight)
{
    el_refit_result r;

    assert_int_equal(el_expr_fit(&law, &t.columns, t.y, weight,
                                 EL_LOSS_RELATIVE, 9, &r, NULL),
                     EL_OK);
    return law.value[0];
}

/* 2 or 1.5 sd^2 too low, 5 standard errors and more; then within 4. */
static void test_bias_goes(void **state)
{
    const double se = 3 * SD / sqrt(N);

    (void)state;
    for (int in_log = 0; in_log < 2; in_log++)
        for (uint64_t seed = 1; seed <= 10; seed++) {
            fill(seed, in_log == 1);
            assert_true(fitted(NULL) < 3 - 3 * se);
            assert_int_equal(el_reweigh(&law, &t.evidence, t.weight, NULL),
                             EL_OK);
            assert_close(fitted(t.weight), 3, 0, 4 * se);
        }
}

/* The law the rows were made by: what each of them counts for. */
static void test_weights(void **state)
{
    (void)state;
    for (int in_log = 0; in_log < 2; in_log++) {
        fill(7, in_log == 1);
        t.y[5] = 100 * t.x[5]; /* no noise: as if it were twice too large */
        t.y[6] = -t.y[6];
        assert_int_equal(el_reweigh(&law, &t.evidence, t.weight, NULL), EL_OK);
        assert_close(t.weight[5], in_log ? 4 * log(2) : 4, 1e-12, 0);
        assert_close(t.weight[6], in_log ? .5 * log(2) : .25, 1e-12, 0);
        for (unsigned i = 7; i < N; i++) {
            const double r = t.y[i] / (3 * t.x[i]);

            assert_close(t.weight[i], in_log ? r * r * log(r) / (r - 1) : r * r,
                         1e-9, 0);
        }
    }
}

/* A first law of which all is a tenth too large gives the same fit. */
static void test_one_pass_is_enough(void **state)
{
    double first;

    (void)state;
    fill(8, false);
    assert_int_equal(el_reweigh(&law, &t.evidence, t.weight, NULL), EL_OK);
    first = fitted(t.weight);
    law.value[0] *= 1.1;
    assert_int_equal(el_reweigh(&law, &t.evidence, t.weight, NULL), EL_OK);
    assert_close(fitted(t.weight), first, 1e-9, 0);
}

static void test_nothing_to_weigh_by(void **state)
{
    (void)state;
    fill(9, false);
    for (unsigned i = 0; i < N; i++)
        t.y[i] = 3 * t.x[i];
    assert_int_equal(el_reweigh(&law, &t.evidence, t.weight, NULL), EL_OK);
    for (unsigned i = 0; i < N; i++)
        assert_close(t.weight[i], 1, 1e-12, 0);
}

static el_status once(void)
{
    return el_reweigh(&law, &t.evidence, t.weight, NULL);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    fill(10, false);
    el_test_oom(once, 0, 20);
}

/* Of ten draws with 6 % noise most end at the round number: seven to ten of
   ten by chance alone, were the fit without bias; three of ten with it. */
static void test_numbers_become_round(void **state)
{
    const el_discover_options options = {.signed_terms = true};
    el_front *front = el_array(1, sizeof *front);
    unsigned round = 0;

    (void)state;
    assert_non_null(front);
    for (uint64_t seed = 11; seed <= 20; seed++) {
        const el_law *pick;

        fill(seed, false);
        for (unsigned i = 0; i < N; i++)
            t.y[i] /= 2; /* 3/2 x */
        assert_int_equal(
            el_discover(&t.columns, t.y, &options, NULL, front, NULL), EL_OK);
        pick = &front->law[front->pick];
        round += pick->expr.n_const == 1 && pick->expr.value[0] == 1.5;
    }
    print_message("%u of 10\n", round);
    assert_true(round >= 8);
    el_free(front);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bias_goes),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_one_pass_is_enough),
        cmocka_unit_test(test_nothing_to_weigh_by),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_numbers_become_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Energy laws with 3 % noise: the skeleton that made the rows comes back. */
#include "el_test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "energylens/discover.h"
#include "energylens/expr_eval.h"

#define N 300u

/* batch, tokens, width, degree, and a column that does nothing */
static const char *const names[] = {"B", "O", "H", "T", "u"};
static const double range[5][2] = {
    {1, 1024}, {16, 2048}, {2048, 12288}, {0, 0}, {1, 100}};

typedef struct table {
    double x[5][N], y[N];
    const double *col[5];
    el_columns columns;
} table;

static el_expr parse(const char *text)
{
    el_expr e;
    el_error err = {0};

    if (el_expr_parse(text, names, 5, &e, &err) != EL_OK)
        fail_msg("%s: %s", text, err.message);
    return e;
}

static void fill(table *t, const char *law, double noise, uint64_t seed)
{
    const el_expr e = parse(law);
    el_rng rng;

    el_rng_init(&rng, seed, 3);
    for (unsigned k = 0; k < 5; k++) {
        t->col[k] = t->x[k];
        for (size_t i = 0; i < N; i++)
            t->x[k][i] = k == 3 ? ldexp(1, (int)el_rng_below(&rng, 4))
                                : range[k][0] * pow(range[k][1] / range[k][0],
                                                    el_rng_unit(&rng));
    }
    t->columns = (el_columns){t->col, 5, N};
    assert_int_equal(el_expr_eval(&e, &t->columns, t->y, NULL), EL_OK);
    for (size_t i = 0; i < N; i++)
        t->y[i] *= exp(noise * el_rng_normal(&rng));
}

static unsigned n_fitted(const el_expr *e)
{
    unsigned n = 0;

    for (unsigned j = 0; j < e->n_const; j++)
        n += e->kind[j] != EL_CONST_FIXED;
    return n;
}

/* The pick, refitted to rows without noise, is the law, with no more numbers:
   the same skeleton however it is written. */
static void check_law(const char *law)
{
    const el_discover_options options = {.loss = EL_LOSS_RELATIVE,
                                         .max_complexity = 80};
    const el_task task = {.seed = 1, .threads = 1};
    const el_expr truth = parse(law);
    el_front *front = el_array(1, sizeof *front);
    el_refit_result result;
    el_buf text = {0};
    el_expr pick;
    table t;

    assert_non_null(front);
    fill(&t, law, .03, 1);
    assert_int_equal(el_discover(&t.columns, t.y, &options, &task, front, NULL),
                     EL_OK);
    pick = front->law[front->pick].expr;
    el_expr_print(&pick, names, (el_expr_style){.digits = 4}, &text);
    print_message("%s <- %s\n", law, el_buf_text(&text));
    el_buf_clear(&text);
    fill(&t, law, 0, 2);
    assert_true(n_fitted(&pick) <= n_fitted(&truth));
    assert_int_equal(el_expr_fit(&pick, &t.columns, t.y, NULL, EL_LOSS_RELATIVE,
                                 100, &result, NULL),
                     EL_OK);
    assert_true(result.loss < 1e-12);
    el_free(front);
}

static void test_sum_of_monomials(void **state)
{
    (void)state;
    check_law("1.6e-7*O*H^2 + 1.2e-9*B*O*H^2 + 0.4*O*T");
}

static void test_roofline(void **state)
{
    (void)state;
    check_law("O*max(3.84e-11*B*H^2, 5.0e-9*H^2 + 4.5e-4*B*T)");
}

static void test_saturation(void **state)
{
    (void)state;
    check_law("62.5*T*O + 310.5*T*O*B/(B + 24.5)");
}

static void test_log2_of_degree(void **state)
{
    (void)state;
    check_law("8.5*O*T + 35.0*O*log2(T) + 2.5e-8*B*H^2");
}

static void test_ring_share(void **state)
{
    (void)state;
    check_law("2.5e-8*B*O*H^2 + 3.5e-4*B*O*H*(1 - 1/T)");
}

/* Six rows are thrice too large: left out, the law is that of the others. */
static void test_outliers(void **state)
{
    const el_discover_options options = {.loss = EL_LOSS_RELATIVE,
                                         .outlier_sd = 4};
    el_front *front = el_array(1, sizeof *front);
    el_refit_result result;
    el_expr pick;
    table t;

    (void)state;
    assert_non_null(front);
    fill(&t, "2.5*O*T + 1.2e-9*B*O*H^2", .03, 4);
    for (size_t i = 10; i < N; i += 50)
        t.y[i] *= 3;
    assert_int_equal(el_discover(&t.columns, t.y, &options, NULL, front, NULL),
                     EL_OK);
    assert_int_equal(front->n_outlier, 6);
    assert_true(front->law[front->pick].loss < .035 * .035);
    pick = front->law[front->pick].expr;
    fill(&t, "2.5*O*T + 1.2e-9*B*O*H^2", 0, 5);
    assert_int_equal(el_expr_fit(&pick, &t.columns, t.y, NULL, EL_LOSS_RELATIVE,
                                 100, &result, NULL),
                     EL_OK);
    assert_true(result.loss < 1e-12 && n_fitted(&pick) == 2);
    el_free(front);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_of_monomials),
        cmocka_unit_test(test_roofline),
        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_log2_of_degree),
        cmocka_unit_test(test_ring_share),
        cmocka_unit_test(test_outliers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

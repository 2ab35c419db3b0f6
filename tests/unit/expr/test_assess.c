/* SPDX-License-Identifier: Apache-2.0 */
/* What a front says of its laws, against values found by hand. */
#include "el_test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "expr/assess.h"
#include "num/stats.h"

#define N 60u

static const char *const names[] = {"x", "z"};

typedef struct table {
    double x[2][N], y[N];
    const double *col[2];
    el_columns columns;
    el_evidence evidence;
    el_front front;
} table;

static table *new_table(el_loss loss)
{
    table *t = el_array(1, sizeof *t);
    el_rng rng;

    assert_non_null(t);
    el_rng_init(&rng, 5, 0);
    for (unsigned i = 0; i < N; i++) {
        t->x[0][i] = 1 + i;
        t->x[1][i] = 1 + 9 * el_rng_unit(&rng);
        t->y[i] = 3 * t->x[0][i] + .5 * el_rng_normal(&rng);
    }
    t->col[0] = t->x[0];
    t->col[1] = t->x[1];
    t->columns = (el_columns){t->col, 2, N};
    t->evidence = (el_evidence){
        .columns = &t->columns, .y = t->y, .loss = loss, .floor = 1e-24};
    return t;
}

/* Add a law, fitted. */
static el_law *add(table *t, const char *text)
{
    el_law *law = &t->front.law[t->front.n++];
    el_refit_result r;
    el_error err = {0};

    if (el_expr_parse(text, names, 2, &law->expr, &err) != EL_OK)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(el_expr_fit(&law->expr, &t->columns, t->y, NULL,
                                 t->evidence.loss, 50, &r, NULL),
                     EL_OK);
    law->loss = r.loss;
    law->complexity = el_expr_complexity(&law->expr);
    law->length_nat = el_description_nat(&law->expr, r.loss, &t->evidence);
    return law;
}

static void assess(table *t, const size_t *group)
{
    assert_int_equal(
        el_front_assess(&t->front, &t->evidence, NULL, group, NULL, NULL),
        EL_OK);
}

/* Textbook interval of a line through the origin. */
static void test_interval_of_slope(void **state)
{
    table *t = new_table(EL_LOSS_PLAIN);
    const el_law *law = add(t, "2.0*x");
    double xx = 0, rss = 0, half;

    (void)state;
    assess(t, NULL);
    for (unsigned i = 0; i < N; i++) {
        xx += t->x[0][i] * t->x[0][i];
        rss += pow(t->y[i] - law->expr.value[0] * t->x[0][i], 2);
    }
    half = el_student_t_quantile(.95, N - 1) * sqrt(rss / (N - 1) / xx);
    assert_close(law->hi[0] - law->expr.value[0], half, 1e-6, 0);
    assert_close(law->expr.value[0] - law->lo[0], half, 1e-6, 0);
    assert_true(law->lo[0] < 3 && 3 < law->hi[0]);
    assert_int_equal(law->undetermined, 0);
    assert_close(law->support[0], 1, 0, 0);
    el_free(t);
}

/* Only the product of two factors is determined. */
static void test_undetermined(void **state)
{
    table *t = new_table(EL_LOSS_PLAIN);
    el_law *law = add(t, "2.0*(x*1.5) + 0.5*z");

    (void)state;
    assess(t, NULL);
    assert_int_equal(law->undetermined, 3);
    assert_true(isinf(law->lo[0]) && isinf(law->hi[1]));
    assert_true(isfinite(law->lo[2]) && isfinite(law->hi[2]));
    el_free(t);
}

/* A constant, two groups: each is predicted by the other's mean. */
static void test_groups_left_out(void **state)
{
    table *t = new_table(EL_LOSS_PLAIN);
    size_t group[N];
    double mean[2] = {0, 0}, loss[2] = {0, 0}, cv;
    const el_law *law;

    (void)state;
    for (unsigned i = 0; i < N; i++) {
        group[i] = i < N / 2 ? 70 : 7;
        mean[i < N / 2] += t->y[i] / (N / 2.);
    }
    for (unsigned i = 0; i < N; i++)
        loss[i < N / 2] += pow(t->y[i] - mean[i >= N / 2], 2) / (N / 2.);
    law = add(t, "1.0");
    assess(t, group);
    cv = (loss[0] + loss[1]) / 2;
    assert_close(law->cv_loss, cv, 1e-9, 0);
    assert_close(law->cv_se, fabs(loss[0] - loss[1]) / 2, 1e-6, 0);
    el_free(t);
}

static void test_measures(void **state)
{
    table *t = new_table(EL_LOSS_RELATIVE);
    const el_law *a = add(t, "1.0"), *b = add(t, "2.0*x");
    double stability = 0, s2 = 0;

    (void)state;
    assess(t, NULL);
    assert_close(b->bic, N * log(b->loss) + log(N), 1e-12, 0);
    assert_close(b->score,
                 (log(a->loss) - log(b->loss)) /
                     (b->complexity - a->complexity),
                 1e-12, 0);
    for (unsigned i = 0; i < N; i++)
        s2 += pow(log(b->expr.value[0] * t->x[0][i] / t->y[i]), 2) / N;
    assert_close(b->log_rmse, sqrt(s2), 1e-12, 0);
    for (size_t l = 0; l < t->front.n; l++)
        stability += t->front.law[l].stability;
    assert_close(stability, 1, 1e-12, 0);
    assert_close(b->stability, 1, 0, 0);
    /* far behind: nobody asked it */
    assert_true(isnan(a->support[0]) && a->stability == 0);
    el_free(t);
}

/* The shorter description loses where it fails on rows left out. */
static void test_pick_is_cross_validated(void **state)
{
    table *t = new_table(EL_LOSS_PLAIN);
    el_law *bad = add(t, "1.0");
    size_t group[N];

    (void)state;
    for (unsigned i = 0; i < N; i++)
        group[i] = i / 10;
    add(t, "2.0*x");
    bad->length_nat = t->front.law[1].length_nat - 100;
    t->front.pick = 0;
    assess(t, NULL);
    assert_int_equal(t->front.pick, 0);
    assess(t, group);
    assert_int_equal(t->front.pick, 1);
    el_free(t);
}

static void check_relation(const el_relation *r, const double *want, size_t n)
{
    const double sign = r->exponent[0] * want[0] < 0 ? -1 : 1;

    for (size_t k = 0; k < n; k++)
        assert_close(r->exponent[k], sign * want[k], 0, 1e-9);
}

static void test_relations(void **state)
{
    const double want[] = {1, 2, -1, 0}, constant[] = {0, 0, 0, 1};
    double x[4][N];
    const double *col[] = {x[0], x[1], x[2], x[3]};
    el_relation found[EL_MAX_RELATIONS];
    size_t n;
    el_rng rng;

    (void)state;
    el_rng_init(&rng, 1, 0);
    for (unsigned i = 0; i < N; i++) {
        x[0][i] = exp(el_rng_normal(&rng));
        x[1][i] = exp(el_rng_normal(&rng));
        x[2][i] = 12 * x[0][i] * x[1][i] * x[1][i];
        x[3][i] = exp(el_rng_normal(&rng));
    }
    assert_int_equal(
        el_find_relations(&(el_columns){col, 4, N}, found, &n, NULL), EL_OK);
    assert_int_equal(n, 1);
    check_relation(&found[0], want, 4);
    assert_true(found[0].scatter < 1e-9);
    for (unsigned i = 0; i < N; i++) {
        x[2][i] *= 1 + .3 * (i % 2);
        x[3][i] = 40;
    }
    assert_int_equal(
        el_find_relations(&(el_columns){col, 4, N}, found, &n, NULL), EL_OK);
    assert_int_equal(n, 1);
    assert_close(found[0].exponent[3], constant[3], 0, 0);
    assert_close(found[0].exponent[0], 0, 0, 0);
}

/* Tokens of both kinds and their sum, the latter of either sign; a product of
   two of them is no sum. */
static void test_sums(void **state)
{
    const double want[] = {1, 1, -1, 0}, affine[] = {2, 0, 0, -1};
    double x[4][N];
    const double *col[] = {x[0], x[1], x[2], x[3]};
    el_relation found[EL_MAX_RELATIONS];
    size_t n;
    el_rng rng;

    (void)state;
    el_rng_init(&rng, 1, 0);
    for (unsigned i = 0; i < N; i++) {
        x[0][i] = exp(el_rng_normal(&rng));
        x[1][i] = el_rng_normal(&rng); /* no logarithm */
        x[2][i] = x[0][i] + x[1][i];
        x[3][i] = x[0][i] * x[1][i];
    }
    assert_int_equal(
        el_find_relations(&(el_columns){col, 4, N}, found, &n, NULL), EL_OK);
    assert_int_equal(n, 1);
    assert_true(found[0].is_sum);
    check_relation(&found[0], want, 4);
    for (unsigned i = 0; i < N; i++) {
        x[2][i] = el_rng_normal(&rng);
        x[3][i] = 2 * x[0][i] + 5;
    }
    assert_int_equal(
        el_find_relations(&(el_columns){col, 4, N}, found, &n, NULL), EL_OK);
    assert_int_equal(n, 1);
    assert_true(found[0].is_sum);
    check_relation(&found[0], affine, 4);
}

static void test_memory(void **state)
{
    table *t = new_table(EL_LOSS_PLAIN);
    el_status st;
    long k = 0;

    (void)state;
    add(t, "1.0");
    add(t, "2.0*x");
    do {
        el_mem_fail_at(k);
        st = el_front_assess(&t->front, &t->evidence, NULL, NULL, NULL, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 1); /* t */
        assert_true(st == EL_OK || st == EL_E_NOMEM);
    } while (st != EL_OK && ++k < 1000);
    assert_int_equal(st, EL_OK);
    assert_true(k > 5);
    el_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interval_of_slope),
        cmocka_unit_test(test_undetermined),
        cmocka_unit_test(test_groups_left_out),
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_pick_is_cross_validated),
        cmocka_unit_test(test_relations),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

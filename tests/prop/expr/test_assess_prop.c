/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals hold the truth as often as they say; what a front says does not
   depend on the units that columns are written in. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "expr/assess.h"

#define N    80u
#define SETS 400u

static const char *const names[] = {"a", "b"};

typedef struct table {
    double x[2][N], y[N];
    const double *col[2];
    el_columns columns;
    el_front front;
} table;

static const double truth[] = {3.5, 1.5, 20};

/* y = 3.5 a + 1.5 b / (b + 20) with 3 % noise, `unit` times the columns */
static void fill(table *t, uint64_t seed, double unit)
{
    el_rng rng;

    memset(t, 0, sizeof *t);
    el_rng_init(&rng, seed, 0);
    for (unsigned i = 0; i < N; i++) {
        const double a = exp(-2 + 3 * el_rng_unit(&rng));
        const double b = exp(6 * el_rng_unit(&rng));

        t->x[0][i] = a * unit;
        t->x[1][i] = b * unit;
        t->y[i] = (truth[0] * a + truth[1] * b / (b + truth[2])) *
                  (1 + .03 * el_rng_normal(&rng));
    }
    t->col[0] = t->x[0];
    t->col[1] = t->x[1];
    t->columns = (el_columns){t->col, 2, N};
}

static void assess(table *t)
{
    static const char *const text[] = {"1.0*a", "1.0*a + 1.0*b/(b + 10.0)"};
    const el_evidence evidence = {.columns = &t->columns,
                                  .y = t->y,
                                  .loss = EL_LOSS_RELATIVE,
                                  .floor = 1e-24};

    for (unsigned l = 0; l < 2; l++) {
        el_law *law = &t->front.law[t->front.n++];
        el_refit_result r;

        assert_int_equal(el_expr_parse(text[l], names, 2, &law->expr, NULL),
                         EL_OK);
        assert_int_equal(el_expr_fit(&law->expr, &t->columns, t->y, NULL,
                                     EL_LOSS_RELATIVE, 100, &r, NULL),
                         EL_OK);
        law->loss = r.loss;
        law->complexity = el_expr_complexity(&law->expr);
        law->length_nat = el_description_nat(&law->expr, r.loss, &evidence);
    }
    assert_int_equal(
        el_front_assess(&t->front, &evidence, NULL, NULL, NULL, NULL), EL_OK);
}

static void test_coverage(void **state)
{
    table *t = el_array(1, sizeof *t);
    unsigned held[3] = {0};

    (void)state;
    assert_non_null(t);
    for (unsigned set = 0; set < SETS; set++) {
        el_law *law = &t->front.law[0];
        el_assess a = {.y = t->y, .loss = EL_LOSS_RELATIVE};
        el_refit_result r;

        fill(t, 100 + set, 1);
        a.columns = &t->columns;
        assert_int_equal(el_expr_parse("1.0*a + 1.0*b/(b + 10.0)", names, 2,
                                       &law->expr, NULL),
                         EL_OK);
        assert_int_equal(el_expr_fit(&law->expr, &t->columns, t->y, NULL,
                                     EL_LOSS_RELATIVE, 100, &r, NULL),
                         EL_OK);
        assert_int_equal(el_frame_init(&a.frame, &t->columns, 3, NULL), EL_OK);
        assert_int_equal(el_tape_init(&a.tape, NULL, NULL), EL_OK);
        assert_int_equal(el_assess_constants(&a, law, NULL), EL_OK);
        el_tape_clear(&a.tape);
        el_frame_clear(&a.frame);
        for (unsigned j = 0; j < 3; j++)
            held[j] += law->lo[j] <= truth[j] && truth[j] <= law->hi[j];
    }
    print_message("held %u %u %u of %u\n", held[0], held[1], held[2], SETS);
    /* 90 % +- 4 standard errors of a share of 400 */
    for (unsigned j = 0; j < 3; j++)
        assert_true(held[j] > SETS * .84 && held[j] < SETS * .96);
    el_free(t);
}

static void test_units_do_not_matter(void **state)
{
    table *one = el_array(1, sizeof *one), *other = el_array(1, sizeof *other);

    (void)state;
    assert_true(one && other);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        fill(one, seed, 1);
        fill(other, seed, 1024);
        assess(one);
        assess(other);
        for (size_t l = 0; l < 2; l++) {
            const el_law *p = &one->front.law[l], *q = &other->front.law[l];

            assert_close(q->log_rmse, p->log_rmse, 1e-6, 0);
            assert_close(q->cv_loss, p->cv_loss, 1e-6, 0);
            assert_close(q->cv_se, p->cv_se, 1e-5, 0);
            assert_close(q->stability, p->stability, 0, .011);
            assert_close((q->hi[0] - q->lo[0]) / q->expr.value[0],
                         (p->hi[0] - p->lo[0]) / p->expr.value[0], 1e-5, 0);
        }
    }
    el_free(one);
    el_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_units_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

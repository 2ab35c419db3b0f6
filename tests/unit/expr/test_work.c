/* SPDX-License-Identifier: Apache-2.0 */
/* Costs of work: sums written as nested products, and the search for them. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "energylens/discover.h"
#include "energylens/expr_eval.h"
#include "expr/nest.h"

#define N 72u

static const char *const names[] = {"T", "B", "O", "w"};
static const el_part parts[] = {EL_PART_MACHINE, EL_PART_BATCH, EL_PART_WORK,
                                EL_PART_TIMES};
static const size_t column[] = {0, 1, 2, 3};

typedef struct table {
    double x[4][N], y[N];
    const double *col[4];
    size_t group[N];
    el_columns columns;
} table;

static void fill(table *t, const char *truth, double noise)
{
    el_expr e;
    el_rng rng;

    el_rng_init(&rng, 3, 0);
    for (unsigned i = 0; i < N; i++) {
        t->x[0][i] = (double)(1u << i % 3);
        t->x[1][i] = (double)(1u << i / 3 % 6);
        t->x[2][i] = (double)(128u << i / 18);
        t->x[3][i] = fmax(1, t->x[1][i] * t->x[2][i] / 4000 / t->x[0][i]);
        t->group[i] = i / 3;
    }
    for (unsigned k = 0; k < 4; k++)
        t->col[k] = t->x[k];
    t->columns = (el_columns){t->col, 4, N};
    assert_int_equal(el_expr_parse(truth, names, 4, &e, NULL), EL_OK);
    assert_int_equal(el_expr_eval(&e, &t->columns, t->y, NULL), EL_OK);
    for (unsigned i = 0; i < N; i++)
        t->y[i] *= exp(noise * el_rng_normal(&rng));
}

static el_discover_options costs(const table *t)
{
    return (el_discover_options){
        .part = parts, .group = t->group, .max_complexity = 80};
}

static void expect_text(const el_poly *poly, const char *want)
{
    el_expr e = {0};
    el_buf text = {0};

    assert_true(el_nest_push(&e, poly, column));
    assert_true(el_expr_is_valid(&e, 4));
    for (unsigned j = 0; j < e.n_const; j++)
        assert_int_equal(e.kind[j], EL_CONST_POSITIVE);
    el_expr_print(&e, names, (el_expr_style){.digits = 3}, &text);
    assert_string_equal(el_buf_text(&text), want);
    el_buf_clear(&text);
}

static void test_nested(void **state)
{
    const el_poly one = {1, {{2.5, {2, 1}}}};
    /* O (w (3 + 4 T) + 5 sqrt(B)) - 6 T */
    const el_poly sum = {
        4, {{3, {0, 0, 2, 2}}, {-6, {2}}, {4, {2, 0, 2, 2}}, {5, {0, 1, 2}}}};
    const el_poly apart = {2, {{1.5, {2}}, {2.5, {0, 4}}}};

    (void)state;
    expect_text(&one, "2.5*T*sqrt(B)");
    expect_text(&sum, "O*(w*(3.0 + 4.0*T) + 5.0*sqrt(B)) - 6.0*T");
    expect_text(&apart, "1.5*T + 2.5*B^2");
}

static void test_not_nested(void **state)
{
    const el_poly minus = {1, {{-1, {2}}}}, none = {.n = 0};
    el_poly much = {.n = EL_POLY_MAX_TERMS};
    el_expr e = {0};

    (void)state;
    for (unsigned i = 0; i < much.n; i++)
        much.term[i] = (el_poly_term){
            1.5 + i, {(int8_t)(i + 1), (int8_t)(20 - i), (int8_t)(i * i % 7)}};
    assert_false(el_nest_push(&e, &minus, column));
    assert_false(el_nest_push(&e, &none, column));
    assert_false(el_nest_push(&e, &much, column));
    assert_int_equal(e.n_node, 0);
    assert_int_equal(e.n_const, 0);
}

static const el_law *search(const table *t, el_front *front)
{
    const el_discover_options o = costs(t);
    el_error err = {0};

    if (el_discover(&t->columns, t->y, &o, NULL, front, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_true(front->n > 0);
    return &front->law[front->pick];
}

static void test_found(void **state)
{
    el_front *front = el_array(1, sizeof *front);
    double f[N];
    table t;

    (void)state;
    fill(&t, "O*(w*(3.4 + 0.25*T) + 0.06*B + 0.00004*B*O) - 60.5*T", 0);
    assert_int_equal(
        el_expr_eval(&search(&t, front)->expr, &t.columns, f, NULL), EL_OK);
    for (unsigned i = 0; i < N; i++)
        assert_close(f[i], t.y[i], 1e-6, 0);
    el_free(front);
}

/* Every term grows with the work, none is negative but the offset. */
static void test_shape(void **state)
{
    el_front *front = el_array(1, sizeof *front);
    table t;

    (void)state;
    fill(&t, "O*(w*(3.4 + 0.25*T) + 0.3*sqrt(B)) - 20.5*T", .05);
    (void)search(&t, front);
    for (size_t l = 0; l < front->n; l++) {
        const el_expr *e = &front->law[l].expr;
        double twice[N], f[N], o2[N];
        const double *col[4] = {t.x[0], t.x[1], o2, t.x[3]};

        for (unsigned j = 0; j < e->n_const; j++)
            assert_true(e->value[j] > 0);
        for (unsigned i = 0; i < N; i++)
            o2[i] = 2 * t.x[2][i];
        assert_int_equal(el_expr_eval(e, &t.columns, f, NULL), EL_OK);
        assert_int_equal(el_expr_eval(e, &(el_columns){col, 4, N}, twice, NULL),
                         EL_OK);
        for (unsigned i = 0; i < N; i++)
            assert_true(twice[i] >= 2 * f[i] * (1 - 1e-12));
    }
    el_free(front);
}

static double worst(const table *t, const el_law *law, const double *times)
{
    const double *col[4] = {t->x[0], t->x[1], t->x[2], times};
    double f[N], most = 0;

    assert_int_equal(
        el_expr_eval(&law->expr, &(el_columns){col, 4, N}, f, NULL), EL_OK);
    for (unsigned i = 0; i < N; i++)
        most = fmax(most, fabs(f[i] / t->y[i] - 1));
    return most;
}

/* Rows in which nothing waits do not tell that steps are run again. */
static void test_again(void **state)
{
    el_front *front = el_array(1, sizeof *front);
    double twice[N];
    const el_law *law;
    table t;

    (void)state;
    fill(&t, "3.4*O + 0.06*B*O", .01);
    for (unsigned i = 0; i < N; i++) {
        t.x[3][i] = 1 + 1e-9 * t.x[3][i];
        twice[i] = 2;
    }
    law = search(&t, front);
    assert_true(worst(&t, law, t.x[3]) < .05);
    for (unsigned i = 0; i < N; i++)
        t.y[i] += 3.4 * t.x[2][i];
    assert_true(worst(&t, law, twice) < .1);
    el_free(front);
}

/* ... but they may tell that steps are not. */
static void test_not_again(void **state)
{
    el_front *front = el_array(1, sizeof *front);
    table t;

    (void)state;
    fill(&t, "3.4*O + 0.06*B*O", .01);
    for (unsigned i = 0; i < N; i++)
        t.x[3][i] = 1 + i * i % 17;
    assert_true(worst(&t, search(&t, front), t.x[3]) < .05);
    el_free(front);
}

/* Without a column of work there is no cost of it: any law may be found. */
static void test_no_work(void **state)
{
    static const el_part machine[] = {EL_PART_MACHINE, EL_PART_BATCH,
                                      EL_PART_ANY, EL_PART_ANY};
    el_front *front = el_array(1, sizeof *front);
    el_discover_options o;
    table t;

    (void)state;
    fill(&t, "7.5*B/O", 0);
    o = costs(&t);
    o.part = machine;
    assert_int_equal(el_discover(&t.columns, t.y, &o, NULL, front, NULL),
                     EL_OK);
    assert_true(front->exact);
    el_free(front);
}

static void test_memory(void **state)
{
    el_front *front = el_array(1, sizeof *front);
    el_discover_options o;
    unsigned n_failed = 0;
    table t;

    (void)state;
    fill(&t, "O*(3.4*w + 0.06*B) - 60.5*T", 0);
    o = costs(&t);
    for (long k = 0; k < 400; k += 1 + k / 20) {
        const long live = el_mem_live();
        el_status st;

        front->tried = 4711;
        el_mem_fail_at(k);
        st = el_discover(&t.columns, t.y, &o, NULL, front, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), live);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        if (st == EL_E_NOMEM)
            assert_int_equal(front->tried, 4711);
        n_failed += st == EL_E_NOMEM;
    }
    assert_true(n_failed > 5);
    el_free(front);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested),  cmocka_unit_test(test_not_nested),
        cmocka_unit_test(test_found),   cmocka_unit_test(test_shape),
        cmocka_unit_test(test_again),   cmocka_unit_test(test_not_again),
        cmocka_unit_test(test_no_work), cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

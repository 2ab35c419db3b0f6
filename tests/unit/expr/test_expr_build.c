/* SPDX-License-Identifier: Apache-2.0 */
#include "el_expr_sample.h"

static const double x[3] = {2, 3, 5};

static void expect(const el_expr *e, double value, unsigned n_node)
{
    assert_true(el_expr_is_valid(e, 3));
    assert_int_equal(e->n_node, n_node);
    assert_close((double)el_sample_value(e, x, NULL), value, 1e-15, 0);
}

static void test_powers(void **state)
{
    static const double exponent[] = {1, 2,  3,  4,   6,    .5,  1.5, .25,
                                      0, -1, -2, -.5, -1.5, 2.5, -2.5};
    static const unsigned n[] = {1, 2, 2, 3, 3, 2, 3, 3, 1, 2, 3, 3, 4, 3, 3};

    (void)state;
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        el_expr e = {0};

        assert_true(el_expr_push_power(&e, 1, exponent[i], EL_CONST_FIXED));
        expect(&e, pow(3, exponent[i]), n[i]);
        e = (el_expr){0};
        assert_true(el_expr_push_power(&e, 1, exponent[i], EL_CONST_EXPONENT));
        expect(&e, pow(3, exponent[i]), 3);
        assert_int_equal(e.kind[0], EL_CONST_EXPONENT);
    }
}

static void test_monomials(void **state)
{
    static const size_t column[] = {0, 1, 2};
    static const double mixed[] = {-1, 2, .5}, below[] = {-1, -2, 0},
                        none[] = {0, 0, 0};
    el_monomial m = {.factor = 7,
                     .factor_kind = EL_CONST_POSITIVE,
                     .n = 3,
                     .column = column,
                     .exponent = mixed,
                     .exponent_kind = EL_CONST_FIXED};
    el_expr e = {0};

    (void)state;
    assert_true(el_expr_push_monomial(&e, &m));
    expect(&e, 7 * 9 * sqrt(5) / 2, 9);
    m.factor = 1;
    m.factor_kind = EL_CONST_FIXED;
    m.exponent = below;
    e = (el_expr){0};
    assert_true(el_expr_push_monomial(&e, &m));
    expect(&e, 1.0 / 2 / 9, 5);
    m.exponent_kind = EL_CONST_EXPONENT;
    e = (el_expr){0};
    assert_true(el_expr_push_monomial(&e, &m));
    expect(&e, 1.0 / 2 / 9, 7);
    m.exponent = none;
    e = (el_expr){0};
    assert_true(el_expr_push_monomial(&e, &m));
    expect(&e, 1, 1);
}

static void test_joins(void **state)
{
    el_expr term[3] = {{0}, {0}, {0}}, e, sum;

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        assert_true(
            el_expr_push_const(&term[k], 10 * (double)(k + 1), EL_CONST_FREE));
        assert_true(el_expr_push_col(&term[k], k));
        assert_true(el_expr_push_op(&term[k], EL_OP_MUL));
    }
    assert_true(el_expr_sum(&sum, term, 3));
    expect(&sum, 20 + 60 + 150, 11);
    assert_true(el_expr_join(&e, &sum, EL_OP_DIV, &term[1]));
    expect(&e, 230.0 / 60, 15);
    assert_true(el_expr_push_op(&e, EL_OP_NEG));
    expect(&e, -230.0 / 60, 16);
    /* a formula times itself, from its own storage */
    e = term[2];
    assert_true(el_expr_push(&e, &e) && el_expr_push_op(&e, EL_OP_MUL));
    expect(&e, 150.0 * 150, 7);
}

static void test_limits(void **state)
{
    el_expr e = {0}, full = {0}, was;

    (void)state;
    assert_false(el_expr_push_op(&e, EL_OP_NEG));
    assert_true(el_expr_push_col(&e, 0));
    assert_false(el_expr_push_op(&e, EL_OP_ADD));
    assert_false(el_expr_push_col(&e, EL_EXPR_MAX_COLS));
    assert_false(el_expr_sum(&e, &e, 0));
    assert_int_equal(e.n_node, 1);
    for (unsigned k = 0; k < EL_EXPR_MAX_CONSTS; k++)
        assert_true(el_expr_push_const(&full, k, EL_CONST_FREE));
    assert_false(el_expr_push_const(&full, 1, EL_CONST_FREE));
    assert_false(el_expr_push_power(&full, 0, .3, EL_CONST_FIXED));
    assert_int_equal(full.n_node, EL_EXPR_MAX_CONSTS);
    while (full.n_node < EL_EXPR_MAX_NODES)
        assert_true(el_expr_push_col(&full, 0));
    was = full;
    assert_false(el_expr_push_col(&full, 0));
    assert_false(el_expr_push_op(&full, EL_OP_ADD));
    assert_false(el_expr_push(&full, &e));
    assert_false(el_expr_join(&full, &full, EL_OP_ADD, &e));
    assert_memory_equal(&was, &full, sizeof was);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_powers),
        cmocka_unit_test(test_monomials),
        cmocka_unit_test(test_joins),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "el_expr_sample.h"

static const char *const names[] = {"x", "y", "z"};

static el_expr parse(const char *text)
{
    el_expr e = {0};

    assert_int_equal(el_expr_parse(text, names, 3, &e, NULL), EL_OK);
    return e;
}

static bool equal(const char *a, const char *b, el_expr_match match)
{
    const el_expr x = parse(a), y = parse(b);

    return el_expr_hash(&x, match) == el_expr_hash(&y, match);
}

static void test_order(void **state)
{
    (void)state;
    assert_true(equal("x + y*z", "z*y + x", EL_MATCH_VALUES));
    assert_true(equal("x + (y + z)", "(z + x) + y", EL_MATCH_VALUES));
    assert_true(
        equal("max(x, max(y, z))", "max(max(z, x), y)", EL_MATCH_VALUES));
    assert_false(equal("x - y", "y - x", EL_MATCH_VALUES));
    assert_false(equal("x/y", "y/x", EL_MATCH_VALUES));
    assert_false(equal("x^y", "y^x", EL_MATCH_VALUES));
    assert_false(equal("x + y", "x*y", EL_MATCH_VALUES));
    assert_false(equal("x + x", "y + y", EL_MATCH_VALUES));
    assert_false(equal("x*(y + z)", "x*y + z", EL_MATCH_VALUES));
    assert_false(equal("sin(x)", "cos(x)", EL_MATCH_VALUES));
}

static void test_numbers(void **state)
{
    (void)state;
    assert_true(equal("2.5*x", "x*2.5", EL_MATCH_VALUES));
    assert_false(equal("2.5*x", "2.6*x", EL_MATCH_VALUES));
    assert_true(equal("2.5*x", "2.6*x", EL_MATCH_SKELETON));
    assert_false(equal("2*x", "3*x", EL_MATCH_SKELETON));
    assert_true(equal("x^0.5", "x^0.6", EL_MATCH_SKELETON));
    assert_true(equal("x + 0", "x + -0", EL_MATCH_VALUES));
    assert_false(equal("2.5*x", "y*x", EL_MATCH_SKELETON));
}

static void test_nodes(void **state)
{
    const el_expr e = parse("sqrt(x*y)/(1.5 + x*y)"), part = parse("y*x");
    uint64_t hash[EL_EXPR_MAX_NODES];

    (void)state;
    el_expr_hash_nodes(&e, EL_MATCH_SKELETON, hash);
    assert_true(hash[e.n_node - 1] == el_expr_hash(&e, EL_MATCH_SKELETON));
    assert_true(hash[2] == hash[7]);
    assert_true(hash[2] == el_expr_hash(&part, EL_MATCH_VALUES));
}

static bool same(const char *a, const char *b)
{
    const el_expr x = parse(a), y = parse(b);

    return el_expr_same_skeleton(&x, &y);
}

static void test_skeleton(void **state)
{
    (void)state;
    assert_true(same("1.5*x^2 + 2.5*y", "3.5*y + 4.5*x*x"));
    assert_true(same("1.5*x - 2.5*y", "1.5*x + 2.5*y"));
    assert_true(same("1.5*(x*2.5 + y*0.5)", "x*9.5 + 8.5*y"));
    assert_true(same("x*x/y", "x/(y/x)"));
    assert_false(same("1.5*x + 2.5*y", "1.5*x + 2.5*y + 0.1"));
    assert_false(same("1.5*x", "1.5*y"));
    assert_false(same("x^2", "x^3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_skeleton),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

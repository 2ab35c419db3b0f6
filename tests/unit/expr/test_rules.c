/* SPDX-License-Identifier: Apache-2.0 */
/* Constraints: what may be a law, and what a search with them returns. */
#include "el_test.h"

#include "base/mem.h"
#include "expr/rules.h"

#define N 40u

static const char *const names[] = {"B", "t"};

typedef struct table {
    double x[2][N], y[N];
    const double *col[2];
    el_columns columns;
} table;

static el_expr parse(const char *text)
{
    el_expr e;
    el_error err = {0};

    if (el_expr_parse(text, names, 2, &e, &err) != EL_OK)
        fail_msg("%s: %s", text, err.message);
    return e;
}

static void fill(table *t)
{
    for (unsigned i = 0; i < N; i++) {
        const unsigned step = i / 8;

        t->x[0][i] = 1 + i % 8;
        t->x[1][i] = .5 + step;
        t->y[i] = 50 * t->x[1][i] + 3 * t->x[0][i];
    }
    t->col[0] = t->x[0];
    t->col[1] = t->x[1];
    t->columns = (el_columns){t->col, 2, N};
}

static bool allows(const el_discover_options *o, const char *law)
{
    const el_expr e = parse(law);
    el_rules rules;
    bool ok;
    table t;

    fill(&t);
    assert_int_equal(el_rules_init(&rules, o, &t.columns, NULL), EL_OK);
    ok = el_rules_allow(&rules, &e);
    el_rules_clear(&rules);
    return ok;
}

static void test_signs(void **state)
{
    const el_discover_options plus = {.signed_terms = false},
                              any = {.signed_terms = true};

    (void)state;
    assert_true(allows(&plus, "2.5*B + 3.0*t"));
    assert_true(allows(&plus, "2.5*B*(1 - 1/t)"));
    assert_true(allows(&plus, "2.5*B^(-0.5)"));
    assert_false(allows(&plus, "2.5*B - 3.0*t"));
    assert_false(allows(&plus, "-2.5*B"));
    assert_true(allows(&any, "2.5*B - 3.0*t"));
}

/* Of a cost an offset of the machine may be taken off: as a whole, at the end.
 */
static void test_offsets(void **state)
{
    static const el_part parts[] = {EL_PART_MACHINE, EL_PART_WORK};
    const el_discover_options o = {.part = parts};

    (void)state;
    assert_true(allows(&o, "2.5*t - 3.0*B"));
    assert_true(allows(&o, "2.5*t - 3.0*B - 1.5"));
    assert_false(allows(&o, "3.0*B - 2.5*t"));
    assert_false(allows(&o, "2.5*t - 3.0*B*t"));
    assert_false(allows(&o, "t*(2.5*t - 3.0*B)"));
    assert_false(allows(&o, "2.5*t - 3.0*sqrt(B)"));
    assert_false(allows(&o, "2.5*t + -3.0*B"));
}

static void test_operators(void **state)
{
    const el_discover_options few = {.ops = EL_DISCOVER_ARITHMETIC},
                              usual = {.ops = 0};

    (void)state;
    assert_true(allows(&usual, "2.5*log2(B)"));
    assert_false(allows(&few, "2.5*log2(B)"));
    assert_false(allows(&usual, "2.5*sin(B)"));
    assert_true(allows(&few, "sqrt(B)/t"));
}

/* J from watts and seconds */
static void test_units(void **state)
{
    el_unit_bases bases = {0};
    el_unit unit[2], joule;
    el_unit_rules units = {unit, &joule, false};
    el_discover_options o = {.units = &units};

    (void)state;
    assert_int_equal(el_unit_parse("J/s", &bases, &unit[0], NULL), EL_OK);
    assert_int_equal(el_unit_parse("s", &bases, &unit[1], NULL), EL_OK);
    assert_int_equal(el_unit_parse("J", &bases, &joule, NULL), EL_OK);
    assert_true(allows(&o, "2.5*B*t"));
    assert_false(allows(&o, "2.5*B + 1.5*t"));
    assert_false(allows(&o, "2.5*B*t^2"));
    assert_false(allows(&o, "B*t*log2(t)")); /* a logarithm of seconds */
    units.wild = true;                       /* 2.5 J/(J/s) ... */
    assert_true(allows(&o, "2.5*B + 1.5*t"));
    assert_false(allows(&o, "B + t"));
}

static void test_directions(void **state)
{
    el_direction d[2] = {EL_DIRECTION_UP, EL_DIRECTION_UNPROVEN};
    const el_discover_options o = {.signed_terms = true, .direction = d};

    (void)state;
    assert_true(allows(&o, "2.5*B - 3.0*t"));
    assert_true(allows(&o, "3.0*t"));
    assert_true(allows(&o, "t*B/(B + 4.0)"));
    assert_false(allows(&o, "t/B"));
    /* up to 4.5, then down */
    assert_false(allows(&o, "9.0*B - B^2"));
    /* up on 1..8, though no single bound says so */
    assert_true(allows(&o, "16.5*B - B^2"));
    d[0] = EL_DIRECTION_DOWN;
    assert_true(allows(&o, "t/B"));
    assert_false(allows(&o, "t*B"));
}

static void test_proofs(void **state)
{
    const el_direction d[2] = {EL_DIRECTION_UP, EL_DIRECTION_UNPROVEN};
    const el_discover_options o = {.signed_terms = true, .direction = d};
    const el_expr plain = parse("2.5*B + t"),
                  tight = parse("B^3 - 3*B^2 + 3.5*B"),
                  wrong = parse("9.0*B - B^2");
    el_rules rules;
    table t;

    (void)state;
    fill(&t);
    assert_int_equal(el_rules_init(&rules, &o, &t.columns, NULL), EL_OK);
    assert_int_equal(el_rules_unproven(&rules, &plain, 1), 0);
    assert_int_equal(el_rules_unproven(&rules, &tight, 1), 1);
    assert_int_equal(el_rules_unproven(&rules, &tight, 1000), 0);
    assert_int_equal(el_rules_unproven(&rules, &wrong, 1000), 1);
    el_rules_clear(&rules);
}

/* The rows say t/B and no law that rises with B may say so. */
static void test_search_obeys(void **state)
{
    const el_direction d[2] = {EL_DIRECTION_UP, EL_DIRECTION_UNPROVEN};
    const el_discover_options free = {.signed_terms = true},
                              bound = {.signed_terms = true, .direction = d};
    el_front *front = el_array(1, sizeof *front);
    el_rules rules;
    table t;

    (void)state;
    assert_non_null(front);
    fill(&t);
    for (unsigned i = 0; i < N; i++)
        t.y[i] = 3 * t.x[1][i] / t.x[0][i];
    assert_int_equal(el_discover(&t.columns, t.y, &free, NULL, front, NULL),
                     EL_OK);
    assert_true(front->exact);
    assert_int_equal(el_discover(&t.columns, t.y, &bound, NULL, front, NULL),
                     EL_OK);
    assert_false(front->exact);
    assert_int_equal(el_rules_init(&rules, &bound, &t.columns, NULL), EL_OK);
    for (size_t k = 0; k < front->n; k++)
        assert_true(el_rules_allow(&rules, &front->law[k].expr));
    el_rules_clear(&rules);
    el_free(front);
}

static void test_memory(void **state)
{
    const el_direction d[2] = {EL_DIRECTION_UP, EL_DIRECTION_DOWN};
    const el_discover_options o = {.direction = d};
    el_rules rules;
    long k = 0;
    el_status st;
    table t;

    (void)state;
    fill(&t);
    do {
        el_mem_fail_at(k);
        st = el_rules_init(&rules, &o, &t.columns, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK)
            el_rules_clear(&rules);
        else
            assert_int_equal(st, EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 10);
    assert_int_equal(k, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs),        cmocka_unit_test(test_operators),
        cmocka_unit_test(test_offsets),      cmocka_unit_test(test_units),
        cmocka_unit_test(test_directions),   cmocka_unit_test(test_proofs),
        cmocka_unit_test(test_search_obeys), cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

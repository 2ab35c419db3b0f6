/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is drawn or changed at random stays a lawful formula. */
#include "el_test.h"

#include <stdbool.h>
#include <string.h>

#include "energylens/discover.h"
#include "expr/mutate.h"
#include "expr/refit.h"

#define SEED  20261121u
#define N_COL 4u
#define N_ROW 16u
#define STEPS 8000

static double value[N_COL][N_ROW];
static const double *const col[N_COL] = {value[0], value[1], value[2],
                                         value[3]};
static const el_columns columns = {col, N_COL, N_ROW};

typedef struct rules {
    uint32_t ops;
    bool signed_terms;
    unsigned max_complexity;
} rules;

#define BIT(op) (UINT32_C(1) << (op))

static const rules cases[] = {
    {~UINT32_C(0), true, 60},
    {~UINT32_C(0), true, EL_LAW_MAX_COMPLEXITY},
    {EL_DISCOVER_OPS, false, 40},
    {EL_DISCOVER_ARITHMETIC, true, 25},
    {BIT(EL_OP_ADD) | BIT(EL_OP_MUL), false, 15},
    {BIT(EL_OP_MUL), true, 9},
};

static void set_up(el_rng *rng)
{
    el_rng_init(rng, SEED, 0);
    for (unsigned k = 0; k < N_COL; k++)
        for (unsigned i = 0; i < N_ROW; i++)
            value[k][i] = exp((k + 1.0) * el_rng_normal(rng));
}

/* A term of the outermost sum has a number of its own. */
static void check_term(const el_expr *e, el_sum_term t)
{
    uint8_t owner[EL_EXPR_MAX_CONSTS];
    el_expr part = {0};

    assert_false(t.minus);
    assert_true(el_expr_push_part(&part, e, t.end));
    assert_true(el_expr_coefficients(&part, owner) != 0);
}

static void check(const el_expr *e, const rules *r)
{
    el_sum_term term[EL_EXPR_MAX_NODES];
    const unsigned n = el_sum_terms(e, term);

    assert_true(el_expr_is_valid(e, N_COL));
    assert_true(el_expr_complexity(e) <= r->max_complexity);
    for (unsigned i = 0; i < e->n_node; i++)
        assert_true(e->node[i].op == EL_OP_COL ||
                    e->node[i].op == EL_OP_CONST ||
                    (r->ops >> e->node[i].op & 1u));
    for (unsigned j = 0; j < e->n_const; j++) {
        assert_true(isfinite(e->value[j]));
        if (!r->signed_terms)
            assert_true(e->kind[j] != EL_CONST_FREE &&
                        (e->kind[j] != EL_CONST_POSITIVE || e->value[j] >= 0));
    }
    for (unsigned k = 0; k < n; k++)
        check_term(e, term[k]);
    assert_true(el_expr_columns(e) != 0);
}

static el_expr first(const el_grammar *g, el_rng *rng)
{
    el_expr e;

    do
        e = (el_expr){0};
    while (!el_draw_tree(g, 1 + (unsigned)el_rng_below(rng, 9), rng, &e) ||
           !el_express(g, &e));
    return e;
}

/* A walk through the formulas by one operator after the other. */
static void walk(const rules *r, el_rng *rng)
{
    size_t made[EL_N_MUTATIONS] = {0}, total = 0;
    el_grammar g;
    el_expr now, other;

    el_grammar_init(&g, &columns, r->ops, r->signed_terms, r->max_complexity);
    now = first(&g, rng);
    other = first(&g, rng);
    for (unsigned k = 0; k < STEPS; k++) {
        const el_mutation how = (el_mutation)el_rng_below(rng, EL_N_MUTATIONS);
        el_expr child;

        if (el_rng_below(rng, 200) == 0)
            now = first(&g, rng);
        if (!el_mutate(&g, how, &now, &other, rng, &child))
            continue;
        check(&child, r);
        made[how]++;
        total++;
        other = now;
        now = child;
    }
    assert_true(total > STEPS / 10);
    for (unsigned i = 0; r->ops == ~UINT32_C(0) && i < EL_N_MUTATIONS; i++)
        if (made[i] == 0)
            fail_msg("operator %u never worked (seed %u)", i, SEED);
}

static void stays_lawful(void **state)
{
    el_rng rng;

    (void)state;
    set_up(&rng);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        walk(&cases[k], &rng);
}

/* The same numbers drawn, the same formulas. */
static void repeats(void **state)
{
    el_grammar g;
    el_rng rng, again;

    (void)state;
    set_up(&rng);
    again = rng;
    el_grammar_init(&g, &columns, ~UINT32_C(0), true, 40);
    for (unsigned k = 0; k < 200; k++) {
        const el_expr a = first(&g, &rng), b = first(&g, &again);

        assert_true(el_expr_hash(&a, EL_MATCH_VALUES) ==
                    el_expr_hash(&b, EL_MATCH_VALUES));
    }
}

/* Parts fit where they are put: the rest is as it was. */
static void replaces(void **state)
{
    el_grammar g;
    el_rng rng;

    (void)state;
    set_up(&rng);
    el_grammar_init(&g, &columns, ~UINT32_C(0), true, 40);
    for (unsigned k = 0; k < 500; k++) {
        const el_expr e = first(&g, &rng);
        const unsigned at = (unsigned)el_rng_below(&rng, e.n_node);
        el_expr part = {0}, same;

        assert_true(el_expr_push_part(&part, &e, at));
        assert_true(el_expr_replace(&same, &e, at, &part));
        assert_true(el_expr_hash(&e, EL_MATCH_VALUES) ==
                    el_expr_hash(&same, EL_MATCH_VALUES));
        assert_true(el_expr_is_valid(&same, N_COL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stays_lawful),
        cmocka_unit_test(repeats),
        cmocka_unit_test(replaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of the outermost sum. */
#include "expr/mutate.h"

typedef struct sum {
    const el_expr *expr;
    unsigned n;
    el_sum_term term[EL_EXPR_MAX_NODES];
} sum;

static sum sum_of(const el_expr *e)
{
    sum s = {.expr = e};

    s.n = el_sum_terms(e, s.term);
    return s;
}

/* Add `part` to the sum under construction. */
static bool add(el_expr *out, const el_expr *part, bool minus)
{
    const bool first = out->n_node == 0;

    if (!el_expr_push(out, part))
        return false;
    if (first)
        return !minus || el_expr_push_op(out, EL_OP_NEG);
    return el_expr_push_op(out, minus ? EL_OP_SUB : EL_OP_ADD);
}

static bool add_term(el_expr *out, const sum *s, unsigned k)
{
    el_expr part = {0};

    return el_expr_push_part(&part, s->expr, s->term[k].end) &&
           add(out, &part, s->term[k].minus);
}

/* All terms but two (or one: b = a). */
static bool add_others(el_expr *out, const sum *s, unsigned a, unsigned b)
{
    for (unsigned k = 0; k < s->n; k++)
        if (k != a && k != b && !add_term(out, s, k))
            return false;
    return true;
}

static bool random_term(const el_grammar *g, el_rng *rng, el_expr *out)
{
    const size_t how = el_rng_below(rng, 10);
    const unsigned n = 1 + (unsigned)el_rng_below(rng, 6);

    if (how < 5)
        return el_draw_monomial(g, rng, out);
    if (how < 6)
        return el_draw_number(g, rng, out);
    if (how < 8)
        return el_draw_tree(g, n, rng, out);
    return el_draw_monomial(g, rng, out) &&
           el_draw_function_factor(g, rng, out);
}

static bool merge(const el_grammar *g, const sum *s, el_rng *rng,
                  el_expr *child)
{
    const unsigned a = (unsigned)el_rng_below(rng, s->n);
    const unsigned b = (unsigned)el_rng_below(rng, s->n);
    const size_t how = el_rng_below(rng, 3);
    const el_expr_op op = how == 1 ? EL_OP_DIV : EL_OP_MUL;
    el_expr part = {0};

    if (a == b || !el_grammar_has(g, op) || !add_others(child, s, a, b) ||
        !el_expr_push_part(&part, s->expr, s->term[a].end) ||
        !el_expr_push_part(&part, s->expr, s->term[b].end))
        return false;
    if (how == 2 && (!el_expr_push_const(&part, 1, EL_CONST_FIXED) ||
                     !el_expr_push_op(&part, EL_OP_ADD)))
        return false;
    return el_expr_push_op(&part, op) && add(child, &part, s->term[a].minus);
}

static bool cross(const sum *m, const sum *f, el_rng *rng, el_expr *child)
{
    const size_t share = 1 + el_rng_below(rng, 3);

    for (unsigned k = 0; k < m->n; k++)
        if (el_rng_below(rng, 4) >= share && !add_term(child, m, k))
            return false;
    for (unsigned k = 0; k < f->n; k++)
        if (el_rng_below(rng, 4) < share && !add_term(child, f, k))
            return false;
    return child->n_node > 0;
}

bool el_mutate_terms(const el_grammar *grammar, el_mutation how,
                     const el_expr *mother, const el_expr *father, el_rng *rng,
                     el_expr *child)
{
    const sum m = sum_of(mother), f = sum_of(father);
    const unsigned k = (unsigned)el_rng_below(rng, m.n);
    el_expr part = {0};

    *child = (el_expr){0};
    switch (how) {
    case EL_MUTATE_TERM_ADD:
        return add_others(child, &m, m.n, m.n) &&
               random_term(grammar, rng, &part) && add(child, &part, false);
    case EL_MUTATE_TERM_DELETE:
        return m.n > 1 && add_others(child, &m, k, k);
    case EL_MUTATE_MERGE:
        return merge(grammar, &m, rng, child);
    case EL_MUTATE_CROSS_TERMS:
        return cross(&m, &f, rng, child);
    default:
        return false;
    }
}

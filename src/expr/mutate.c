/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/mutate.h"

#include <math.h>

#include "expr/refit.h"
#include "expr/template.h"

#define NONE EL_EXPR_MAX_NODES

/* Bit i: node i is in the exponent of a power, which only its number
   changes. */
static uint64_t exponents(const el_expr *e)
{
    uint64_t held = 0;

    for (unsigned i = 0; i < e->n_node; i++)
        if (e->node[i].op == EL_OP_POW)
            for (unsigned k = el_expr_left(e, i) + 1; k < i; k++)
                held |= UINT64_C(1) << k;
    return held;
}

/* A random node of at least `operands`, NONE if there is none. */
static unsigned pick(const el_expr *e, unsigned operands, el_rng *rng)
{
    const uint64_t held = exponents(e);
    uint8_t node[EL_EXPR_MAX_NODES];
    unsigned n = 0;

    for (unsigned i = 0; i < e->n_node; i++)
        if (!(held >> i & 1u) &&
            el_expr_op_operands((el_expr_op)e->node[i].op) >= operands)
            node[n++] = (uint8_t)i;
    return n ? node[el_rng_below(rng, n)] : NONE;
}

static bool part_of(const el_expr *from, unsigned end, el_expr *part)
{
    *part = (el_expr){0};
    return el_expr_push_part(part, from, end);
}

/* a + b part, both fitted: what is right but for its place and size. */
static bool loosen(const el_grammar *g, const el_expr *part, el_rng *rng,
                   el_expr *out)
{
    const el_const_kind kind =
        g->signed_terms ? EL_CONST_FREE : EL_CONST_POSITIVE;
    const double b = exp(el_rng_normal(rng));

    *out = (el_expr){0};
    return el_grammar_has(g, EL_OP_ADD) && el_grammar_has(g, EL_OP_MUL) &&
           el_expr_push_const(out, 1, kind) &&
           el_expr_push_const(
               out, g->signed_terms && el_rng_below(rng, 2) ? -b : b, kind) &&
           el_expr_push(out, part) && el_expr_push_op(out, EL_OP_MUL) &&
           el_expr_push_op(out, EL_OP_ADD);
}

static bool replace(const el_grammar *g, const el_expr *m, el_rng *rng,
                    el_expr *child)
{
    el_expr part = {0}, loose;

    if (el_rng_below(rng, 3) == 0)
        return el_draw_tree(g, 1 + (unsigned)el_rng_below(rng, 3), rng,
                            &part) &&
               loosen(g, &part, rng, &loose) &&
               el_expr_replace(child, m, pick(m, 0, rng), &loose);
    return el_draw_tree(g, 1 + (unsigned)el_rng_below(rng, 6), rng, &part) &&
           el_expr_replace(child, m, pick(m, 0, rng), &part);
}

/* Without its coefficients: where c x is near the truth, f(c x) may not even be
   defined. */
static void forget_factors(el_expr *part)
{
    uint8_t owner[EL_EXPR_MAX_CONSTS];
    const uint32_t linear = el_expr_coefficients(part, owner);

    for (unsigned j = 0; j < part->n_const; j++)
        if (linear >> j & 1u) {
            part->value[j] = part->value[j] < 0 ? -1 : 1;
            part->kind[j] = EL_CONST_FIXED;
        }
}

static bool insert(const el_grammar *g, const el_expr *m, el_rng *rng,
                   el_expr *child)
{
    const unsigned at = pick(m, 0, rng);
    const unsigned n = 1 + (unsigned)el_rng_below(rng, 3);
    el_expr part = {0};
    bool done;

    if (g->n_two == 0 || el_rng_below(rng, 3) == 0) {
        if (!part_of(m, at, &part))
            return false;
        if (el_rng_below(rng, 2))
            forget_factors(&part);
        return el_draw_function(g, rng, &part) &&
               el_expr_replace(child, m, at, &part);
    }
    done =
        el_rng_below(rng, 2)
            ? part_of(m, at, &part) && el_draw_tree(g, n, rng, &part)
            : el_draw_tree(g, n, rng, &part) && el_expr_push_part(&part, m, at);
    return done &&
           el_expr_push_op(&part,
                           (el_expr_op)g->two[el_rng_below(rng, g->n_two)]) &&
           el_expr_replace(child, m, at, &part);
}

/* An operand of a random operator, which stays or becomes the whole. */
static bool lift(const el_expr *m, bool whole, el_rng *rng, el_expr *child)
{
    const unsigned at = pick(m, whole ? 0 : 1, rng);
    unsigned keep = at - 1;
    el_expr part;

    if (at == NONE)
        return false;
    if (whole)
        return part_of(m, at, child);
    if (el_expr_op_operands((el_expr_op)m->node[at].op) == 2 &&
        (m->node[at].op == EL_OP_POW || el_rng_below(rng, 2)))
        keep = el_expr_left(m, at);
    return part_of(m, keep, &part) && el_expr_replace(child, m, at, &part);
}

static bool swap_operator(const el_grammar *g, const el_expr *m, el_rng *rng,
                          el_expr *child)
{
    const unsigned at = pick(m, 1, rng);
    const bool two =
        at != NONE && el_expr_op_operands((el_expr_op)m->node[at].op) == 2;
    const uint8_t *list = two ? g->two : g->one;
    const unsigned n = two ? g->n_two : g->n_one;
    el_expr_op op;

    if (at == NONE || n == 0 || m->node[at].op == EL_OP_POW)
        return false;
    op = (el_expr_op)list[el_rng_below(rng, n)];
    if (op == EL_OP_POW)
        return false;
    *child = *m;
    child->node[at].op = (uint8_t)op;
    return true;
}

static bool swap_operands(const el_expr *m, el_rng *rng, el_expr *child)
{
    const unsigned at = pick(m, 2, rng);
    el_expr part = {0};

    return at != NONE && m->node[at].op != EL_OP_POW &&
           el_expr_push_part(&part, m, at - 1) &&
           el_expr_push_part(&part, m, el_expr_left(m, at)) &&
           el_expr_push_op(&part, (el_expr_op)m->node[at].op) &&
           el_expr_replace(child, m, at, &part);
}

static bool swap_leaf(const el_grammar *g, const el_expr *m, el_rng *rng,
                      el_expr *child)
{
    const uint64_t held = exponents(m);
    uint8_t leaf[EL_EXPR_MAX_NODES];
    unsigned n = 0;
    el_expr part = {0};

    for (unsigned i = 0; i < m->n_node; i++)
        if (!(held >> i & 1u) && m->node[i].len == 1)
            leaf[n++] = (uint8_t)i;
    return n > 0 && el_draw_leaf(g, rng, &part) &&
           el_expr_replace(child, m, leaf[el_rng_below(rng, n)], &part);
}

static bool shake(const el_grammar *g, const el_expr *m, el_rng *rng,
                  el_expr *child)
{
    const uint64_t held = exponents(m);
    const el_const_kind any =
        g->signed_terms ? EL_CONST_FREE : EL_CONST_POSITIVE;
    unsigned j, i = 0;

    if (m->n_const == 0)
        return false;
    *child = *m;
    j = (unsigned)el_rng_below(rng, m->n_const);
    while (m->node[i].op != EL_OP_CONST || m->node[i].arg != j)
        i++;
    if (m->kind[j] == EL_CONST_FIXED)
        child->kind[j] = (uint8_t)(held >> i & 1u ? EL_CONST_EXPONENT : any);
    else if (m->kind[j] == EL_CONST_EXPONENT)
        child->value[j] += el_rng_below(rng, 2) ? .5 : -.5;
    else if (g->signed_terms && el_rng_below(rng, 8) == 0)
        child->value[j] = -m->value[j];
    else
        child->value[j] *= exp(el_rng_normal(rng));
    return true;
}

/* Half of the time a whole term. */
static unsigned somewhere(const el_expr *e, el_rng *rng)
{
    el_sum_term term[EL_EXPR_MAX_NODES];

    if (el_rng_below(rng, 2))
        return pick(e, 0, rng);
    return term[el_rng_below(rng, el_sum_terms(e, term))].end;
}

static bool factor(const el_grammar *g, const el_expr *m, el_rng *rng,
                   el_expr *child)
{
    const unsigned at = somewhere(m, rng);
    el_expr part;

    if (!part_of(m, at, &part) ||
        !(el_rng_below(rng, 3) ? el_draw_factor(g, rng, &part)
                               : el_draw_function_factor(g, rng, &part)))
        return false;
    return el_expr_replace(child, m, at, &part);
}

/* A term or a part times or over a part of the father. */
static bool repeat(const el_grammar *g, const el_expr *m, const el_expr *f,
                   el_rng *rng, el_expr *child)
{
    const el_expr_op op = el_rng_below(rng, 2) ? EL_OP_MUL : EL_OP_DIV;
    const unsigned at = somewhere(m, rng), from = pick(f, 1, rng);
    el_expr part;

    return from != NONE && el_grammar_has(g, op) && part_of(m, at, &part) &&
           el_expr_push_part(&part, f, from) && el_expr_push_op(&part, op) &&
           el_expr_replace(child, m, at, &part);
}

static bool split(const el_expr *m, el_rng *rng, el_expr *child)
{
    const unsigned at = pick(m, 2, rng);
    unsigned sum, other, a, b;
    el_expr part = {0};
    el_expr_op op;

    if (at == NONE ||
        (m->node[at].op != EL_OP_MUL && m->node[at].op != EL_OP_DIV))
        return false;
    op = (el_expr_op)m->node[at].op;
    sum = el_expr_left(m, at);
    other = at - 1;
    if (op == EL_OP_MUL && m->node[other].op == EL_OP_ADD) {
        sum = at - 1;
        other = el_expr_left(m, at);
    }
    if (m->node[sum].op != EL_OP_ADD && m->node[sum].op != EL_OP_SUB)
        return false;
    a = el_expr_left(m, sum);
    b = sum - 1;
    return el_expr_push_part(&part, m, a) &&
           el_expr_push_part(&part, m, other) && el_expr_push_op(&part, op) &&
           el_expr_push_part(&part, m, b) &&
           el_expr_push_part(&part, m, other) && el_expr_push_op(&part, op) &&
           el_expr_push_op(&part, (el_expr_op)m->node[sum].op) &&
           el_expr_replace(child, m, at, &part);
}

static bool cross_parts(const el_expr *m, const el_expr *f, el_rng *rng,
                        el_expr *child)
{
    el_expr part;

    return part_of(f, pick(f, 0, rng), &part) &&
           el_expr_replace(child, m, pick(m, 0, rng), &part);
}

/* A changed copy of a term is added to the sum. */
static bool vary(const el_grammar *g, const el_expr *m, el_rng *rng,
                 el_expr *child)
{
    el_sum_term term[EL_EXPR_MAX_NODES];
    const el_sum_term t = term[el_rng_below(rng, el_sum_terms(m, term))];
    el_expr part, changed;
    bool done;

    if (!part_of(m, t.end, &part))
        return false;
    switch (el_rng_below(rng, 5)) {
    case 0:
        done = swap_leaf(g, &part, rng, &changed);
        break;
    case 1:
        done = lift(&part, false, rng, &changed);
        break;
    case 2:
        done = replace(g, &part, rng, &changed);
        break;
    default:
        done = factor(g, &part, rng, &changed);
    }
    return done &&
           el_expr_join(child, m, t.minus ? EL_OP_SUB : EL_OP_ADD, &changed);
}

static bool change(const el_grammar *g, el_mutation how, const el_expr *m,
                   const el_expr *f, el_rng *rng, el_expr *child)
{
    switch (how) {
    case EL_MUTATE_REPLACE:
        return replace(g, m, rng, child);
    case EL_MUTATE_INSERT:
        return insert(g, m, rng, child);
    case EL_MUTATE_DELETE:
    case EL_MUTATE_HOIST:
        return lift(m, how == EL_MUTATE_HOIST, rng, child);
    case EL_MUTATE_OPERATOR:
        return swap_operator(g, m, rng, child);
    case EL_MUTATE_OPERANDS:
        return swap_operands(m, rng, child);
    case EL_MUTATE_LEAF:
        return swap_leaf(g, m, rng, child);
    case EL_MUTATE_NUMBER:
        return shake(g, m, rng, child);
    case EL_MUTATE_FACTOR:
        return factor(g, m, rng, child);
    case EL_MUTATE_TERM_VARY:
        return vary(g, m, rng, child);
    case EL_MUTATE_REPEAT:
        return repeat(g, m, f, rng, child);
    case EL_MUTATE_RESUM:
    case EL_MUTATE_BLEND:
        return el_mutate_sum(g, how, m, rng, child);
    case EL_MUTATE_SPLIT:
        return split(m, rng, child);
    case EL_MUTATE_CROSS_PARTS:
        return cross_parts(m, f, rng, child);
    default:
        return el_mutate_terms(g, how, m, f, rng, child);
    }
}

bool el_mutate(const el_grammar *grammar, el_mutation how,
               const el_expr *mother, const el_expr *father, el_rng *rng,
               el_expr *child)
{
    if (grammar->shape)
        return el_template_mutate(grammar, how, mother, father, rng, child);
    return change(grammar, how, mother, father, rng, child) &&
           el_express(grammar, child);
}

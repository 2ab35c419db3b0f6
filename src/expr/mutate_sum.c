/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of a sum a + b into what it may be the beginning of: equal to it for
 * b much smaller than a (series summed up), or where one of them rules (smooth
 * maximum and minimum).
 */
#include <math.h>

#include "expr/mutate.h"

/* x^p of what is last, as operators where there are some. */
static bool push_power(const el_grammar *g, double p, el_expr *out)
{
    static const struct {
        double power;
        el_expr_op op[2];
    } form[] = {{.5, {EL_OP_SQRT, EL_OP_COL}},  {-.5, {EL_OP_SQRT, EL_OP_INV}},
                {2, {EL_OP_SQUARE, EL_OP_COL}}, {-2, {EL_OP_SQUARE, EL_OP_INV}},
                {3, {EL_OP_CUBE, EL_OP_COL}},   {-1, {EL_OP_INV, EL_OP_COL}}};

    for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
        const el_expr_op *op = form[i].op;

        if (form[i].power != p)
            continue;
        if (!el_grammar_has(g, op[0]) || !el_grammar_has(g, op[1]))
            break;
        return el_expr_push_op(out, op[0]) &&
               (op[1] == EL_OP_COL || el_expr_push_op(out, op[1]));
    }
    return el_grammar_has(g, EL_OP_POW) &&
           el_expr_push_const(out, p, EL_CONST_EXPONENT) &&
           el_expr_push_op(out, EL_OP_POW);
}

/* Two summands: of a sum inside, or two terms of the outermost one. */
typedef struct pair {
    el_expr a, b, rest; /* rest: other terms; no nodes: none */
    unsigned at;        /* where the sum ends; EL_EXPR_MAX_NODES: outermost */
} pair;

static bool push_term(const el_expr *from, el_sum_term t, el_expr *out)
{
    return el_expr_push_part(out, from, t.end) &&
           (!t.minus || el_expr_push_op(out, EL_OP_NEG));
}

static bool two_terms(const el_expr *m, el_rng *rng, pair *p)
{
    el_sum_term term[EL_EXPR_MAX_NODES];
    const unsigned n = el_sum_terms(m, term);
    const unsigned a = (unsigned)el_rng_below(rng, n);
    const unsigned b = (unsigned)el_rng_below(rng, n);

    if (a == b || !push_term(m, term[a], &p->a) ||
        !push_term(m, term[b], &p->b))
        return false;
    for (unsigned k = 0; k < n; k++) {
        const bool first = p->rest.n_node == 0;

        if (k != a && k != b &&
            (!push_term(m, term[k], &p->rest) ||
             (!first && !el_expr_push_op(&p->rest, EL_OP_ADD))))
            return false;
    }
    p->at = EL_EXPR_MAX_NODES;
    return true;
}

static bool draw_pair(const el_expr *m, el_rng *rng, pair *p)
{
    uint8_t node[EL_EXPR_MAX_NODES];
    unsigned n = 0, left, right;

    *p = (pair){.at = 0};
    if (el_rng_below(rng, 2))
        return two_terms(m, rng, p);
    for (unsigned i = 0; i < m->n_node; i++)
        if (m->node[i].op == EL_OP_ADD || m->node[i].op == EL_OP_SUB ||
            m->node[i].op == EL_OP_MAX)
            node[n++] = (uint8_t)i;
    if (n == 0)
        return false;
    p->at = node[el_rng_below(rng, n)];
    left = el_expr_left(m, p->at);
    right = p->at - 1u;
    if (m->node[p->at].op != EL_OP_SUB && el_rng_below(rng, 2)) {
        right = left;
        left = p->at - 1u;
    }
    return el_expr_push_part(&p->a, m, left) &&
           el_expr_push_part(&p->b, m, right) &&
           (m->node[p->at].op != EL_OP_SUB ||
            el_expr_push_op(&p->b, EL_OP_NEG));
}

static bool put(const el_expr *m, const pair *p, const el_expr *part,
                el_expr *child)
{
    if (p->at < EL_EXPR_MAX_NODES)
        return el_expr_replace(child, m, p->at, part);
    if (p->rest.n_node == 0) {
        *child = *part;
        return true;
    }
    return el_expr_join(child, part, EL_OP_ADD, &p->rest);
}

/* a (1 + b / (a p))^p, or a exp(b / a) for p = 0. The quotient is simplified:
   what they share goes. */
static bool resum(const el_grammar *g, const pair *p, double power,
                  el_expr *out)
{
    el_expr ratio = p->b;

    if (!el_expr_push(&ratio, &p->a) || !el_expr_push_op(&ratio, EL_OP_DIV))
        return false;
    (void)el_expr_simplify(&ratio, g->positive);
    *out = p->a;
    if (power == 0)
        return el_expr_push(out, &ratio) && el_expr_push_op(out, EL_OP_EXP) &&
               el_expr_push_op(out, EL_OP_MUL);
    for (unsigned j = 0; j < ratio.n_const; j++) {
        if (ratio.kind[j] == EL_CONST_FIXED ||
            ratio.kind[j] == EL_CONST_EXPONENT)
            continue;
        ratio.value[j] /= power;
        break;
    }
    return el_expr_push_const(out, 1, EL_CONST_FIXED) &&
           el_expr_push(out, &ratio) && el_expr_push_op(out, EL_OP_ADD) &&
           (power == 1 || push_power(g, power, out)) &&
           el_expr_push_op(out, EL_OP_MUL);
}

static bool blend(const el_grammar *g, const pair *p, double power,
                  el_expr *out)
{
    *out = p->a;
    return push_power(g, power, out) && el_expr_push(out, &p->b) &&
           push_power(g, power, out) && el_expr_push_op(out, EL_OP_ADD) &&
           push_power(g, 1 / power, out);
}

bool el_mutate_sum(const el_grammar *grammar, el_mutation how,
                   const el_expr *mother, el_rng *rng, el_expr *child)
{
    static const double series[] = {1, 1, -1, -1, .5, -.5, 2, -2, 0};
    static const double norm[] = {2, 2, 2, -1, -1, .5, 3};
    el_expr part;
    pair p;

    if (!draw_pair(mother, rng, &p))
        return false;
    if (how == EL_MUTATE_RESUM)
        return resum(grammar, &p,
                     series[el_rng_below(rng, sizeof series / sizeof *series)],
                     &part) &&
               put(mother, &p, &part, child);
    return blend(grammar, &p,
                 norm[el_rng_below(rng, sizeof norm / sizeof *norm)], &part) &&
           put(mother, &p, &part, child);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/template.h"

#include <math.h>

size_t el_template_hole_of(const el_template *t, unsigned slot)
{
    size_t h = 0;

    while (h < t->n_hole && t->hole[h].slot != slot)
        h++;
    return h;
}

/* A node of the template and the one of a law that should be like it. */
typedef struct pair {
    uint8_t ours, theirs;
} pair;

static bool same_number(const el_expr *a, unsigned i, const el_expr *b,
                        unsigned k)
{
    const unsigned s = a->node[i].arg, r = b->node[k].arg;

    return a->kind[s] != EL_CONST_FIXED ||
           (b->kind[r] == EL_CONST_FIXED && !(a->value[s] < b->value[r]) &&
            !(a->value[s] > b->value[r]));
}

static bool names_only(const el_expr *e, unsigned end, uint64_t columns)
{
    for (unsigned i = end + 1u - e->node[end].len; i <= end; i++)
        if (e->node[i].op == EL_OP_COL && !(columns >> e->node[i].arg & 1u))
            return false;
    return true;
}

/* Leaves, and the part of a hole. */
static bool fits_leaf(const el_template *t, const el_expr *e, pair p,
                      el_template_match *m)
{
    const el_expr_node ours = t->expr.node[p.ours], theirs = e->node[p.theirs];
    size_t h;

    if (ours.op == EL_OP_COL)
        return theirs.op == EL_OP_COL && theirs.arg == ours.arg;
    h = el_template_hole_of(t, ours.arg);
    if (h < t->n_hole) {
        m->end[h] = p.theirs;
        return names_only(e, p.theirs, t->hole[h].columns);
    }
    if (theirs.op != EL_OP_CONST || !same_number(&t->expr, p.ours, e, p.theirs))
        return false;
    m->slot[ours.arg] = (uint8_t)theirs.arg;
    return true;
}

bool el_template_fits(const el_template *t, const el_expr *expr,
                      el_template_match *out)
{
    pair open[EL_EXPR_MAX_NODES];
    el_template_match found = {.end = {0}};
    unsigned n = 1;

    open[0] =
        (pair){(uint8_t)(t->expr.n_node - 1u), (uint8_t)(expr->n_node - 1u)};
    while (n > 0) {
        const pair p = open[--n];
        const el_expr_op op = (el_expr_op)t->expr.node[p.ours].op;
        const unsigned operands = el_expr_op_operands(op);

        if (operands == 0) {
            if (!fits_leaf(t, expr, p, &found))
                return false;
            continue;
        }
        if (expr->node[p.theirs].op != op)
            return false;
        open[n++] = (pair){(uint8_t)(p.ours - 1u), (uint8_t)(p.theirs - 1u)};
        if (operands == 2)
            open[n++] = (pair){(uint8_t)el_expr_left(&t->expr, p.ours),
                               (uint8_t)el_expr_left(expr, p.theirs)};
    }
    if (out)
        *out = found;
    return true;
}

bool el_template_fill(const el_template *t, const el_expr *like,
                      const el_expr *part, el_expr *out)
{
    el_template_match m;
    el_expr e = {0};
    bool done = el_template_fits(t, like, &m);

    for (unsigned i = 0; i < t->expr.n_node && done; i++) {
        const el_expr_node node = t->expr.node[i];
        const size_t h = node.op == EL_OP_CONST
                             ? el_template_hole_of(t, node.arg)
                             : t->n_hole;

        if (h < t->n_hole)
            done = el_expr_push(&e, &part[h]);
        else if (node.op == EL_OP_CONST)
            done =
                el_expr_push_const(&e, like->value[m.slot[node.arg]],
                                   (el_const_kind)like->kind[m.slot[node.arg]]);
        else if (node.op == EL_OP_COL)
            done = el_expr_push_col(&e, node.arg);
        else
            done = el_expr_push_op(&e, (el_expr_op)node.op);
    }
    if (done)
        *out = e;
    return done;
}

/* The grammar of one hole's parts. */
static el_grammar grammar_of(const el_grammar *g, size_t h)
{
    const uint64_t columns = g->shape->hole[h].columns;
    el_grammar part = *g;

    part.shape = NULL;
    part.n_draw = 0;
    for (unsigned c = 0; c < g->n_col; c++)
        if (columns >> c & 1u)
            part.draw[part.n_draw++] = (uint8_t)c;
    return part;
}

static bool take_apart(const el_template *t, const el_expr *expr,
                       el_expr part[EL_TEMPLATE_HOLES])
{
    el_template_match m;
    bool done = el_template_fits(t, expr, &m);

    for (size_t h = 0; h < t->n_hole && done; h++) {
        part[h] = (el_expr){0};
        done = el_expr_push_part(&part[h], expr, m.end[h]);
    }
    return done;
}

/* A part may be a number alone. */
static bool express_part(const el_grammar *g, el_expr *part)
{
    if (part->n_node == 1 && part->n_const == 1) {
        if (!g->signed_terms && part->value[0] < 0)
            return false;
        part->kind[0] = g->signed_terms ? EL_CONST_FREE : EL_CONST_POSITIVE;
        return true;
    }
    return el_express(g, part);
}

bool el_template_express(const el_grammar *grammar, el_expr *expr)
{
    const el_template *t = grammar->shape;
    el_expr part[EL_TEMPLATE_HOLES];
    bool done = take_apart(t, expr, part);

    for (size_t h = 0; h < t->n_hole && done; h++) {
        const el_grammar g = grammar_of(grammar, h);

        done = express_part(&g, &part[h]);
    }
    if (!done || !el_template_fill(t, expr, part, expr) ||
        el_expr_complexity(expr) > grammar->max_complexity)
        return false;
    for (unsigned j = 0; j < expr->n_const && !grammar->signed_terms; j++)
        if (expr->kind[j] == EL_CONST_FREE)
            expr->kind[j] = EL_CONST_POSITIVE;
    return true;
}

void el_template_simplify(const el_template *t, el_expr *expr, bool positive)
{
    el_expr part[EL_TEMPLATE_HOLES], shorter;

    if (!take_apart(t, expr, part))
        return;
    for (size_t h = 0; h < t->n_hole; h++)
        (void)el_expr_simplify(&part[h], positive);
    if (el_template_fill(t, expr, part, &shorter))
        *expr = shorter;
}

bool el_template_draw(const el_grammar *grammar, unsigned n, el_rng *rng,
                      el_expr *out)
{
    const el_template *t = grammar->shape;
    el_expr part[EL_TEMPLATE_HOLES];

    for (size_t h = 0; h < t->n_hole; h++) {
        const el_grammar g = grammar_of(grammar, h);

        part[h] = (el_expr){0};
        if (!el_draw_tree(&g, 1 + (unsigned)el_rng_below(rng, n), rng,
                          &part[h]))
            return false;
    }
    return el_template_fill(t, &t->expr, part, out);
}

/* One of the numbers beside the parts. */
static bool shake(const el_template *t, const el_expr *mother, el_rng *rng,
                  el_expr *child)
{
    const unsigned j = (unsigned)el_rng_below(rng, t->expr.n_const);
    el_template_match m;
    unsigned slot;

    if (el_template_hole_of(t, j) < t->n_hole ||
        t->expr.kind[j] == EL_CONST_FIXED || !el_template_fits(t, mother, &m))
        return false;
    slot = m.slot[j];
    *child = *mother;
    if (t->expr.kind[j] == EL_CONST_EXPONENT)
        child->value[slot] += el_rng_below(rng, 2) ? .5 : -.5;
    else
        child->value[slot] *= exp(el_rng_normal(rng));
    return true;
}

bool el_template_mutate(const el_grammar *grammar, el_mutation how,
                        const el_expr *mother, const el_expr *father,
                        el_rng *rng, el_expr *child)
{
    const el_template *t = grammar->shape;
    el_expr ours[EL_TEMPLATE_HOLES], theirs[EL_TEMPLATE_HOLES], part;
    el_grammar g;
    size_t h;

    if (how == EL_MUTATE_NUMBER && el_rng_below(rng, 2) &&
        shake(t, mother, rng, child))
        return true;
    if (t->n_hole == 0 || !take_apart(t, mother, ours) ||
        !take_apart(t, father, theirs))
        return false;
    h = el_rng_below(rng, t->n_hole);
    g = grammar_of(grammar, h);
    if (!el_mutate(&g, how, &ours[h], &theirs[h], rng, &part))
        return false;
    ours[h] = part;
    return el_template_fill(t, mother, ours, child) &&
           el_expr_complexity(child) <= grammar->max_complexity;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One form for formulas that are the same by the rules of canon.h. */
#include <math.h>
#include <string.h>

#include "expr/canon.h"
#include "expr/scalar.h"

#define MAX_PASSES 4 /* a pass can show the next one something */

typedef enum family { LEAF, SUM, PRODUCT, EXTREME, FUNCTION } family;

static family family_of(el_expr_op op)
{
    switch (op) {
    case EL_OP_COL:
    case EL_OP_CONST:
        return LEAF;
    case EL_OP_ADD:
    case EL_OP_SUB:
        return SUM;
    case EL_OP_MUL:
    case EL_OP_DIV:
    case EL_OP_POW:
    case EL_OP_NEG:
    case EL_OP_INV:
    case EL_OP_SQUARE:
    case EL_OP_CUBE:
    case EL_OP_SQRT:
        return PRODUCT;
    case EL_OP_MAX:
    case EL_OP_MIN:
        return EXTREME;
    default:
        return FUNCTION;
    }
}

static unsigned top_of(const el_expr *e)
{
    return e->n_node - 1u;
}

/* Put `with` in the place of the last subtree where it fits and is no larger.
 */
static void improve_last(el_expr *e, const el_expr *with)
{
    const unsigned first = e->n_node - e->node[top_of(e)].len;
    unsigned complexity = 0;
    el_expr out = *e;

    for (unsigned i = first; i < e->n_node; i++) {
        const el_expr_op op = (el_expr_op)e->node[i].op;
        out.n_const = (uint8_t)(out.n_const - (op == EL_OP_CONST));
        complexity += el_expr_op_complexity(op);
    }
    out.n_node = (uint8_t)first;
    if (with->n_node + first <= e->n_node &&
        el_expr_complexity(with) <= complexity && el_expr_push(&out, with))
        *e = out;
}

/* These write the last subtree of e in its best form; false: there is none. */
static bool write_sum(const el_expr *e, bool positive, el_expr *out)
{
    el_sum sum = {.positive = positive};

    return el_sum_take(&sum, e, top_of(e), false) && el_sum_push(&sum, out);
}

/* Whether every addend has a number that can take `factor` in without becoming
   one that may be fitted where it was none. */
static bool can_absorb(const el_sum *sum, el_number factor)
{
    const bool fitted = factor.kind != EL_CONST_FIXED;

    for (unsigned k = 0; k < sum->n; k++) {
        const el_number number = sum->addend[k].number;
        if (el_number_is(number, 1) || el_number_is(number, -1) ||
            (fitted && number.kind == EL_CONST_FIXED))
            return false;
    }
    return !fitted || !sum->has_constant ||
           sum->constant.kind != EL_CONST_FIXED;
}

/* c (a x + b) has one number too many, -(x - y) one sign. */
static bool push_absorbed(const el_product *p, el_expr *out)
{
    el_sum sum = {.positive = p->positive};
    const unsigned base = p->factor[0].base;

    if (p->n != 1 || !el_number_is(p->factor[0].exponent, 1) ||
        p->factor[0].absolute || el_number_is(p->number, 1) ||
        el_number_is(p->number, 0) ||
        family_of((el_expr_op)p->from->node[base].op) != SUM ||
        !el_sum_take(&sum, p->from, base, false))
        return false;
    if (!el_number_is(p->number, -1) && !can_absorb(&sum, p->number))
        return false;
    for (unsigned k = 0; k < sum.n; k++)
        sum.addend[k].number = el_number_times(sum.addend[k].number, p->number);
    sum.constant = el_number_times(sum.constant, p->number);
    return el_sum_push(&sum, out);
}

static bool write_product(const el_expr *e, bool positive, el_expr *out)
{
    el_product p = {
        .from = e, .positive = positive, .number = {1, EL_CONST_FIXED}};

    if (!el_product_take(&p, top_of(e)))
        return false;
    if (push_absorbed(&p, out))
        return true;
    *out = (el_expr){0};
    return el_product_push(&p, out);
}

/* Operands of a chain of one operator, each different one once. */
typedef struct chain {
    unsigned n, item[EL_CANON_MAX];
    bool has_number;
    el_number number;
} chain;

static bool take_number(chain *c, el_expr_op op, el_number number)
{
    if (c->has_number) {
        number.value = el_expr_apply(op, c->number.value, number.value);
        if (c->number.kind != number.kind)
            number.kind = EL_CONST_FREE;
    }
    c->number = number;
    c->has_number = true;
    return isfinite(number.value);
}

/* Depth <= EL_EXPR_MAX_NODES bounds it. NOLINTNEXTLINE(misc-no-recursion) */
static bool take_chain(chain *c, const el_expr *e, unsigned i, el_expr_op op)
{
    unsigned at = 0;

    if (e->node[i].op == op)
        return take_chain(c, e, el_expr_left(e, i), op) &&
               take_chain(c, e, i - 1, op);
    if (e->node[i].op == EL_OP_CONST)
        return take_number(
            c, op,
            (el_number){e->value[e->node[i].arg], e->kind[e->node[i].arg]});
    for (; at < c->n; at++) {
        const int sign = el_expr_compare(e, i, e, c->item[at]);
        if (sign == 0)
            return true;
        if (sign < 0)
            break;
    }
    if (c->n >= EL_CANON_MAX)
        return false;
    memmove(&c->item[at + 1], &c->item[at], (c->n - at) * sizeof *c->item);
    c->item[at] = i;
    c->n++;
    return true;
}

static bool write_extreme(const el_expr *e, el_expr *out)
{
    const el_expr_op op = (el_expr_op)e->node[top_of(e)].op;
    chain c = {0};

    if (!take_chain(&c, e, top_of(e), op))
        return false;
    for (unsigned k = 0; k < c.n; k++)
        if (!el_expr_push_part(out, e, c.item[k]) ||
            (k > 0 && !el_expr_push_op(out, op)))
            return false;
    return !c.has_number || (el_expr_push_const(out, c.number.value,
                                                (el_const_kind)c.number.kind) &&
                             (c.n == 0 || el_expr_push_op(out, op)));
}

/* What is not finite stays, for the reader to see. */
static bool write_folded(const el_expr *e, el_expr_op op, el_expr *out)
{
    const unsigned slot = e->node[top_of(e) - 1].arg;
    const double value = el_expr_apply(op, 0, e->value[slot]);

    return isfinite(value) &&
           el_expr_push_const(out, value,
                              e->kind[slot] == EL_CONST_FIXED ? EL_CONST_FIXED
                                                              : EL_CONST_FREE);
}

static bool write_function(const el_expr *e, bool positive, el_expr *out)
{
    const unsigned top = top_of(e), inner = top - 1;
    const el_expr_op op = (el_expr_op)e->node[top].op;
    const el_expr_op in = (el_expr_op)e->node[inner].op;

    if (in == EL_OP_CONST)
        return write_folded(e, op, out);
    if ((op == EL_OP_LOG && in == EL_OP_EXP) ||
        (op == EL_OP_EXP && in == EL_OP_LOG))
        return el_expr_push_part(out, e, inner - 1);
    if ((op == EL_OP_ABS && el_expr_is_nonneg(e, inner, positive)) ||
        (op == EL_OP_CEIL && in == EL_OP_CEIL))
        return el_expr_push_part(out, e, inner);
    /* a sign that the function does not see */
    return (op == EL_OP_ABS || op == EL_OP_COS) && in == EL_OP_NEG &&
           el_expr_push_part(out, e, inner - 1) && el_expr_push_op(out, op);
}

static bool write_last(const el_expr *e, bool positive, el_expr *out)
{
    switch (family_of((el_expr_op)e->node[top_of(e)].op)) {
    case SUM:
        return write_sum(e, positive, out);
    case PRODUCT:
        return write_product(e, positive, out);
    case EXTREME:
        return write_extreme(e, out);
    case FUNCTION:
        return write_function(e, positive, out);
    default:
        return false;
    }
}

static void reduce(el_expr *e, bool positive)
{
    el_expr out = {0};

    if (write_last(e, positive, &out))
        improve_last(e, &out);
}

/* Whether operands of the same family are taken apart with the operator:
   always with a sum, with a product where no root is drawn. */
static bool takes_apart(el_expr_op op, el_expr_op operand)
{
    return family_of(op) == family_of(operand) &&
           (family_of(op) == SUM ||
            (op != EL_OP_SQRT && op != EL_OP_POW && family_of(op) == PRODUCT));
}

static void find_joined(const el_expr *e, bool joined[EL_EXPR_MAX_NODES])
{
    joined[top_of(e)] = false;
    for (unsigned i = 0; i < e->n_node; i++) {
        const el_expr_op op = (el_expr_op)e->node[i].op;
        const unsigned n = el_expr_op_operands(op);
        const unsigned left = n == 2 ? el_expr_left(e, i) : 0;

        if (n == 2)
            joined[left] = takes_apart(op, (el_expr_op)e->node[left].op);
        if (n > 0)
            joined[i - 1] = takes_apart(op, (el_expr_op)e->node[i - 1].op);
    }
}

/* Only the top of a chain is put in order: the rest is taken apart there. */
static bool one_pass(const el_expr *from, bool positive, el_expr *out)
{
    bool joined[EL_EXPR_MAX_NODES];

    find_joined(from, joined);
    *out = (el_expr){0};
    for (unsigned i = 0; i < from->n_node; i++) {
        const el_expr_op op = (el_expr_op)from->node[i].op;
        const unsigned slot = from->node[i].arg;
        bool done;

        if (op == EL_OP_COL)
            done = el_expr_push_col(out, slot);
        else if (op == EL_OP_CONST)
            done = el_expr_push_const(out, from->value[slot],
                                      (el_const_kind)from->kind[slot]);
        else
            done = el_expr_push_op(out, op);
        if (!done)
            return false;
        if (!joined[i])
            reduce(out, positive);
    }
    return true;
}

static bool is_same(const el_expr *a, const el_expr *b)
{
    return a->n_node == b->n_node &&
           el_expr_compare(a, top_of(a), b, top_of(b)) == 0;
}

bool el_expr_simplify(el_expr *expr, bool positive)
{
    el_expr now = *expr, next;
    bool changed;

    for (unsigned pass = 0; pass < MAX_PASSES; pass++) {
        if (!one_pass(&now, positive, &next))
            return false;
        changed = !is_same(&now, &next);
        now = next;
        if (!changed)
            break;
    }
    changed = !is_same(expr, &now);
    *expr = now;
    return changed;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/build.h"

#include <math.h>

bool el_expr_fraction(double value, int *n, int *d)
{
    for (int k = 1; k <= 12; k++) {
        const double above = nearbyint(value * k);
        if (!(fabs(above) < 1000) || above / k != value)
            continue;
        *n = (int)above;
        *d = k;
        return true;
    }
    return false;
}

static bool push_node(el_expr *expr, el_expr_op op, unsigned len, unsigned arg)
{
    if (expr->n_node >= EL_EXPR_MAX_NODES)
        return false;
    expr->node[expr->n_node++] =
        (el_expr_node){(uint8_t)op, (uint8_t)len, (uint16_t)arg};
    return true;
}

bool el_expr_push_col(el_expr *expr, size_t column)
{
    return column < EL_EXPR_MAX_COLS &&
           push_node(expr, EL_OP_COL, 1, (unsigned)column);
}

bool el_expr_push_const(el_expr *expr, double value, el_const_kind kind)
{
    const unsigned slot = expr->n_const;
    if (slot >= EL_EXPR_MAX_CONSTS || !push_node(expr, EL_OP_CONST, 1, slot))
        return false;
    expr->value[slot] = value;
    expr->kind[slot] = (uint8_t)kind;
    expr->n_const++;
    return true;
}

bool el_expr_push_op(el_expr *expr, el_expr_op op)
{
    unsigned len = 0;
    for (unsigned k = el_expr_op_operands(op); k > 0; k--) {
        if (len >= expr->n_node)
            return false;
        len += expr->node[expr->n_node - 1u - len].len;
    }
    return len > 0 && push_node(expr, op, len + 1, 0);
}

bool el_expr_push_part(el_expr *expr, const el_expr *from, unsigned end)
{
    const unsigned n = from->node[end].len, first = end + 1u - n;
    unsigned n_const = 0;

    for (unsigned i = first; i <= end; i++)
        n_const += from->node[i].op == EL_OP_CONST;
    if (expr->n_node + n > EL_EXPR_MAX_NODES ||
        expr->n_const + n_const > EL_EXPR_MAX_CONSTS)
        return false;
    for (unsigned i = first; i <= end; i++) {
        el_expr_node node = from->node[i];
        if (node.op == EL_OP_CONST) {
            const unsigned slot = expr->n_const++;
            expr->value[slot] = from->value[node.arg];
            expr->kind[slot] = from->kind[node.arg];
            node.arg = (uint16_t)slot;
        }
        expr->node[expr->n_node++] = node;
    }
    return true;
}

bool el_expr_push(el_expr *expr, const el_expr *whole)
{
    return el_expr_push_part(expr, whole, whole->n_node - 1u);
}

/* Operators that make x^|exponent| of x without a constant. */
static bool short_power(double size, el_expr_op op[2], unsigned *n)
{
    static const struct {
        double size;
        unsigned n;
        el_expr_op op[2];
    } form[] = {
        {1, 0, {EL_OP_COL, EL_OP_COL}},
        {2, 1, {EL_OP_SQUARE, EL_OP_COL}},
        {3, 1, {EL_OP_CUBE, EL_OP_COL}},
        {4, 2, {EL_OP_SQUARE, EL_OP_SQUARE}},
        {6, 2, {EL_OP_CUBE, EL_OP_SQUARE}},
        {.5, 1, {EL_OP_SQRT, EL_OP_COL}},
        {1.5, 2, {EL_OP_SQRT, EL_OP_CUBE}},
        {.25, 2, {EL_OP_SQRT, EL_OP_SQRT}},
    };
    for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
        if (form[i].size != size)
            continue;
        op[0] = form[i].op[0];
        op[1] = form[i].op[1];
        *n = form[i].n;
        return true;
    }
    return false;
}

static bool push_power(el_expr *expr, size_t column, double exponent,
                       el_const_kind kind)
{
    el_expr_op op[2];
    unsigned n = 0;
    const bool negative = exponent < 0;

    if (kind == EL_CONST_FIXED && exponent == 0)
        return el_expr_push_const(expr, 1, EL_CONST_FIXED);
    if (!el_expr_push_col(expr, column))
        return false;
    if (kind != EL_CONST_FIXED ||
        !short_power(negative ? -exponent : exponent, op, &n))
        return el_expr_push_const(expr, exponent, kind) &&
               el_expr_push_op(expr, EL_OP_POW);
    for (unsigned k = 0; k < n; k++)
        if (!el_expr_push_op(expr, op[k]))
            return false;
    return !negative || el_expr_push_op(expr, EL_OP_INV);
}

/* Only the counts say what belongs to the formula. */
static bool keep(el_expr *expr, bool done, unsigned n_node, unsigned n_const)
{
    if (!done) {
        expr->n_node = (uint8_t)n_node;
        expr->n_const = (uint8_t)n_const;
    }
    return done;
}

bool el_expr_push_power(el_expr *expr, size_t column, double exponent,
                        el_const_kind kind)
{
    const unsigned n_node = expr->n_node, n_const = expr->n_const;
    return keep(expr, push_power(expr, column, exponent, kind), n_node,
                n_const);
}

static bool push_monomial(el_expr *expr, const el_monomial *m)
{
    bool any = m->factor_kind != EL_CONST_FIXED || m->factor != 1;
    bool divides = false;

    if (any && !el_expr_push_const(expr, m->factor, m->factor_kind))
        return false;
    for (size_t k = 0; k < m->n; k++) {
        const bool below =
            m->exponent_kind == EL_CONST_FIXED && m->exponent[k] < 0;
        divides = divides || below;
        if (below || m->exponent[k] == 0)
            continue;
        if (!el_expr_push_power(expr, m->column[k], m->exponent[k],
                                m->exponent_kind) ||
            (any && !el_expr_push_op(expr, EL_OP_MUL)))
            return false;
        any = true;
    }
    if (!any && !divides)
        return el_expr_push_const(expr, 1, EL_CONST_FIXED);
    for (size_t k = 0; divides && k < m->n; k++) {
        if (m->exponent[k] >= 0)
            continue;
        if (!el_expr_push_power(expr, m->column[k],
                                any ? -m->exponent[k] : m->exponent[k],
                                EL_CONST_FIXED) ||
            (any && !el_expr_push_op(expr, EL_OP_DIV)))
            return false;
        any = true;
    }
    return true;
}

bool el_expr_push_monomial(el_expr *expr, const el_monomial *monomial)
{
    const unsigned n_node = expr->n_node, n_const = expr->n_const;
    return keep(expr, push_monomial(expr, monomial), n_node, n_const);
}

bool el_expr_join(el_expr *out, const el_expr *left, el_expr_op op,
                  const el_expr *right)
{
    el_expr both = *left;
    if (!el_expr_push(&both, right) || !el_expr_push_op(&both, op))
        return false;
    *out = both;
    return true;
}

bool el_expr_sum(el_expr *out, const el_expr *term, size_t n)
{
    el_expr sum = {0};
    for (size_t k = 0; k < n; k++)
        if (!el_expr_push(&sum, &term[k]) ||
            (k > 0 && !el_expr_push_op(&sum, EL_OP_ADD)))
            return false;
    if (n > 0)
        *out = sum;
    return n > 0;
}

static bool copy_node(el_expr *out, const el_expr *from, unsigned i)
{
    const el_expr_node node = from->node[i];

    if (node.op == EL_OP_COL || node.op == EL_OP_CONST)
        return el_expr_push_part(out, from, i);
    return el_expr_push_op(out, (el_expr_op)node.op);
}

bool el_expr_replace(el_expr *out, const el_expr *from, unsigned end,
                     const el_expr *part)
{
    const unsigned first = end + 1u - from->node[end].len;

    *out = (el_expr){0};
    for (unsigned i = 0; i < from->n_node; i++) {
        if (i == first) {
            if (!el_expr_push(out, part))
                return false;
            i = end;
        } else if (!copy_node(out, from, i)) {
            return false;
        }
    }
    return true;
}

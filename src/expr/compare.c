/* SPDX-License-Identifier: Apache-2.0 */
/* Order and sign of subtrees. */
#include "expr/canon.h"

static int order(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_nodes(el_expr_node a, el_expr_node b)
{
    if (a.op != b.op)
        return a.op < b.op ? -1 : 1;
    if (a.op == EL_OP_COL && a.arg != b.arg)
        return a.arg < b.arg ? -1 : 1;
    return 0;
}

/* Postfix read backwards says where a subtree ends, so the first difference
   decides; lengths differ only after one. */
int el_expr_compare(const el_expr *a, unsigned i, const el_expr *b, unsigned j)
{
    const unsigned n = a->node[i].len;
    int sign = 0;

    for (unsigned k = 0; k < n && sign == 0; k++)
        sign = compare_nodes(a->node[i - k], b->node[j - k]);
    for (unsigned k = 0; k < n && sign == 0; k++)
        if (a->node[i - k].op == EL_OP_CONST)
            sign = order(a->value[a->node[i - k].arg],
                         b->value[b->node[j - k].arg]);
    return sign;
}

static bool const_is_nonneg(const el_expr *expr, unsigned slot)
{
    return expr->value[slot] >= 0 && (expr->kind[slot] == EL_CONST_FIXED ||
                                      expr->kind[slot] == EL_CONST_POSITIVE);
}

/* Depth <= EL_EXPR_MAX_NODES: NOLINTNEXTLINE(misc-no-recursion) */
bool el_expr_is_nonneg(const el_expr *expr, unsigned i, bool positive)
{
    switch (expr->node[i].op) {
    case EL_OP_COL:
        return positive;
    case EL_OP_CONST:
        return const_is_nonneg(expr, expr->node[i].arg);
    case EL_OP_SQUARE:
    case EL_OP_SQRT:
    case EL_OP_EXP:
    case EL_OP_ABS:
    case EL_OP_ACOS:
        return true;
    case EL_OP_ADD:
    case EL_OP_MUL:
    case EL_OP_DIV:
    case EL_OP_MIN:
        return el_expr_is_nonneg(expr, i - 1, positive) &&
               el_expr_is_nonneg(expr, el_expr_left(expr, i), positive);
    case EL_OP_MAX:
        return el_expr_is_nonneg(expr, i - 1, positive) ||
               el_expr_is_nonneg(expr, el_expr_left(expr, i), positive);
    case EL_OP_POW:
        return el_expr_is_nonneg(expr, el_expr_left(expr, i), positive);
    case EL_OP_INV:
    case EL_OP_CUBE:
    case EL_OP_LOG1P:
    case EL_OP_CEIL:
    case EL_OP_TANH:
    case EL_OP_ASIN:
        return el_expr_is_nonneg(expr, i - 1, positive);
    default:
        return false;
    }
}

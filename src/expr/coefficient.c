/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/build.h"
#include "expr/refit.h"

#define NONE EL_EXPR_MAX_CONSTS

/* A constant that multiplies the product which ends at node i. 64 nodes bound
   the depth: NOLINTNEXTLINE(misc-no-recursion) */
static unsigned factor_of(const el_expr *expr, unsigned i)
{
    const el_expr_node node = expr->node[i];
    unsigned slot;

    switch (node.op) {
    case EL_OP_CONST:
        return expr->kind[node.arg] == EL_CONST_FREE ||
                       expr->kind[node.arg] == EL_CONST_POSITIVE
                   ? node.arg
                   : NONE;
    case EL_OP_NEG:
        return factor_of(expr, i - 1);
    case EL_OP_MUL:
        slot = factor_of(expr, el_expr_left(expr, i));
        return slot != NONE ? slot : factor_of(expr, i - 1);
    case EL_OP_DIV:
        return factor_of(expr, el_expr_left(expr, i));
    default:
        return NONE;
    }
}

/* The terms of the sum that ends at node i. As deep:
   NOLINTNEXTLINE(misc-no-recursion) */
static uint32_t visit(const el_expr *expr, unsigned i, uint8_t *owner)
{
    const el_expr_node node = expr->node[i];
    unsigned slot;

    if (node.op == EL_OP_NEG)
        return visit(expr, i - 1, owner);
    if (node.op == EL_OP_ADD || node.op == EL_OP_SUB)
        return visit(expr, el_expr_left(expr, i), owner) |
               visit(expr, i - 1, owner);
    slot = factor_of(expr, i);
    for (unsigned k = i + 1u - node.len; k <= i; k++)
        if (expr->node[k].op == EL_OP_CONST)
            owner[expr->node[k].arg] = (uint8_t)slot;
    return slot == NONE ? 0u : 1u << slot;
}

uint32_t el_expr_coefficients(const el_expr *expr,
                              uint8_t owner[EL_EXPR_MAX_CONSTS])
{
    return visit(expr, expr->n_node - 1u, owner);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/expr.h"

typedef struct op_fact {
    const char *name;
    uint8_t operands, complexity;
} op_fact;

static const op_fact facts[EL_N_EXPR_OPS] = {
#define FACT(id, text, n_operands, weight) [id] = {text, n_operands, weight},
    EL_EXPR_OP_LIST(FACT)
#undef FACT
};

const char *el_expr_op_name(el_expr_op op)
{
    return facts[op].name;
}

unsigned el_expr_op_operands(el_expr_op op)
{
    return facts[op].operands;
}

unsigned el_expr_op_complexity(el_expr_op op)
{
    return facts[op].complexity;
}

/* Its constants fill the slots in postfix order, each once. */
static bool leaf_is_valid(const el_expr *expr, el_expr_node node, size_t n_col,
                          unsigned *n_const)
{
    if (node.op == EL_OP_COL)
        return node.arg < n_col;
    return node.arg == (*n_const)++ && node.arg < expr->n_const &&
           expr->kind[node.arg] <= EL_CONST_FIXED;
}

/* Length of the subtree that ends at i by its operands', 0 when one is
   missing. */
static unsigned subtree_len(const el_expr *expr, unsigned i)
{
    unsigned len = 1;
    for (unsigned k = el_expr_op_operands((el_expr_op)expr->node[i].op); k > 0;
         k--) {
        if (len > i)
            return 0;
        len += expr->node[i - len].len;
    }
    return len <= i + 1 ? len : 0;
}

bool el_expr_is_valid(const el_expr *expr, size_t n_col)
{
    unsigned n_const = 0;
    if (expr->n_node == 0 || expr->n_node > EL_EXPR_MAX_NODES ||
        expr->n_const > EL_EXPR_MAX_CONSTS)
        return false;
    for (unsigned i = 0; i < expr->n_node; i++) {
        const el_expr_node node = expr->node[i];
        if (node.op >= EL_N_EXPR_OPS || node.len == 0 ||
            node.len != subtree_len(expr, i))
            return false;
        if (node.op <= EL_OP_CONST &&
            !leaf_is_valid(expr, node, n_col, &n_const))
            return false;
    }
    return expr->node[expr->n_node - 1].len == expr->n_node &&
           n_const == expr->n_const;
}

unsigned el_expr_complexity(const el_expr *expr)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < expr->n_node; i++)
        sum += el_expr_op_complexity((el_expr_op)expr->node[i].op);
    return sum;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes that do not see the order of operands. The members of a chain of one
 * commutative operator are added up mod 2^64, whatever its grouping, and only
 * then mixed; all else is mixed in order.
 */
#include <string.h>

#include "expr/build.h"

/* SplitMix64's finalizer (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t mix(uint64_t z)
{
    z += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint64_t join(uint64_t tag, uint64_t value)
{
    return mix(mix(tag) ^ value);
}

static uint64_t hash_number(double value)
{
    uint64_t bits;

    if (value == 0)
        value = 0; /* -0 */
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t hash_leaf(const el_expr *expr, el_expr_node node,
                          el_expr_match match)
{
    if (node.op == EL_OP_COL)
        return join(EL_OP_COL, node.arg);
    if (match == EL_MATCH_SKELETON && expr->kind[node.arg] != EL_CONST_FIXED)
        return join(EL_N_EXPR_OPS, 0);
    return join(EL_OP_CONST, hash_number(expr->value[node.arg]));
}

static bool commutes(el_expr_op op)
{
    return op == EL_OP_ADD || op == EL_OP_MUL || op == EL_OP_MAX ||
           op == EL_OP_MIN;
}

void el_expr_hash_nodes(const el_expr *expr, el_expr_match match,
                        uint64_t hash[EL_EXPR_MAX_NODES])
{
    uint64_t sum[EL_EXPR_MAX_NODES] = {0}; /* of the chain that ends here */

    for (unsigned i = 0; i < expr->n_node; i++) {
        const el_expr_node node = expr->node[i];
        const el_expr_op op = (el_expr_op)node.op;
        const unsigned n = el_expr_op_operands(op);

        if (n == 0) {
            hash[i] = hash_leaf(expr, node, match);
        } else if (n == 1) {
            hash[i] = join(op, hash[i - 1]);
        } else if (commutes(op)) {
            const unsigned left = el_expr_left(expr, i);
            sum[i] =
                (expr->node[left].op == op ? sum[left] : mix(hash[left])) +
                (expr->node[i - 1].op == op ? sum[i - 1] : mix(hash[i - 1]));
            hash[i] = join(op, sum[i]);
        } else {
            hash[i] = join(op, join(hash[el_expr_left(expr, i)], hash[i - 1]));
        }
    }
}

uint64_t el_expr_hash(const el_expr *expr, el_expr_match match)
{
    uint64_t hash[EL_EXPR_MAX_NODES] = {0};

    el_expr_hash_nodes(expr, match, hash);
    return hash[expr->n_node - 1];
}

/* Of any value, hence of any sign: a - c x is a + c x. The first round may
   make positive numbers of free ones, as c^2. */
static uint64_t hash_skeleton(el_expr expr)
{
    for (int round = 0; round < 2; round++) {
        for (unsigned k = 0; k < expr.n_const; k++)
            if (expr.kind[k] == EL_CONST_POSITIVE)
                expr.kind[k] = EL_CONST_FREE;
        (void)el_expr_simplify(&expr, true);
    }
    return el_expr_hash(&expr, EL_MATCH_SKELETON);
}

bool el_expr_same_skeleton(const el_expr *a, const el_expr *b)
{
    return hash_skeleton(*a) == hash_skeleton(*b);
}

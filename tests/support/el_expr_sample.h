/* SPDX-License-Identifier: Apache-2.0 */
/* Formulas for tests: a plain evaluator and random trees. */
#ifndef EL_EXPR_SAMPLE_H
#define EL_EXPR_SAMPLE_H
#include <math.h>

#include "el_test.h"
#include "expr/build.h"

static inline long double el_sample_apply(el_expr_op op, long double a,
                                          long double b)
{
    static long double (*const function[EL_N_EXPR_OPS])(long double) = {
        [EL_OP_SQRT] = sqrtl, [EL_OP_EXP] = expl,     [EL_OP_LOG] = logl,
        [EL_OP_LOG2] = log2l, [EL_OP_LOG1P] = log1pl, [EL_OP_ABS] = fabsl,
        [EL_OP_CEIL] = ceill, [EL_OP_TANH] = tanhl,   [EL_OP_SIN] = sinl,
        [EL_OP_COS] = cosl,   [EL_OP_ASIN] = asinl,   [EL_OP_ACOS] = acosl};
    const long double plain[EL_N_EXPR_OPS] = {
        [EL_OP_ADD] = a + b,
        [EL_OP_SUB] = a - b,
        [EL_OP_MUL] = a * b,
        [EL_OP_DIV] = a / b,
        [EL_OP_MAX] = isnan(a) || a > b ? a : b,
        [EL_OP_MIN] = isnan(a) || a < b ? a : b,
        [EL_OP_NEG] = -b,
        [EL_OP_INV] = 1 / b,
        [EL_OP_SQUARE] = b * b,
        [EL_OP_CUBE] = b * b * b};

    if (op == EL_OP_POW)
        return powl(a, b);
    return function[op] ? function[op](b) : plain[op];
}

/* The value at x[column], and in at[] (may be NULL) that of every node. */
static inline long double el_sample_value(const el_expr *e, const double *x,
                                          long double *at)
{
    long double stack[EL_EXPR_MAX_NODES + 1] = {0};
    unsigned n = 0;

    for (unsigned i = 0; i < e->n_node; i++) {
        const el_expr_op op = (el_expr_op)e->node[i].op;
        long double v;

        if (op == EL_OP_COL) {
            v = x[e->node[i].arg];
        } else if (op == EL_OP_CONST) {
            v = e->value[e->node[i].arg];
        } else {
            const unsigned k = el_expr_op_operands(op);
            v = el_sample_apply(op, k == 2 ? stack[n - 2] : 0, stack[n - 1]);
            n -= k;
        }
        stack[n++] = v;
        if (at)
            at[i] = v;
    }
    return stack[0];
}

typedef struct el_sample_rule {
    size_t n_col, n_op;
    const el_expr_op *op; /* operators to draw from */
    unsigned depth;
} el_sample_rule;

static inline size_t el_sample_pick(uint64_t *seed, size_t n)
{
    return (size_t)(el_test_next(seed) % n);
}

static inline double el_sample_constant(uint64_t *seed)
{
    static const double nice[] = {1, 2, 3, 0.5, -1, 10, 1.5, 4};

    return el_sample_pick(seed, 2) ? nice[el_sample_pick(seed, 8)]
                                   : el_test_unif(seed, 0.1, 4);
}

/* depth bounds it: NOLINTNEXTLINE(misc-no-recursion) */
static inline bool el_sample_grow(el_expr *e, const el_sample_rule *rule,
                                  unsigned depth, uint64_t *seed)
{
    const size_t kind = el_sample_pick(seed, depth == 0 ? 2 : 8);
    el_expr_op op;

    if (kind == 0)
        return el_expr_push_const(
            e, el_sample_constant(seed),
            (el_const_kind)el_sample_pick(seed, EL_CONST_FIXED + 1));
    if (kind <= 1 + (depth < rule->depth))
        return el_expr_push_col(e, el_sample_pick(seed, rule->n_col));
    op = rule->op[el_sample_pick(seed, rule->n_op)];
    for (unsigned k = el_expr_op_operands(op); k > 0; k--)
        if (!el_sample_grow(e, rule, depth - 1, seed))
            return false;
    return el_expr_push_op(e, op);
}

static inline el_expr el_sample_tree(const el_sample_rule *rule, uint64_t *seed)
{
    for (;;) {
        el_expr e = {0};

        if (el_sample_grow(&e, rule, rule->depth, seed))
            return e;
    }
}
#endif

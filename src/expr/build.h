/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formulas from their parts, in postfix order. Layer: expr. No heap.
 *
 * An el_expr under construction, {0} at first, is a stack: a leaf adds one
 * formula to it, an operator joins the last one or two into one. It is
 * el_expr_is_valid() once exactly one is left. Every function returns false
 * and leaves *expr as it was where the result would pass EL_EXPR_MAX_NODES or
 * EL_EXPR_MAX_CONSTS, or operands are missing.
 */
#ifndef EL_EXPR_BUILD_H
#define EL_EXPR_BUILD_H
#include "energylens/expr.h"

/* Last node of the left operand of the binary node i. */
static inline unsigned el_expr_left(const el_expr *expr, unsigned i)
{
    return i - 1u - expr->node[i - 1u].len;
}

/* 2, 3, 4, 6, 8, 9: exponents that squares and cubes make. */
#define EL_EXPR_MAX_SMOOTH 9
static inline bool el_expr_is_smooth(int exponent)
{
    return exponent > 1 && exponent <= EL_EXPR_MAX_SMOOTH && exponent != 5 &&
           exponent != 7;
}

/* value is the double next to n/d, 1 <= d <= 12 in lowest terms, |n| < 1000. */
bool el_expr_fraction(double value, int *n, int *d);

EL_NODISCARD bool el_expr_push_col(el_expr *expr, size_t column);
EL_NODISCARD bool el_expr_push_const(el_expr *expr, double value,
                                     el_const_kind kind);
EL_NODISCARD bool el_expr_push_op(el_expr *expr, el_expr_op op);
/* The subtree of *from that ends at node `end`, its constants included;
   from may be expr itself. */
EL_NODISCARD bool el_expr_push_part(el_expr *expr, const el_expr *from,
                                    unsigned end);
EL_NODISCARD bool el_expr_push(el_expr *expr, const el_expr *whole);

/*
 * column^exponent. EL_CONST_FIXED takes the shortest form: x, square, cube,
 * sqrt, inv and their compositions where there is one, else x ^ constant; a
 * constant 1 for exponent 0. Any other kind is always x ^ constant, so that it
 * can be fitted.
 */
EL_NODISCARD bool el_expr_push_power(el_expr *expr, size_t column,
                                     double exponent, el_const_kind kind);

typedef struct el_monomial {
    double factor;
    el_const_kind factor_kind; /* FIXED and 1: not written */
    size_t n;
    const size_t *column;   /* n */
    const double *exponent; /* n; 0: the column is left out */
    el_const_kind exponent_kind;
} el_monomial;

/* factor * prod_k column[k]^exponent[k]; fixed negative exponents divide. */
EL_NODISCARD bool el_expr_push_monomial(el_expr *expr,
                                        const el_monomial *monomial);

/* *out = left op right; op has two operands. */
EL_NODISCARD bool el_expr_join(el_expr *out, const el_expr *left, el_expr_op op,
                               const el_expr *right);
/* *out = term[0] + term[1] + ...; n > 0. */
EL_NODISCARD bool el_expr_sum(el_expr *out, const el_expr *term, size_t n);
/* *out = from with `part` in the place of the subtree that ends at `end`. */
EL_NODISCARD bool el_expr_replace(el_expr *out, const el_expr *from,
                                  unsigned end, const el_expr *part);

#endif

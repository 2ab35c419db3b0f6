/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products and sums taken apart and put together in one way. Layer: expr.
 *
 * A number that may be fitted (any kind but EL_CONST_FIXED) never decides the
 * structure: x * 1.0 stays a product, x * 1 does not. Every function returns
 * false where the result does not fit or a number is not finite; the caller
 * then keeps what it had.
 */
#ifndef EL_EXPR_CANON_H
#define EL_EXPR_CANON_H
#include "expr/build.h"

/* Every operand has a node, every operator of two joins two: 32 are most. */
#define EL_CANON_MAX (EL_EXPR_MAX_NODES / 2u)

typedef struct el_number {
    double value; /* EL_CONST_POSITIVE and < 0: a positive one with a sign */
    uint8_t kind; /* el_const_kind */
} el_number;

/* base^exponent, or |base|^exponent */
typedef struct el_factor {
    unsigned base; /* last node, in `from` */
    el_number exponent;
    bool absolute;
} el_factor;

typedef struct el_product {
    const el_expr *from;
    bool positive; /* columns are > 0 */
    el_number number;
    unsigned n;
    el_factor factor[EL_CANON_MAX];
} el_product;

typedef struct el_addend {
    el_number number;
    unsigned body; /* last node, in el_sum.body */
} el_addend;

/* number[0] body[0] + ... + constant; bodies are products without numbers. */
typedef struct el_sum {
    bool positive;
    bool has_constant;
    el_number constant;
    unsigned n;
    el_addend addend[EL_CANON_MAX];
    el_expr body; /* one after another */
} el_sum;

/* Total order of subtrees: by operators and columns, then by numbers. 0: the
   same formula. */
int el_expr_compare(const el_expr *a, unsigned i, const el_expr *b, unsigned j);
/* The subtree is >= 0 wherever it is defined. */
bool el_expr_is_nonneg(const el_expr *expr, unsigned i, bool positive);
static inline bool el_number_is(el_number number, double value)
{
    return number.kind == EL_CONST_FIXED && number.value == value;
}
el_number el_number_times(el_number a, el_number b);

EL_NODISCARD bool el_product_take(el_product *product, unsigned i);
/* Sorts the factors on the way. */
EL_NODISCARD bool el_product_push(el_product *product, el_expr *out);

EL_NODISCARD bool el_sum_take(el_sum *sum, const el_expr *from, unsigned i,
                              bool negative);
EL_NODISCARD bool el_sum_push(el_sum *sum, el_expr *out);

#endif

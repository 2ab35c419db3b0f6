/* SPDX-License-Identifier: Apache-2.0 */
/* Random formulas and columns from a seed, for tests and benches of expr. */
#ifndef EL_EXPR_RANDOM_H
#define EL_EXPR_RANDOM_H
#include "base/rng.h"
#include "expr/build.h"

typedef struct el_random_tree {
    const el_expr_op *one, *two; /* operators to draw from */
    unsigned n_one, n_two;
    double share_one; /* of the inner nodes */
    size_t n_col;
} el_random_tree;

static inline bool el_random_leaf(el_expr *e, const el_random_tree *t,
                                  el_rng *rng)
{
    if (e->n_const < EL_EXPR_MAX_CONSTS && el_rng_below(rng, 10) < 3)
        return el_expr_push_const(e, 0.5 + 2.0 * el_rng_unit(rng),
                                  EL_CONST_FREE);
    return el_expr_push_col(e, el_rng_below(rng, t->n_col));
}

/* Exactly n nodes in postfix order: the operators of an arithmetic tree cut at
   random places. n bounds the depth: NOLINTNEXTLINE(misc-no-recursion) */
static inline bool el_random_expr(el_expr *e, const el_random_tree *t,
                                  unsigned n, el_rng *rng)
{
    const bool one = n == 2 || (n > 2 && el_rng_unit(rng) < t->share_one);
    unsigned left;

    if (n == 1)
        return el_random_leaf(e, t, rng);
    if (one)
        return el_random_expr(e, t, n - 1, rng) &&
               el_expr_push_op(e, t->one[el_rng_below(rng, t->n_one)]);
    left = 1 + (unsigned)el_rng_below(rng, n - 2);
    return el_random_expr(e, t, left, rng) &&
           el_random_expr(e, t, n - 1 - left, rng) &&
           el_expr_push_op(e, t->two[el_rng_below(rng, t->n_two)]);
}

#endif

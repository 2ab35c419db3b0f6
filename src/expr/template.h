/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laws of a given shape. Layer: expr. No heap.
 *
 * A law of the shape is an ordinary formula: the template's nodes in their
 * order, with a part in the place of each hole. Where its parts are is found by
 * walking both together, so nothing but the formula is kept of it.
 */
#ifndef EL_EXPR_TEMPLATE_PRIVATE_H
#define EL_EXPR_TEMPLATE_PRIVATE_H
#include "energylens/expr_template.h"
#include "expr/mutate.h"

/* The hole that number `slot` of t->expr stands for; n_hole: none. */
size_t el_template_hole_of(const el_template *t, unsigned slot);

/* Where the parts of a law are, and its other numbers. */
typedef struct el_template_match {
    uint8_t end[EL_TEMPLATE_HOLES];   /* last node of each hole's part */
    uint8_t slot[EL_EXPR_MAX_CONSTS]; /* of the law, by that of t->expr */
} el_template_match;

/* Whether expr is of this shape; a part that names other columns is not. out
   may be NULL. */
bool el_template_fits(const el_template *t, const el_expr *expr,
                      el_template_match *out);

/* *out = like, a law of the shape, with part[h] in hole h. */
EL_NODISCARD bool el_template_fill(const el_template *t, const el_expr *like,
                                   const el_expr *part, el_expr *out);

/* el_express() of every part; false also where expr is not of the shape. */
EL_NODISCARD bool el_template_express(const el_grammar *grammar, el_expr *expr);

/* The parts simplified, the rest as it is; nothing is done to what is not of
   the shape. */
void el_template_simplify(const el_template *t, el_expr *expr, bool positive);

/* A law with random parts of at most n nodes. */
EL_NODISCARD bool el_template_draw(const el_grammar *grammar, unsigned n,
                                   el_rng *rng, el_expr *out);

/* el_mutate() of one part, or of a number beside them. */
EL_NODISCARD bool el_template_mutate(const el_grammar *grammar, el_mutation how,
                                     const el_expr *mother,
                                     const el_expr *father, el_rng *rng,
                                     el_expr *child);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Small random changes of a formula. Layer: expr. No heap. */
#ifndef EL_EXPR_MUTATE_H
#define EL_EXPR_MUTATE_H
#include "expr/grammar.h"

typedef enum el_mutation {
    EL_MUTATE_REPLACE, /* a part by a random one */
    EL_MUTATE_INSERT,  /* an operator above a part */
    EL_MUTATE_DELETE,  /* an operator, of whose operands one stays */
    EL_MUTATE_HOIST,   /* a part becomes the whole, or the whole term */
    EL_MUTATE_OPERATOR,
    EL_MUTATE_OPERANDS, /* swapped */
    EL_MUTATE_LEAF,
    EL_MUTATE_NUMBER,
    EL_MUTATE_FACTOR, /* a part times or over a power of a column */
    EL_MUTATE_REPEAT, /* or another part */
    EL_MUTATE_RESUM,  /* a + b: a (1 + b / (a p))^p, a exp(b / a) */
    EL_MUTATE_BLEND,  /* a + b, max(a, b): (a^p + b^p)^(1/p) */
    EL_MUTATE_TERM_ADD,
    EL_MUTATE_TERM_DELETE,
    EL_MUTATE_TERM_VARY,   /* a changed copy of a term is added */
    EL_MUTATE_SPLIT,       /* (a + b) c: a c + b c */
    EL_MUTATE_MERGE,       /* a + b: a b, a / b or a (1 + b) */
    EL_MUTATE_CROSS_PARTS, /* a part of the other parent in place of one */
    EL_MUTATE_CROSS_TERMS, /* some terms of both */
    EL_N_MUTATIONS
} el_mutation;

/*
 * *child = mother with one change; father gives parts to the crossings only.
 * False where there is nothing to change that way or the result is not lawful;
 * then *child is rubbish. All inputs are el_express()ed, and so is *child.
 */
EL_NODISCARD bool el_mutate(const el_grammar *grammar, el_mutation how,
                            const el_expr *mother, const el_expr *father,
                            el_rng *rng, el_expr *child);

/* Some of them (mutate_term.c, mutate_sum.c), without el_express(). */
EL_NODISCARD bool el_mutate_terms(const el_grammar *grammar, el_mutation how,
                                  const el_expr *mother, const el_expr *father,
                                  el_rng *rng, el_expr *child);

EL_NODISCARD bool el_mutate_sum(const el_grammar *grammar, el_mutation how,
                                const el_expr *mother, el_rng *rng,
                                el_expr *child);

#endif

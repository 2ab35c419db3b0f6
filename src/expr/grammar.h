/* SPDX-License-Identifier: Apache-2.0 */
/* What formulas may look like, and random ones that do. Layer: expr. No heap.
 */
#ifndef EL_EXPR_GRAMMAR_H
#define EL_EXPR_GRAMMAR_H
#include "base/rng.h"
#include "energylens/expr_data.h"
#include "energylens/expr_template.h"
#include "expr/build.h"

#define EL_GRAMMAR_ROOM 32u

typedef struct el_grammar {
    size_t n_col;
    unsigned max_complexity;
    bool signed_terms;        /* else every fitted number is >= 0 */
    bool positive;            /* all values of all columns are > 0 */
    uint32_t ops;             /* bit el_expr_op: allowed */
    const el_template *shape; /* of every formula; NULL: any. Borrowed */
    double typical[EL_EXPR_MAX_COLS]; /* geometric mean of |values| */
    unsigned n_draw;                  /* columns to draw from */
    uint8_t draw[EL_EXPR_MAX_COLS];
    /* operators to draw from, the usual ones several times; EL_OP_POW among
       the unary ones: a power with a number */
    unsigned n_one, n_two;
    uint8_t one[EL_GRAMMAR_ROOM], two[EL_GRAMMAR_ROOM];
} el_grammar;

void el_grammar_init(el_grammar *grammar, const el_columns *columns,
                     uint32_t ops, bool signed_terms, unsigned max_complexity);

static inline bool el_grammar_has(const el_grammar *grammar, el_expr_op op)
{
    return grammar->ops >> op & 1u;
}

/*
 * These add one part to a formula under construction (build.h). Where ops does
 * not allow what would be needed, something simpler comes out; false where it
 * does not fit. A result is lawful only after el_express().
 */

/* A random tree of about n nodes. */
EL_NODISCARD bool el_draw_tree(const el_grammar *grammar, unsigned n,
                               el_rng *rng, el_expr *out);
EL_NODISCARD bool el_draw_leaf(const el_grammar *grammar, el_rng *rng,
                               el_expr *out);
/* A number to be fitted, of the size of a column or about 1; or 1 or 2. */
EL_NODISCARD bool el_draw_number(const el_grammar *grammar, el_rng *rng,
                                 el_expr *out);
/* A product of powers of a few columns. */
EL_NODISCARD bool el_draw_monomial(const el_grammar *grammar, el_rng *rng,
                                   el_expr *out);
/* A random unary operator on what is last. */
EL_NODISCARD bool el_draw_function(const el_grammar *grammar, el_rng *rng,
                                   el_expr *out);
/* What is last times or over a column, its square or root. */
EL_NODISCARD bool el_draw_factor(const el_grammar *grammar, el_rng *rng,
                                 el_expr *out);
/* What is last times or over a function of one or two columns. */
EL_NODISCARD bool el_draw_function_factor(const el_grammar *grammar,
                                          el_rng *rng, el_expr *out);

/* A term of an outermost sum: node it ends at, whether it is subtracted. */
typedef struct el_sum_term {
    uint8_t end;
    bool minus;
} el_sum_term;

/* In the order they are written; returns how many, at most
   EL_EXPR_MAX_NODES. */
unsigned el_sum_terms(const el_expr *expr, el_sum_term *term);

/*
 * Bring expr into the form that is searched: simplified, with a number to fit
 * in front of every term of the outermost sum; of the grammar's shape, all that
 * is done to its parts. False, with *expr rubbish, where
 * it is not lawful: an operator that ops lacks, too complex, no column in it,
 * or a sign without signed_terms.
 */
EL_NODISCARD bool el_express(const el_grammar *grammar, el_expr *expr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller does not allow a law to be. Layer: expr. */
#ifndef EL_EXPR_RULES_H
#define EL_EXPR_RULES_H
#include "energylens/discover.h"

#define EL_RULES_ROWS   48u /* where a direction is tried */
#define EL_RULES_LEVELS 6u

/* Read-only once made: any number of threads may ask. */
typedef struct el_rules {
    const el_unit_rules *units;    /* borrowed; NULL: any */
    const el_direction *direction; /* borrowed; NULL: any */
    const el_part *part;           /* borrowed; NULL: nothing is known */
    const el_template *shape;      /* borrowed; NULL: any */
    uint32_t ops;                  /* bit op: may occur; abs always may */
    bool signed_terms;             /* coefficients of sums may be negative */
    size_t n_col;
    double lo[EL_EXPR_MAX_COLS], hi[EL_EXPR_MAX_COLS]; /* box of the data */
    /* of a column with a direction: rows with it at each level, the others as
       in the data; row-major by column, EL_RULES_ROWS * EL_RULES_LEVELS each */
    double *tried[EL_EXPR_MAX_COLS];
} el_rules;

/* EL_E_NOMEM; cleared on failure. Clear it. */
EL_NODISCARD el_status el_rules_init(el_rules *rules,
                                     const el_discover_options *options,
                                     const el_columns *columns, el_error *err);
void el_rules_clear(el_rules *rules);

/* Only allowed operators; no number is negative or subtracted unless
   signed_terms; units agree; no direction is contradicted: proved, or tried on
   rows. */
bool el_rules_allow(const el_rules *rules, const el_expr *expr);
/* Bit c: the direction of column c is not proved with that many boxes. */
uint32_t el_rules_unproven(const el_rules *rules, const el_expr *expr,
                           unsigned max_boxes);

#endif

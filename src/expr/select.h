/* SPDX-License-Identifier: Apache-2.0 */
/* Which formula is worth its length. Layer: expr. */
#ifndef EL_EXPR_SELECT_H
#define EL_EXPR_SELECT_H
#include "expr/rules.h"

/* Rows a formula is judged on. */
typedef struct el_evidence {
    const el_columns *columns;
    const double *y, *weight; /* weight: of each row's square; NULL: all 1 */
    el_loss loss;
    double floor;                /* a loss below this is rounding */
    const el_unit_rules *scales; /* numbers that carry a unit by these are not
                                    made round; NULL: all may be */
    bool few; /* laws of a few known terms: the better fit is chosen among
                 equals on groups left out, not the shorter */
    const el_rules *rules; /* a law that they forbid has no description: its
                              length is INFINITY. NULL: none */
} el_evidence;

/*
 * Description length [nat]: n/2 ln loss for the rows; for every fitted constant
 * ln(n)/2 + 2, more where the fit is exact; for every fixed one what its
 * numerator and denominator take; for every node ln(number of symbols).
 * Source: J. Rissanen, Automatica 14, 1978, 465-471; the constants' part is
 * that of BIC, the structure's a uniform code.
 */
double el_description_nat(const el_expr *expr, double loss,
                          const el_evidence *evidence);

/*
 * Replace fitted constants by round numbers (integers, small fractions,
 * multiples of pi) where the description gets shorter, refitting the others;
 * not those that carry a unit: how large they are is the unit's doing.
 * *loss is kept up to date. false, with *expr as it was: nothing to gain.
 */
bool el_snap(el_expr *expr, double *loss, const el_evidence *evidence);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Formulas without what they do not need. Layer: expr. */
#ifndef EL_EXPR_PRUNE_H
#define EL_EXPR_PRUNE_H
#include "expr/select.h"

/*
 * Take parts out of *expr, or put a fitted number in their place, as long as
 * its description (el_description_nat) gets shorter. *loss is kept up to date.
 * false, with *expr as it was: nothing to gain.
 *
 * Cost  two fits a node for every part that goes.
 */
bool el_prune(el_expr *expr, double *loss, bool positive,
              const el_evidence *evidence);

#endif

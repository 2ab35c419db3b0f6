/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums of monomials as nested products: a term for what all have in common,
 * O (w (a + b T) + B c) for a O w + b O w T + c O B. Layer: expr. No heap.
 */
#ifndef EL_EXPR_NEST_H
#define EL_EXPR_NEST_H
#include "expr/poly.h"

/*
 * Append the formula of poly to *out. Exponents, all >= 0, count halves:
 * 3 is x^1.5. Coefficients become EL_CONST_POSITIVE; those of terms < 0 are
 * subtracted at the end. column[v] is the column of variable v. false where it
 * does not fit or no term is > 0.
 */
EL_NODISCARD bool el_nest_push(el_expr *out, const el_poly *poly,
                               const size_t *column);

#endif

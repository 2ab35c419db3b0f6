/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sparse polynomials with integer exponents of either sign, as the generators
 * find them, and their shortest formulas. Layer: expr. No heap.
 */
#ifndef EL_EXPR_POLY_H
#define EL_EXPR_POLY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energylens/expr.h"

#define EL_POLY_MAX_VARS  16u
#define EL_POLY_MAX_TERMS 16u

typedef struct el_poly_term {
    double coef;
    int8_t exponent[EL_POLY_MAX_VARS]; /* unused ones are 0 */
} el_poly_term;

/* The sum of its terms; no two have the same exponents. */
typedef struct el_poly {
    size_t n;
    el_poly_term term[EL_POLY_MAX_TERMS];
} el_poly;

/* Add a term; like terms are merged. false when full. */
EL_NODISCARD bool el_poly_add(el_poly *poly, const el_poly_term *term);

/*
 * num = quotient * den + what is left in num, by steps each of which makes num
 * shorter: 10 x^2 + 20 - x y over 1 + x^2 / 2 is 20 and the rest -x y.
 */
void el_poly_divide(el_poly *num, const el_poly *den, el_poly *quotient);

/* root^2 = poly for roots of one or two terms; false where there is none. */
EL_NODISCARD bool el_poly_root(const el_poly *poly, el_poly *root);

/*
 * Append the formula of poly to *out: common factors outside, squares of two
 * terms as such, terms with minus subtracted. column[v] is the column of
 * variable v. false when it does not fit or poly is empty.
 */
EL_NODISCARD bool el_poly_push(el_expr *out, const el_poly *poly,
                               const size_t *column);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Normal equations of a few unknowns. Layer: expr. No heap; a set of unknowns
 * is a mask of bits.
 */
#ifndef EL_EXPR_NORMAL_H
#define EL_EXPR_NORMAL_H
#include "energylens/expr.h"

#define EL_SMALL (EL_EXPR_MAX_CONSTS + 1u) /* a right-hand side is a column */

/* Cholesky factor of some rows and columns of a matrix, scaled to a diagonal
   of ones. */
typedef struct el_factor {
    unsigned n;
    uint32_t set; /* what it was made of, without what was left out */
    uint8_t index[EL_SMALL];
    double scale[EL_SMALL]; /* 1 / sqrt of the diagonal */
    double l[EL_SMALL * EL_SMALL];
} el_factor;

/*
 * Factor the part of the symmetric matrix a (rows of length ld) that `set`
 * names. Unknowns whose column is zero or lies within 1e-7 of the span of
 * those before it are left out of f->set.
 */
void el_factor_make(el_factor *f, const double *a, unsigned ld, uint32_t set);

/* x[i] for i in f->set, from rhs[i], by the indices of the matrix; the rest of
   x is left alone. x may be rhs. */
void el_factor_solve(const el_factor *f, const double *rhs, double *x);

/*
 * Minimise x'ax - 2 rhs'x, x[i] >= 0 for i in `bounded`: x[i] for i < ld, 0
 * outside the set of columns that count, which is returned.
 * Method  the free minimum where it is feasible, else the active set of
 *         Lawson & Hanson, Solving Least Squares Problems, 1974, ch. 23.
 */
uint32_t el_normal_solve(const double *a, unsigned ld, const double *rhs,
                         uint32_t set, uint32_t bounded, double *x);

#endif

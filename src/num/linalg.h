/* SPDX-License-Identifier: Apache-2.0 */
/* Small dense linear algebra over LAPACKE. Layer: num. Row-major. */
#ifndef EL_NUM_LINALG_H
#define EL_NUM_LINALG_H
#include <stddef.h>

#include "energylens/error.h"

/*
 * Eigenvalues (ascending) and orthonormal eigenvectors of symmetric a[n*n];
 * vector k is row k of vec[n*n]. a is not changed. EL_E_NUMERIC, EL_E_NOMEM.
 */
EL_NODISCARD el_status el_sym_eigen(const double *a, size_t n, double *val,
                                    double *vec, el_error *err);

/*
 * Lower Cholesky factor l[n*n] of a symmetric positive semi-definite matrix:
 * a = l l'. Negative pivots down to rounding count as 0. EL_E_NUMERIC else.
 */
EL_NODISCARD el_status el_cholesky(const double *a, size_t n, double *l,
                                   el_error *err);

/* a . b as eight interleaved partial sums: vectorises, and is the same sum on
 * every processor. */
double el_dot(const double *a, const double *b, size_t n);
/* v -= s a */
void el_subtract(double *v, double s, const double *a, size_t n);

/* g' a g of a symmetric n x n matrix. */
double el_quadratic_form(const double *g, const double *a, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Householder QR in place, for tall row-major blocks of few columns.
 * Layer: num.
 *
 * LAPACK's dgeqrf is column-major and, at 50 x 12, spends its time in call
 * overhead; rows as they come from a residual function need no transposing
 * here, and the inner loops run along a row, so they vectorise without any
 * reordering of sums.
 */
#ifndef EL_NUM_QR_H
#define EL_NUM_QR_H
#include <stdbool.h>
#include <stddef.h>

/*
 * a[m*n], b[m] -> rows 0..min(m,n)-1 of a hold R in their upper triangle (what
 * is below it is rubbish), b holds Q'b. w[n] is scratch.
 * Cost 2 n^2 (m - n/3) flop. Source: Golub & Van Loan, Matrix Computations,
 * 4th ed., 2013, algorithm 5.2.1.
 */
void el_qr_rows(double *a, double *b, size_t m, size_t n, double *w);

/* The same for the first `pivots` of n columns; the others become Q' times
 * themselves, as b does above. */
void el_qr_rows_part(double *a, size_t m, size_t n, size_t pivots, double *w);

/* x[n] of R x = b, R the upper triangle of rows of length n; false if singular
 * (a zero on the diagonal or an infinite quotient). x may be b. */
bool el_qr_back(const double *r, const double *b, size_t n, double *x);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A Gaussian process conditioned on n noisy values. Layer: num. */
#ifndef EL_NUM_POSTERIOR_H
#define EL_NUM_POSTERIOR_H
#include <stddef.h>

#include "energylens/error.h"

typedef struct el_posterior {
    size_t n;
    double *inverse; /* of the lower Cholesky factor of cov, n x n */
    double *weight;  /* cov^-1 r */
} el_posterior;      /* {0} is empty: el_posterior_clear is fine */

/*
 * cov[n*n] symmetric, positive definite, noise on its diagonal; r[n] values of
 * mean 0; n > 0. *out is written only on EL_OK. EL_E_NUMERIC, EL_E_NOMEM.
 * Cost O(n^3). Source: Rasmussen & Williams, Gaussian Processes for Machine
 * Learning, 2006, algorithm 2.1.
 */
EL_NODISCARD el_status el_posterior_make(const double *cov, const double *r,
                                         size_t n, el_posterior *out,
                                         el_error *err);
void el_posterior_clear(el_posterior *p);

/*
 * Mean where the covariance with the values is k[n]; *explained is what they
 * take off the variance there: k' cov^-1 k (eqs. 2.25, 2.26). Cost O(n^2).
 */
double el_posterior_mean(const el_posterior *p, const double *k,
                         double *explained);

/*
 * Value i less what the others say of it, and the SD of that; nothing is fitted
 * again (eq. 5.12).
 */
double el_posterior_left_out(const el_posterior *p, size_t i, double *sd);

#endif

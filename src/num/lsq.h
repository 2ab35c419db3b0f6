/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded robust non-linear least squares with a Gaussian prior. Layer: num.
 */
#ifndef EL_NUM_LSQ_H
#define EL_NUM_LSQ_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/error.h"

#define EL_LSQ_MAX_PARAM 32u

/*
 * Scaled residuals r[n_resid] at p[n_param] and, when jac is not NULL,
 * jac[i * n_param + j] = d r_i / d p_j. Must write finite values or return
 * false, which the solver takes as "step too far".
 */
typedef bool (*el_residual_fn)(const double *p, double *r, double *jac,
                               void *ctx);

typedef struct el_lsq_problem {
    size_t n_param; /* 1..EL_LSQ_MAX_PARAM */
    size_t n_resid; /* may be 0 when there is a prior */
    el_residual_fn residual;
    void *ctx;
    const double *lo, *hi;     /* bounds, lo < hi, infinite or NULL: none */
    const double *centre, *sd; /* prior; sd INFINITY = flat; NULL: none */
    const double *weight;      /* n_resid factors on each row's loss (bootstrap
                                  counts, noise model); NULL: all 1 */
    bool soft_l1;              /* loss 2(sqrt(1 + r^2) - 1), else r^2 */
    size_t max_iterations;     /* 0 = 200 */
} el_lsq_problem;

typedef struct el_lsq_result {
    double cost; /* sum of weighted losses + prior term at the solution */
    size_t iterations;
    bool converged;
} el_lsq_result;

/*
 * Minimise sum_i w_i loss(r_i(p)) + sum_j ((p_j - centre_j)/sd_j)^2, lo<=p<=hi.
 *
 * p         in: start (moved inside the bounds), out: minimum
 * cov       n_param^2 row-major, 2 * inverse Hessian of the objective in
 *           Gauss-Newton form at the solution, i.e. (J'WJ + S^-2)^-1 with the
 *           robust weights W; directions the data and prior leave free have
 *           variance capped at (hi-lo)^2 (or 1e12 where unbounded). NULL: skip
 * Not converging is EL_OK with result->converged = false.
 * EL_E_ARG, EL_E_NUMERIC (residual fails at the start), EL_E_NOMEM; p, cov and
 * result are untouched on failure.
 */
EL_NODISCARD el_status el_lsq_solve(const el_lsq_problem *problem, double *p,
                                    double *cov, el_lsq_result *result,
                                    el_error *err);

/*
 * Non-negative least squares, Lawson-Hanson active set:
 * min |a x - b|_2 subject to x >= 0; a is m x n row-major. x[n] is written
 * only on EL_OK. EL_E_ARG, EL_E_DATA (non-finite), EL_E_NUMERIC, EL_E_NOMEM.
 * Source: Lawson & Hanson, Solving Least Squares Problems, 1974, ch. 23.
 */
EL_NODISCARD el_status el_nnls(const double *a, const double *b, size_t m,
                               size_t n, double *x, el_error *err);

#endif

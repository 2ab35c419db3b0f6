/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/contest.h
 * @brief Which configuration wins each load, how sure that is, and which run
 *        would tell.
 *
 * Layer: model. Thread-safe: no shared state.
 */
#ifndef EL_CONTEST_H
#define EL_CONTEST_H
#include <stddef.h>
#include <stdint.h>

#include "energylens/api.h"
#include "energylens/form.h"

EL_API_BEGIN

/** Agreement of draws at which a contest counts as settled. */
#define EL_CONTEST_SETTLED 0.95

/**
 * n runs in n_load loads: runs of one load are the configurations that could
 * serve it, and the one of least energy wins. What is believed of ln J per
 * request is Gaussian in k parameters:
 *
 *   v_i = mean_i + grad_i . d,   d ~ N(0, cov)
 */
typedef struct el_contest {
    size_t n, k, n_load;
    double *mean;  /**< n */
    double *grad;  /**< n x k, row-major */
    double *cov;   /**< k x k, symmetric */
    size_t *order; /**< runs, load after load */
    size_t *first; /**< n_load + 1: where each load begins in order */
} el_contest;

/**
 * Room for n runs; run i belongs to load[i] < n_load. mean, grad and cov are
 * zero: el_contest_believe fills the first two.
 *
 * @param[out] out written only on EL_OK; el_contest_clear
 * @retval EL_OK, EL_E_ARG (n, k or n_load = 0, a load out of range), EL_E_NOMEM
 */
EL_NODISCARD el_status el_contest_make(const size_t *load, size_t n,
                                       size_t n_load, size_t k, el_contest *out,
                                       el_error *err);
void el_contest_clear(el_contest *contest); /**< {0} is fine */

/**
 * mean and grad of runs from..from+n-1 as a model has them; the model's
 * parameters are the contest's (k of them).
 */
void el_contest_believe(el_contest *contest, const el_model *model,
                        const el_point *point, size_t from, size_t n);

/** The run of least mean in a load; the first of equals. */
size_t el_contest_winner(const el_contest *contest, size_t load);

/**
 * Share of n_draw draws of the parameters in which the winner stays the
 * winner, for each load: share[n_load]. A load of one run is settled.
 *
 * @retval EL_OK, EL_E_ARG (n_draw = 0), EL_E_NUMERIC (cov is no covariance),
 *         EL_E_NOMEM; share is written only on EL_OK
 * Cost   O(n_draw (k^2 + n k))
 */
EL_NODISCARD el_status el_contest_settled(const el_contest *contest,
                                          size_t n_draw, uint64_t seed,
                                          double *share, el_error *err);

/**
 * What one reading of each run is expected to take off the doubt about how far
 * rivals are from their winners [ln]; 0 where may[i] is 0.
 *
 *   gain_i = sum over loads, rivals b of the winner a:
 *            sd(v_b - v_a) - sd(v_b - v_a | y_i),
 *   y_i = v_i + e,  e ~ N(0, scatter_i^2)
 *
 * @param scatter n values > 0: SD of ln(reading) around v
 * @param may     n flags: the run may be chosen; NULL: all may
 * @param gain    n, written only on EL_OK
 * @retval EL_OK, EL_E_NOMEM
 *
 * Method  Gaussian conditioning. Every rival counts, not only those that may
 *         yet win: the form misses measurements by some percent, so who may win
 *         is known less well than the covariance says. Entropy of who wins,
 *         expected regret and weights by how near a tie is did worse on
 *         measured rows (docs/plan.md).
 * Cost    O(n m k), m = rivals
 * Source  the sum of SDs in place of variances (A-optimality: Chaloner &
 *         Verdinelli, Statist. Sci. 10(3), 1995, 273-304), of differences.
 */
EL_NODISCARD el_status el_contest_gain(const el_contest *contest,
                                       const double *scatter,
                                       const uint8_t *may, double *gain,
                                       el_error *err);

/**
 * Take in a reading of a run: ln J per request `value`, SD `scatter`.
 * value = NaN: as it is believed, which leaves the means where they are.
 *
 * @retval EL_OK, EL_E_NOMEM (contest is as it was)
 */
EL_NODISCARD el_status el_contest_observe(el_contest *contest, size_t run,
                                          double value, double scatter,
                                          el_error *err);

EL_API_END

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/calibrate.h
 * @brief A few measurements correct the analytic model.
 *
 * Layer: model. What is learned is r = ln(measured / predicted), one
 * Gaussian process each for energy, TTFT and time between tokens:
 *
 *   cov(r_i, r_j) = 0.5^2 + s_i s_j M(d_ij / 3)
 *                   + 0.7^2 q_i q_j [one workload, prompts unknown]
 *   M(d) = (1 + sqrt(3) d) exp(-sqrt(3) d)
 *   d^2  = sum of squares of ln batch, ln tp, ln pp, ln ep, and half those of
 *          ln isl and ln osl
 *
 * s is the model's own spread of that configuration, q how much of the
 * prediction grows with the prompt. One row so corrects the level, a few rows
 * the slopes and bends between them, many rows everything in between; far from
 * all rows the corrected level is left.
 */
#ifndef EL_CALIBRATE_H
#define EL_CALIBRATE_H
#include "energylens/analytic.h"
#include "energylens/api.h"

EL_API_BEGIN

#define EL_CALIBRATE_MAX 512u /**< rows; a fit does better long before */

/** What a correction rests on; energies of the rows used. */
typedef struct el_calibrated {
    size_t n_rows;       /**< used */
    size_t n_refused;    /**< rows whose degrees the model does not divide by */
    double before_pct;   /**< mean |model / measured - 1|, uncorrected */
    double left_out_pct; /**< the same, each row from the others; NaN: n = 1 */
    const el_row *odd;   /**< farthest from what the others say of it, by more
                              than 3 SD; NULL: none */
    double odd_pct;      /**< measured over that, less 1 */
} el_calibrated;

/**
 * Let predictions be corrected by measured rows, whatever their order; rows
 * given before are forgotten.
 *
 * @param analytic every sharding of the rows prepared; from now on
 *                 el_analytic_predict answers CALIBRATED
 * @param row      n measured configurations of this model and device, energy
 *                 known; nothing of them is kept
 * @param out      written only on EL_OK
 * @retval EL_OK, EL_E_ARG, EL_E_DATA (no row with an energy and a prepared
 *         sharding; more than EL_CALIBRATE_MAX), EL_E_NUMERIC, EL_E_NOMEM; on
 *         failure predictions stay as they were
 *
 * Intervals: the posterior's, times sqrt((4 + sum z^2) / (4 + n)) with z the
 * standardised errors of each row left out, times Student's quantile for 4 + n
 * degrees of freedom: rows that the model's spread does not explain widen it.
 * Times: rows without a time between tokens lend their latency_s.
 *
 * Cost   O(n^3) once; a prediction O(n^2): 0.5 us for 6 rows
 * Source Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006,
 *        eqs. 2.25, 2.26 (posterior), 4.17 (Matern 3/2), 5.12 (left out).
 *        Level SD: scatter of levels between the groups of ML.ENERGY v2 (.40)
 *        and argonne_synthetic (.55). Length 3: likelihood of the same rows,
 *        flat from 2 to 5 (2026-11). ML.ENERGY v3 was not used.
 */
EL_NODISCARD el_status el_analytic_calibrate(el_analytic *analytic,
                                             const el_row *const *row, size_t n,
                                             el_calibrated *out, el_error *err);

EL_API_END

#endif

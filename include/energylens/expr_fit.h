/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/expr_fit.h
 * @brief The constants of a formula from rows of measurements.
 *
 * Layer: expr. Thread-safe: no shared state.
 */
#ifndef EL_EXPR_FIT_H
#define EL_EXPR_FIT_H
#include "energylens/api.h"
#include "energylens/expr.h"
#include "energylens/expr_data.h"

EL_API_BEGIN

/** What is small when a formula f fits y: the weighted mean of the square of */
typedef enum el_loss {
    EL_LOSS_RELATIVE, /**< f / y - 1 */
    EL_LOSS_LOG,      /**< ln f - ln y */
    EL_LOSS_PLAIN     /**< f - y */
} el_loss;

#define EL_EXPONENT_MAX 3.0 /**< EL_CONST_EXPONENT stays in +- this */

typedef struct el_refit_result {
    double loss;         /**< weighted mean square */
    unsigned iterations; /**< steps tried */
    bool converged;      /**< no better point within rounding of the loss */
    /**
     * Bit j: constant j, EL_CONST_POSITIVE and a coefficient of a sum, is 0:
     * without its term the formula fits as well.
     */
    uint16_t at_zero;
} el_refit_result;

/**
 * Fit expr->value to y; kinds say which constants and where they may go.
 *
 * @param[in,out] expr  values in: start, out: minimum; as before on failure
 * @param[in] y         n_row values
 * @param[in] weight    n_row factors >= 0 of each row's square; NULL: all 1
 * @param[in] iterations  most steps; 0 solves the linear coefficients only
 * @param[out] result   may be NULL
 * @retval EL_OK, EL_E_ARG (expr not valid for the columns, n_row = 0),
 * EL_E_DATA (y or weight not finite, y <= 0 for the logarithm, y = 0 for the
 *         relative loss), EL_E_NUMERIC (expr is not finite on every row at the
 *         start), EL_E_NOMEM
 *
 * Method   A factor in front of a term of the outermost sum is linear: these
 *          are solved exactly at every step (>= 0 where EL_CONST_POSITIVE), the
 *          others by Levenberg-Marquardt on what is left (variable projection,
 *          Kaufman's Jacobian). With the logarithmic loss none is linear.
 *          Local: the minimum that is found depends on the start.
 * Cost     iterations + 1 passes of about three evaluations each, and
 *          n_const^2 / 2 products a row; no heap in the loop.
 * Accuracy normal equations, solved again on their own residual at each pass;
 *          of columns that are parallel to within 1e-7 one gets coefficient 0.
 * Source   L. Kaufman, BIT 15, 1975, 49-57, doi:10.1007/BF01932995; G. Golub &
 *          V. Pereyra, Inverse Problems 19, 2003, R1-R26,
 *          doi:10.1088/0266-5611/19/2/201.
 */
EL_NODISCARD el_status el_expr_fit(el_expr *expr, const el_columns *columns,
                                   const double *y, const double *weight,
                                   el_loss loss, unsigned iterations,
                                   el_refit_result *result, el_error *err);

EL_API_END

#endif

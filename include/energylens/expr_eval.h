/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/expr_eval.h
 * @brief Formulas on columns of numbers: values and derivatives.
 *
 * Layer: expr. Thread-safe: no shared state. Results have the same bits on
 * every processor and at every vector width: sums and products in the order of
 * the formula, functions by the library's own arithmetic.
 */
#ifndef EL_EXPR_EVAL_H
#define EL_EXPR_EVAL_H
#include "energylens/api.h"
#include "energylens/expr.h"
#include "energylens/expr_data.h"

EL_API_BEGIN

/**
 * out[i] = expr at row i of the columns.
 *
 * A row outside the domain of an operator gives NaN or infinity, as in C; max
 * and min of a NaN are NaN. A constant power k/2 with |k| <= 16 is made of
 * products and a square root, any other x^p is exp(p ln x), whose relative
 * error grows as |p ln x| 1e-16; a product of such powers is one exp.
 *
 * @param[out] out  n_row values, written only on EL_OK
 * @retval EL_OK, EL_E_ARG (expr is not valid for n_col columns, n_row = 0 or
 *         NULL), EL_E_NOMEM
 *
 * Cost     one pass over the rows in blocks that stay in the first cache; the
 *          columns that expr names are copied once.
 * Accuracy each function within 2.5 units of the last place, powers as above.
 */
EL_NODISCARD el_status el_expr_eval(const el_expr *expr,
                                    const el_columns *columns, double *out,
                                    el_error *err);

/**
 * jac[i * n_const + j] = d expr / d value[j] at row i, for all n_const
 * constants, fixed ones too.
 *
 * At a tie of max or min the left operand's derivative; ceil has 0; where x^y
 * has none that is finite (0^y) the limit from above. NaN where a part of the
 * formula is infinite, even if another branch of max or min was taken.
 *
 * @param[out] jac  n_row * n_const row-major, written only on EL_OK
 * @retval as el_expr_eval, EL_E_ARG also where n_const = 0
 *
 * Method   reverse mode, one sweep for all constants.
 * Source   A. Griewank & A. Walther, Evaluating Derivatives, 2nd ed., 2008,
 *          ch. 3.
 */
EL_NODISCARD el_status el_expr_jacobian(const el_expr *expr,
                                        const el_columns *columns, double *jac,
                                        el_error *err);

EL_API_END

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/expr_bounds.h
 * @brief What a formula can be on a box of column values: proofs, not samples.
 *
 * Layer: expr. Interval arithmetic, rounded outwards; infinite ends say that
 * no bound was found. Bounds are never too narrow, often too wide: an operand
 * that occurs twice counts as two. No heap, no shared state.
 *
 * A box is lo[c] <= x[c] <= hi[c], finite, for every column c of the formula.
 */
#ifndef EL_EXPR_BOUNDS_H
#define EL_EXPR_BOUNDS_H
#include "energylens/api.h"
#include "energylens/expr.h"

EL_API_BEGIN

typedef struct el_interval {
    double lo, hi;
} el_interval;

/**
 * Values on a box.
 *
 * @param[out] out encloses every value where the formula is defined
 * @return whether it is proved to be defined in the whole box: no division by
 *         zero, no root or logarithm of less than allowed
 * Cost    about 40 ns a node
 */
bool el_expr_bounds(const el_expr *expr, const double *lo, const double *hi,
                    el_interval *out);

/**
 * Slopes along one column on a box: encloses every (f(x') - f(x)) / (x' - x)
 * of points that differ in that column alone, hence the derivative where there
 * is one; a step of ceil counts as an infinite slope.
 *
 * Forward differentiation; where a subtree and its column are positive also
 * through elasticities (d ln f / d ln x), which prove x / (x + c) to grow.
 *
 * @return as el_expr_bounds(); *out is the whole line where false
 * Cost    about 100 ns a node
 */
bool el_expr_slope_bounds(const el_expr *expr, const double *lo,
                          const double *hi, size_t column, el_interval *out);

typedef enum el_direction {
    EL_DIRECTION_UNPROVEN,
    EL_DIRECTION_UP,   /**< never falls when the column grows */
    EL_DIRECTION_DOWN, /**< never rises */
    EL_DIRECTION_FLAT  /**< does not depend on the column */
} el_direction;

/**
 * Prove how a formula moves with a column on a box. Boxes whose slope has both
 * signs are halved along the column that is widest for its size.
 *
 * @param max_boxes slope bounds to try, of a few microseconds each
 */
el_direction el_expr_is_monotone(const el_expr *expr, const double *lo,
                                 const double *hi, size_t column,
                                 unsigned max_boxes);

EL_API_END

#endif

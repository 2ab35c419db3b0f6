/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/expr_data.h
 * @brief Columns of numbers that formulas are evaluated on.
 *
 * Layer: expr. Borrowed: the caller keeps the columns alive and unchanged.
 */
#ifndef EL_EXPR_DATA_H
#define EL_EXPR_DATA_H
#include <stddef.h>

#include "energylens/api.h"

EL_API_BEGIN

typedef struct el_columns {
    const double *const *col; /**< n_col columns of n_row values each */
    size_t n_col, n_row;
} el_columns;

EL_API_END

#endif

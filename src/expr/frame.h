/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What formulas are evaluated on and compared with, laid out for vector loops:
 * columns 64-byte aligned, rows padded to a multiple of EL_LANES by copies of
 * row 0 that weigh nothing. Layer: expr. Read-only once made, so any number of
 * threads may share one.
 */
#ifndef EL_EXPR_FRAME_H
#define EL_EXPR_FRAME_H
#include "energylens/expr_data.h"
#include "energylens/expr_fit.h"

#define EL_LANES 8u

typedef struct el_frame {
    size_t n_row, n_pad, n_col;
    const double *col[EL_EXPR_MAX_COLS]; /* n_pad; NULL: left out */
    const double *log[EL_EXPR_MAX_COLS]; /* ln of it; NULL unless all > 0 */
    void *block;
} el_frame;

/* Bit j: expr names column j. */
uint64_t el_expr_columns(const el_expr *expr);

/*
 * Copy the columns whose bit is set in `used` and their logarithms.
 * EL_E_ARG (n_row = 0, more than EL_EXPR_MAX_COLS columns), EL_E_NOMEM;
 * *frame is untouched on failure.
 */
EL_NODISCARD el_status el_frame_init(el_frame *frame, const el_columns *columns,
                                     uint64_t used, el_error *err);
void el_frame_clear(el_frame *frame);

/* n * 8 bytes on a 64-byte boundary; *block is what el_free takes. */
double *el_aligned(size_t n, void **block);

/* The loss is sum_i (root_weight_i (g(f_i) - y_i))^2 / sum_weight, g = ln for
   EL_LOSS_LOG. */
typedef struct el_response {
    size_t n_row, n_pad;
    el_loss loss;
    const double *y;                /* n_pad; ln y for EL_LOSS_LOG */
    const double *root_weight;      /* n_pad; over |y| for EL_LOSS_RELATIVE */
    double sum_weight, sum_squares; /* of the weights; of weighted y */
    void *block;
} el_response;

/*
 * weight NULL: all 1. EL_E_ARG (n_row = 0), EL_E_DATA (a value that is not
 * finite, a weight < 0, all 0; y <= 0 for EL_LOSS_LOG, y = 0 for
 * EL_LOSS_RELATIVE), EL_E_NOMEM; *response is untouched on failure.
 */
EL_NODISCARD el_status el_response_init(el_response *response, const double *y,
                                        const double *weight, size_t n_row,
                                        el_loss loss, el_error *err);
void el_response_clear(el_response *response);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* el_expr_fit() for those who call it all day. Layer: expr. */
#ifndef EL_EXPR_REFIT_H
#define EL_EXPR_REFIT_H
#include "expr/tape.h"

/*
 * As el_expr_fit (energylens/expr_fit.h), on what is already laid out, without
 * heap. False where expr is not finite on every row: expr is as before.
 * result->loss is that of the formula as it is left in expr, to 1e-7 of it.
 */
bool el_refit(el_tape *tape, el_expr *expr, const el_frame *frame,
              const el_response *response, unsigned iterations,
              el_refit_result *result);

/*
 * Constants that are coefficients of the outermost sum, as a mask of slots:
 * f = sum_k c_k t_k + rest, t_k and rest free of every such c. owner[j] is the
 * slot of the coefficient in front of the term that constant j is in, or
 * EL_EXPR_MAX_CONSTS.
 */
uint32_t el_expr_coefficients(const el_expr *expr,
                              uint8_t owner[EL_EXPR_MAX_CONSTS]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* From postfix to instructions. Layer: expr. */
#ifndef EL_EXPR_COMPILE_H
#define EL_EXPR_COMPILE_H
#include "expr/tape.h"

/*
 * Fill tape->instr for expr on the frame, blocks of `rows` rows. The value is
 * in instr[n_instr - 1].out after it has run forward.
 *
 * fitted = 0: values only; a register is used again as soon as its value is.
 * Otherwise every value is kept, and backward from the adjoint seed (the last
 * grad, tape->adjoint) leaves the derivative by the k-th constant whose bit is
 * set in fitted in tape->jac + k * tape->stride.
 */
void el_tape_compile(el_tape *tape, const el_expr *expr, uint32_t fitted,
                     const el_frame *frame, size_t rows);

#endif

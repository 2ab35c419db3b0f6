/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A formula as a short program over blocks of rows. Layer: expr.
 *
 * An el_tape is one thread's room for it: made once, used for any number of
 * formulas, frames and responses. No function below touches the heap but
 * el_tape_init.
 */
#ifndef EL_EXPR_TAPE_H
#define EL_EXPR_TAPE_H
#include "expr/kernel.h"

/* Order of the matrix of el_tape_normal(): constants, then the residual. */
#define EL_NORMAL_MAX (EL_EXPR_MAX_CONSTS + 1u)

typedef struct el_tape {
    const el_kernels *kernels;
    size_t block; /* rows at once, a multiple of EL_LANES <= EL_BLOCK */
    unsigned n_instr, n_fitted;
    size_t stride; /* doubles from one register to the next */
    el_instr instr[EL_EXPR_MAX_NODES];
    double *reg;      /* EL_EXPR_MAX_NODES * EL_BLOCK */
    double *adjoint;  /* EL_EXPR_MAX_NODES * EL_BLOCK */
    double *constant; /* EL_EXPR_MAX_CONSTS * EL_BLOCK: each repeated */
    double *jac;      /* EL_NORMAL_MAX * EL_BLOCK */
    double *lane;     /* EL_NORMAL_MAX (EL_NORMAL_MAX + 1) / 2 * EL_LANES */
    void *memory;
} el_tape;

/* isa as in el_kernels_find(). EL_E_ARG (not on this processor), EL_E_NOMEM;
 *tape is untouched on failure. */
EL_NODISCARD el_status el_tape_init(el_tape *tape, const char *isa,
                                    el_error *err);
void el_tape_clear(el_tape *tape);

/*
 * In all of these expr is valid for the frame, which holds every column that
 * it names; the response has as many rows.
 */

/* out[i] = expr at row i < n_row. */
void el_tape_values(el_tape *tape, const el_expr *expr, const el_frame *frame,
                    double *out);

/*
 * The loss (el_response), HUGE_VAL where a row is not finite or the loss is
 * above `cut`, which it says as soon as the rows so far prove it.
 */
double el_tape_loss(el_tape *tape, const el_expr *expr, const el_frame *frame,
                    const el_response *response, double cut);

/* jac[i * n + j] = d expr / d (j-th constant whose bit is set in fitted), n of
   them, at row i < n_row. */
void el_tape_jacobian(el_tape *tape, const el_expr *expr, uint32_t fitted,
                      const el_frame *frame, double *jac);

/*
 * The normal equations in one pass: with r_i = root_weight_i (y_i - g(f_i)) and
 * J_ij = root_weight_i dg(f_i)/dc_j, normal[(n + 1)^2] = [J r]'[J r], n the
 * number of constants whose bit is set in fitted. False, normal rubbish, where
 * a row of f or J is not finite. J is never stored.
 */
bool el_tape_normal(el_tape *tape, const el_expr *expr, uint32_t fitted,
                    const el_frame *frame, const el_response *response,
                    double *normal);

#endif

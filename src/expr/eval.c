/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/expr_eval.h"

#include "expr/tape.h"

static el_status begin(const el_expr *expr, const el_columns *columns,
                       const void *out, el_frame *frame, el_tape *tape,
                       el_error *err)
{
    el_status st;

    if (!expr || !columns || !out || !el_expr_is_valid(expr, columns->n_col))
        return el_fail(err, EL_E_ARG, "expr: not a formula of these columns");
    st = el_frame_init(frame, columns, el_expr_columns(expr), err);
    if (st != EL_OK)
        return st;
    st = el_tape_init(tape, NULL, err);
    if (st != EL_OK)
        el_frame_clear(frame);
    return st;
}

el_status el_expr_eval(const el_expr *expr, const el_columns *columns,
                       double *out, el_error *err)
{
    el_frame frame;
    el_tape tape;
    el_status st = begin(expr, columns, out, &frame, &tape, err);

    if (st != EL_OK)
        return st;
    el_tape_values(&tape, expr, &frame, out);
    el_tape_clear(&tape);
    el_frame_clear(&frame);
    return EL_OK;
}

el_status el_expr_jacobian(const el_expr *expr, const el_columns *columns,
                           double *jac, el_error *err)
{
    el_frame frame;
    el_tape tape;
    el_status st;

    if (expr && expr->n_const == 0)
        return el_fail(err, EL_E_ARG, "expr: no constants");
    st = begin(expr, columns, jac, &frame, &tape, err);
    if (st != EL_OK)
        return st;
    el_tape_jacobian(&tape, expr, (1u << expr->n_const) - 1u, &frame, jac);
    el_tape_clear(&tape);
    el_frame_clear(&frame);
    return EL_OK;
}

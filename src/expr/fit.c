/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/expr_fit.h"

#include "expr/refit.h"

el_status el_expr_fit(el_expr *expr, const el_columns *columns, const double *y,
                      const double *weight, el_loss loss, unsigned iterations,
                      el_refit_result *result, el_error *err)
{
    el_frame frame = {0};
    el_response response = {0};
    el_tape tape = {0};
    el_refit_result found;
    el_status st;

    if (!expr || !columns || !y || !el_expr_is_valid(expr, columns->n_col))
        return el_fail(err, EL_E_ARG, "fit: not a formula of these columns");
    st = el_frame_init(&frame, columns, el_expr_columns(expr), err);
    if (st == EL_OK)
        st = el_response_init(&response, y, weight, columns->n_row, loss, err);
    if (st == EL_OK)
        st = el_tape_init(&tape, NULL, err);
    if (st == EL_OK &&
        !el_refit(&tape, expr, &frame, &response, iterations, &found))
        st = el_fail(err, EL_E_NUMERIC,
                     "fit: formula is not finite on every row");
    if (st == EL_OK && result)
        *result = found;
    el_tape_clear(&tape);
    el_response_clear(&response);
    el_frame_clear(&frame);
    return st;
}

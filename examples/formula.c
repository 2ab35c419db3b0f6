/* SPDX-License-Identifier: Apache-2.0 */
/* The constants of a formula from measurements, and the formula as C. */
#include <energylens/energylens.h>
#include <stdio.h>

#define N 6

int main(void)
{
    /* joules of a decode step on one GPU: weights, then each request's cache */
    static const double batch[N] = {1, 2, 4, 8, 16, 32};
    static const double length[N] = {500, 1500, 900, 2000, 700, 1200};
    static const double step_j[N] = {2.16, 2.34, 2.44, 3.65, 3.23, 5.92};
    static const char *const name[] = {"batch", "length"};
    const double *const column[] = {batch, length};
    const el_columns columns = {column, 2, N};
    el_expr law;
    el_refit_result result;
    el_buf text = {0};
    el_error err;

    if (el_expr_parse("1.0 + 1.0 * batch * length", name, 2, &law, &err) !=
            EL_OK ||
        el_expr_fit(&law, &columns, step_j, NULL, EL_LOSS_RELATIVE, 50, &result,
                    &err) != EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    el_expr_print(&law, name, (el_expr_style){EL_NOTATION_C, 4}, &text);
    (void)printf("step_j = %s; mean square of the error %.2g\n",
                 el_buf_text(&text), result.loss);
    el_buf_clear(&text);
    return 0;
}

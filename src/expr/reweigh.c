/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/reweigh.h"

#include <math.h>

#include "energylens/expr_eval.h"

#define FARTHEST 2.0 /* a row this many times off is no noise */

/* Is noise even in ln y rather than in y/f? By the greater likelihood of
   ln y ~ N(ln f, s^2) and y ~ N(f, (s f)^2), f = f0 times what fits best, in
   the rows that are not too far off to tell. */
static bool is_even_in_log(const double *r, size_t n)
{
    double m = 0, sum = 0, sum2 = 0, log_sum = 0, log_sum2 = 0;

    for (size_t i = 0; i < n; i++) {
        const double e = r[i] - 1, l = log(r[i]);

        if (!(r[i] > 1 / FARTHEST && r[i] < FARTHEST))
            continue;
        m++;
        sum += e;
        sum2 += e * e;
        log_sum += l;
        log_sum2 += l * l;
    }
    return log(log_sum2 - log_sum * log_sum / m) / 2 + log_sum / m <
           log(sum2 - sum * sum / m) / 2;
}

el_status el_reweigh(const el_expr *law, const el_evidence *evidence,
                     double *weight, el_error *err)
{
    const size_t n = evidence->columns->n_row;
    bool in_log;
    el_status st = el_expr_eval(law, evidence->columns, weight, err);

    if (st != EL_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        weight[i] =
            fmin(fmax(evidence->y[i] / weight[i], 1 / FARTHEST), FARTHEST);
    in_log = is_even_in_log(weight, n);
    for (size_t i = 0; i < n; i++) {
        const double r = weight[i], e = r - 1;

        weight[i] = r * r;
        if (in_log && e != 0)
            weight[i] *= log1p(e) / e;
    }
    return EL_OK;
}

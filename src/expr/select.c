/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/select.h"

#include <math.h>

#define NEAR 0.12 /* relative distance a constant may be moved */

/* Nats of a fixed number: of p/q or p pi/q or p/(q pi) with small p, q. */
static double number_nat(double value)
{
    const double pi = 3.14159265358979323846;
    const double unit[3] = {1, pi, 1 / pi};
    double best = 40; /* as it would be written out */

    for (int u = 0; u < 3; u++)
        for (int q = 1; q <= 9; q++) {
            const double p = fabs(value) / unit[u] * q;

            if (p < 100 && fabs(p - round(p)) < 1e-9 * p)
                best = fmin(best, log(1 + round(p)) + log(q) + (u > 0 ? 2 : 0));
        }
    return best;
}

double el_description_nat(const el_expr *expr, double loss,
                          const el_evidence *evidence)
{
    const double n = (double)evidence->columns->n_row;
    const double symbols = (double)evidence->columns->n_col + 8;
    double nat = n / 2 * log(fmax(loss, evidence->floor)) +
                 el_expr_complexity(expr) * log(symbols);

    for (unsigned j = 0; j < expr->n_const; j++)
        nat += expr->kind[j] == EL_CONST_FIXED ? number_nat(expr->value[j])
                                               : log(n) / 2 + 2;
    return nat;
}

/* The round numbers near c, the simplest first; returns how many. */
static size_t round_numbers(double c, bool exponent, double out[40])
{
    const double pi = 3.14159265358979323846;
    const double unit[3] = {1, pi, 1 / pi};
    size_t n = 0;

    for (int u = 0; u < (exponent ? 1 : 3); u++)
        for (int q = 1; q <= (exponent ? 3 : 8); q++) {
            const double p = round(c / unit[u] * q), v = p * unit[u] / q;

            if (p != 0 && fabs(p) < 100 && fabs(v - c) <= NEAR * fabs(c) &&
                n < 40)
                out[n++] = v;
        }
    return n;
}

static bool snap_one(el_expr *expr, unsigned j, double *loss,
                     const el_evidence *evidence)
{
    double candidate[40], best = el_description_nat(expr, *loss, evidence);
    const size_t n = round_numbers(
        expr->value[j], expr->kind[j] == EL_CONST_EXPONENT, candidate);
    const el_expr before = *expr;
    bool any = false;

    for (size_t k = 0; k < n; k++) {
        el_expr trial = before;
        el_refit_result result;
        double nat;

        trial.value[j] = candidate[k];
        trial.kind[j] = EL_CONST_FIXED;
        if (el_expr_fit(&trial, evidence->columns, evidence->y, NULL,
                        evidence->loss, 8, &result, NULL) != EL_OK)
            continue;
        nat = el_description_nat(&trial, result.loss, evidence);
        if (nat < best) {
            best = nat;
            *expr = trial;
            *loss = result.loss;
            any = true;
        }
    }
    return any;
}

bool el_snap(el_expr *expr, double *loss, const el_evidence *evidence)
{
    bool any = false;

    for (unsigned j = 0; j < expr->n_const; j++)
        if (expr->kind[j] != EL_CONST_FIXED)
            any = snap_one(expr, j, loss, evidence) || any;
    return any;
}

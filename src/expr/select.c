/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/select.h"

#include <math.h>

#include "expr/build.h"

#define NEAR 0.12 /* relative distance a constant may be moved */

/* Nats of a whole number n >= 1 of probability n^-1.5 / zeta(1.5): small ones
   are common in laws, large ones happen by chance. */
static double integer_nat(double n)
{
    return .96 + 1.5 * log(n);
}

/* Nats of a fixed number: of p/q or p pi/q or p/(q pi) with small p, q. */
static double number_nat(double value)
{
    const double unit[3] = {1, EL_EXPR_PI, 1 / EL_EXPR_PI};
    double best = 40; /* as it would be written out */

    if (value == 0)
        return 1;
    for (int u = 0; u < 3; u++)
        for (int q = 1; q <= 9; q++) {
            const double p = fabs(value) / unit[u] * q;

            if (p < 100 && p > .5 && fabs(p - round(p)) < 1e-9 * p)
                best =
                    fmin(best, integer_nat(round(p)) + 1.5 * log(q) + (u > 0));
        }
    return best;
}

/* Nats of a fitted one: half of ln n as in BIC and two for its size; all of
   its digits where the fit is exact. */
static double constant_nat(double n, double loss, double floor)
{
    return log(n) / 2 + (loss <= 100 * floor ? 20 : 2);
}

/* How often 1 - 1/x occurs: (x - 1)/x, the share that a ring of x sends, is one
   word of the field, as log2 x is. */
static unsigned n_rings(const el_expr *expr)
{
    unsigned n = 0;

    for (unsigned i = 3; i < expr->n_node; i++) {
        el_expr_node left;

        if (expr->node[i].op != EL_OP_SUB || expr->node[i - 1].op != EL_OP_INV)
            continue;
        left = expr->node[el_expr_left(expr, i)];
        n += left.op == EL_OP_CONST && expr->kind[left.arg] == EL_CONST_FIXED &&
             expr->value[left.arg] == 1;
    }
    return n;
}

double el_description_nat(const el_expr *expr, double loss,
                          const el_evidence *evidence)
{
    const double n = (double)evidence->columns->n_row;
    const double symbols = (double)evidence->columns->n_col + 8;
    double nat = n / 2 * log(fmax(loss, evidence->floor)) +
                 el_expr_complexity(expr) * log(symbols);

    if (evidence->rules && !el_rules_allow(evidence->rules, expr))
        return (double)INFINITY;
    nat -= n_rings(expr) * (log(symbols) + number_nat(1));
    for (unsigned j = 0; j < expr->n_const; j++)
        nat += expr->kind[j] == EL_CONST_FIXED
                   ? number_nat(expr->value[j])
                   : constant_nat(n, loss, evidence->floor);
    return nat;
}

/* The round numbers near c, the simplest first; returns how many. */
static size_t round_numbers(double c, bool exponent, double out[40])
{
    const double unit[3] = {1, EL_EXPR_PI, 1 / EL_EXPR_PI};
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
        if (el_expr_fit(&trial, evidence->columns, evidence->y,
                        evidence->weight, evidence->loss, 8, &result,
                        NULL) != EL_OK)
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

/* Bit j: number j may become round. Where the units of the formula clash, only
   exponents. */
static uint32_t plain_numbers(const el_expr *e, const el_unit_rules *scales)
{
    static const el_unit_bases bases = {0};
    static const el_unit plain = {{0}};
    el_unit_rules rules;
    el_unit_reading reading;
    uint32_t set = 0;
    bool clash;

    if (!scales)
        return UINT32_MAX;
    rules = (el_unit_rules){scales->column, scales->result, true};
    clash = el_expr_check_units(e, &rules, &bases, &reading, NULL) != EL_OK;
    for (unsigned j = 0; j < e->n_const; j++)
        if (e->kind[j] == EL_CONST_EXPONENT ||
            (!clash && (!reading.known[j] ||
                        el_unit_equal(&reading.constant[j], &plain))))
            set |= UINT32_C(1) << j;
    return set;
}

bool el_snap(el_expr *expr, double *loss, const el_evidence *evidence)
{
    bool any = false;

    for (unsigned j = 0; j < expr->n_const; j++)
        if (expr->kind[j] != EL_CONST_FIXED &&
            plain_numbers(expr, evidence->scales) >> j & 1u)
            any = snap_one(expr, j, loss, evidence) || any;
    return any;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/grammar.h"

#include <math.h>

static const struct {
    uint8_t op, times;
} usual[] = {
    {EL_OP_ADD, 5},  {EL_OP_SUB, 3},  {EL_OP_MUL, 6},   {EL_OP_DIV, 5},
    {EL_OP_MAX, 1},  {EL_OP_MIN, 1},  {EL_OP_POW, 2},   {EL_OP_SQUARE, 4},
    {EL_OP_SQRT, 4}, {EL_OP_INV, 2},  {EL_OP_CUBE, 1},  {EL_OP_EXP, 2},
    {EL_OP_LOG, 1},  {EL_OP_LOG2, 1}, {EL_OP_LOG1P, 1}, {EL_OP_CEIL, 1},
    {EL_OP_TANH, 1}, {EL_OP_SIN, 3},  {EL_OP_COS, 3},   {EL_OP_ASIN, 1},
    {EL_OP_ACOS, 1},
};

static double geometric_mean(const double *x, size_t n)
{
    double sum = 0;
    size_t m = 0;

    for (size_t i = 0; i < n; i++)
        if (x[i] != 0) {
            sum += log(fabs(x[i]));
            m++;
        }
    return m ? exp(sum / (double)m) : 1;
}

static void allow(el_grammar *g, el_expr_op op, unsigned times)
{
    const bool two = el_expr_op_operands(op) == 2 && op != EL_OP_POW;
    uint8_t *list = two ? g->two : g->one;
    unsigned *n = two ? &g->n_two : &g->n_one;

    while (times-- > 0 && *n < EL_GRAMMAR_ROOM)
        list[(*n)++] = (uint8_t)op;
}

void el_grammar_init(el_grammar *grammar, const el_columns *columns,
                     uint32_t ops, bool signed_terms, unsigned max_complexity)
{
    el_grammar g = {.n_col = columns->n_col,
                    .max_complexity = max_complexity,
                    .signed_terms = signed_terms,
                    .positive = true,
                    .ops = ops | 1u << EL_OP_COL | 1u << EL_OP_CONST};

    for (size_t k = 0; k < columns->n_col; k++) {
        g.draw[g.n_draw++] = (uint8_t)k;
        g.typical[k] = geometric_mean(columns->col[k], columns->n_row);
        for (size_t i = 0; i < columns->n_row; i++)
            g.positive = g.positive && columns->col[k][i] > 0;
    }
    for (size_t k = 0; k < sizeof usual / sizeof *usual; k++) {
        const el_expr_op op = (el_expr_op)usual[k].op;

        if (el_grammar_has(&g, op) && (signed_terms || op != EL_OP_SUB))
            allow(&g, op, usual[k].times);
    }
    *grammar = g;
}

static size_t draw_column(const el_grammar *g, el_rng *rng)
{
    return g->draw[el_rng_below(rng, g->n_draw)];
}

bool el_draw_number(const el_grammar *g, el_rng *rng, el_expr *out)
{
    const size_t kind = el_rng_below(rng, 10);
    double c = exp(el_rng_normal(rng));

    if (kind < 4)
        return el_expr_push_const(out, kind < 3 ? 1 : 2, EL_CONST_FIXED);
    if (kind < 7)
        c *= g->typical[draw_column(g, rng)];
    if (!g->signed_terms)
        return el_expr_push_const(out, c, EL_CONST_POSITIVE);
    return el_expr_push_const(out, el_rng_below(rng, 3) ? c : -c,
                              EL_CONST_FREE);
}

bool el_draw_leaf(const el_grammar *g, el_rng *rng, el_expr *out)
{
    return el_rng_below(rng, 5) == 0
               ? el_draw_number(g, rng, out)
               : el_expr_push_col(out, draw_column(g, rng));
}

bool el_draw_function(const el_grammar *g, el_rng *rng, el_expr *out)
{
    static const double power[] = {.5, 1.5, 2.5, -.5, 1. / 3, 2. / 3, -1.5};
    el_expr_op op;

    if (g->n_one == 0)
        return true;
    op = (el_expr_op)g->one[el_rng_below(rng, g->n_one)];
    /* a power that starts at 1 is no loss, and fitted at once */
    if (op == EL_OP_POW &&
        !el_expr_push_const(
            out,
            el_rng_below(rng, 2)
                ? 1
                : power[el_rng_below(rng, sizeof power / sizeof *power)],
            EL_CONST_EXPONENT))
        return false;
    return el_expr_push_op(out, op);
}

/* An arithmetic tree cut at random places. n bounds the depth:
   NOLINTNEXTLINE(misc-no-recursion) */
bool el_draw_tree(const el_grammar *g, unsigned n, el_rng *rng, el_expr *out)
{
    unsigned left;

    if (n <= 1 || (g->n_one == 0 && n == 2) || (g->n_one + g->n_two == 0))
        return el_draw_leaf(g, rng, out);
    if (g->n_two == 0 || n == 2 || (g->n_one > 0 && el_rng_below(rng, 4) == 0))
        return el_draw_tree(g, n - 1, rng, out) &&
               el_draw_function(g, rng, out);
    left = 1 + (unsigned)el_rng_below(rng, n - 2);
    return el_draw_tree(g, left, rng, out) &&
           el_draw_tree(g, n - 1 - left, rng, out) &&
           el_expr_push_op(out,
                           (el_expr_op)g->two[el_rng_below(rng, g->n_two)]);
}

bool el_draw_factor(const el_grammar *g, el_rng *rng, el_expr *out)
{
    const bool divide = el_rng_below(rng, 2) == 0;
    const size_t power = el_rng_below(rng, 6);

    if (!el_grammar_has(g, divide ? EL_OP_DIV : EL_OP_MUL))
        return true;
    return el_expr_push_col(out, draw_column(g, rng)) &&
           (power != 0 || !el_grammar_has(g, EL_OP_SQRT) ||
            el_expr_push_op(out, EL_OP_SQRT)) &&
           (power != 1 || !el_grammar_has(g, EL_OP_SQUARE) ||
            el_expr_push_op(out, EL_OP_SQUARE)) &&
           el_expr_push_op(out, divide ? EL_OP_DIV : EL_OP_MUL);
}

bool el_draw_function_factor(const el_grammar *g, el_rng *rng, el_expr *out)
{
    const el_expr_op op = el_rng_below(rng, 4) ? EL_OP_MUL : EL_OP_DIV;
    const unsigned n = el_rng_below(rng, 2) ? 1 : 3;

    return !el_grammar_has(g, op) ||
           (el_draw_tree(g, n, rng, out) && el_draw_function(g, rng, out) &&
            el_expr_push_op(out, op));
}

bool el_draw_monomial(const el_grammar *g, el_rng *rng, el_expr *out)
{
    const size_t n = el_rng_below(rng, g->n_draw < 5 ? g->n_draw : 5);

    if (!el_expr_push_col(out, draw_column(g, rng)))
        return false;
    for (size_t k = 0; k < n; k++)
        if (!el_draw_factor(g, rng, out))
            return false;
    return true;
}

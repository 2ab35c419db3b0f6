/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "expr/refit.h"
#include "expr/template.h"

unsigned el_sum_terms(const el_expr *expr, el_sum_term *term)
{
    el_sum_term open[EL_EXPR_MAX_NODES];
    unsigned n_open = 0, n = 0;

    open[n_open++] = (el_sum_term){(uint8_t)(expr->n_node - 1u), false};
    while (n_open > 0) {
        const el_sum_term t = open[--n_open];
        const el_expr_op op = (el_expr_op)expr->node[t.end].op;
        const uint8_t right = (uint8_t)(t.end - 1u);

        if (op == EL_OP_NEG) {
            open[n_open++] = (el_sum_term){right, !t.minus};
        } else if (op == EL_OP_ADD || op == EL_OP_SUB) {
            open[n_open++] = (el_sum_term){right, t.minus != (op == EL_OP_SUB)};
            open[n_open++] =
                (el_sum_term){(uint8_t)el_expr_left(expr, t.end), t.minus};
        } else {
            term[n++] = t;
        }
    }
    return n;
}

static bool uses_only(const el_expr *expr, uint32_t ops)
{
    for (unsigned i = 0; i < expr->n_node; i++)
        if (!(ops >> expr->node[i].op & 1u))
            return false;
    return true;
}

/* A number in front of one term, with its sign; false: a sign that may not
   be. */
static bool lead(const el_grammar *g, el_expr *term, bool minus)
{
    const el_const_kind kind =
        g->signed_terms ? EL_CONST_FREE : EL_CONST_POSITIVE;
    uint8_t owner[EL_EXPR_MAX_CONSTS];
    const uint32_t linear = el_expr_coefficients(term, owner);
    el_expr with = {0};

    if (minus && !g->signed_terms)
        return false;
    if (term->n_node == 1 && term->n_const == 1) {
        term->kind[0] = (uint8_t)kind;
        if (minus)
            term->value[0] = -term->value[0];
        return true;
    }
    for (unsigned j = 0; j < term->n_const; j++)
        if (linear >> j & 1u) {
            term->kind[j] = (uint8_t)kind;
            if (minus)
                term->value[j] = -term->value[j];
            return true;
        }
    if (!el_expr_push_const(&with, minus ? -1 : 1, kind) ||
        !el_expr_push(&with, term) || !el_expr_push_op(&with, EL_OP_MUL))
        return false;
    *term = with;
    return true;
}

static bool lead_all(const el_grammar *g, const el_expr *from, el_expr *out)
{
    el_sum_term term[EL_EXPR_MAX_NODES];
    const unsigned n = el_sum_terms(from, term);
    bool number = false;

    *out = (el_expr){0};
    for (unsigned k = 0; k < n; k++) {
        el_expr part = {0};

        if (!el_expr_push_part(&part, from, term[k].end))
            return false;
        if (part.n_node == 1 && part.n_const == 1) {
            if (number)
                continue; /* two numbers are one */
            number = true;
        }
        if (!lead(g, &part, term[k].minus) || !el_expr_push(out, &part) ||
            (out->n_node > part.n_node && !el_expr_push_op(out, EL_OP_ADD)))
            return false;
    }
    return true;
}

/* No number to be fitted may change its sign. */
static bool without_signs(el_expr *e)
{
    for (unsigned j = 0; j < e->n_const; j++) {
        if (e->kind[j] == EL_CONST_FREE)
            e->kind[j] = EL_CONST_POSITIVE;
        if (e->kind[j] == EL_CONST_POSITIVE)
            e->value[j] = fabs(e->value[j]);
    }
    return true;
}

bool el_express(const el_grammar *grammar, el_expr *expr)
{
    el_expr plain = *expr;
    bool any = false;

    if (grammar->shape)
        return el_template_express(grammar, expr);
    (void)el_expr_simplify(&plain, grammar->positive);
    if (!uses_only(&plain, grammar->ops))
        plain = *expr;
    if (!uses_only(&plain, grammar->ops) || !lead_all(grammar, &plain, expr) ||
        el_expr_complexity(expr) > grammar->max_complexity ||
        !uses_only(expr, grammar->ops) ||
        (!grammar->signed_terms && !without_signs(expr)))
        return false;
    for (unsigned i = 0; i < expr->n_node; i++)
        any = any || expr->node[i].op == EL_OP_COL;
    for (unsigned j = 0; j < expr->n_const; j++)
        if (!isfinite(expr->value[j]))
            return false;
    return any;
}

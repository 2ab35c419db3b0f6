/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/rules.h"

#include <math.h>

#include "base/mem.h"
#include "energylens/expr_eval.h"
#include "expr/build.h"
#include "expr/template.h"

#define N    ((size_t)EL_RULES_ROWS * EL_RULES_LEVELS)
#define FALL 1e-9 /* relative: what rounding may do against a direction */

static bool is_bound(const el_rules *rules, size_t c)
{
    return rules->direction && (rules->direction[c] == EL_DIRECTION_UP ||
                                rules->direction[c] == EL_DIRECTION_DOWN);
}

static el_status fill(el_rules *rules, const el_columns *x, size_t c,
                      el_error *err)
{
    double *at = el_array(rules->n_col * N, sizeof *at);

    if (!at)
        return el_fail(err, EL_E_NOMEM, "discover: directions");
    rules->tried[c] = at;
    for (size_t k = 0; k < rules->n_col; k++)
        for (size_t i = 0; i < N; i++) {
            const size_t row = i / EL_RULES_LEVELS * x->n_row / EL_RULES_ROWS;
            const double level =
                (double)(i % EL_RULES_LEVELS) / (EL_RULES_LEVELS - 1);

            at[k * N + i] =
                k != c ? x->col[k][row]
                : rules->lo[c] > 0
                    ? rules->lo[c] * pow(rules->hi[c] / rules->lo[c], level)
                    : rules->lo[c] + level * (rules->hi[c] - rules->lo[c]);
        }
    return EL_OK;
}

el_status el_rules_init(el_rules *rules, const el_discover_options *options,
                        const el_columns *columns, el_error *err)
{
    el_status st = EL_OK;

    *rules = (el_rules){.units = options->units,
                        .direction = options->direction,
                        .part = options->part,
                        .shape = options->shape,
                        .ops = (options->ops ? options->ops : EL_DISCOVER_OPS) |
                               UINT32_C(1) << EL_OP_ABS,
                        .signed_terms = options->signed_terms,
                        .n_col = columns->n_col};
    for (unsigned i = 0; rules->shape && i < rules->shape->expr.n_node; i++)
        rules->ops |= UINT32_C(1) << rules->shape->expr.node[i].op;
    for (size_t c = 0; c < columns->n_col; c++) {
        rules->lo[c] = rules->hi[c] = columns->col[c][0];
        for (size_t i = 1; i < columns->n_row; i++) {
            rules->lo[c] = fmin(rules->lo[c], columns->col[c][i]);
            rules->hi[c] = fmax(rules->hi[c], columns->col[c][i]);
        }
    }
    for (size_t c = 0; c < columns->n_col && st == EL_OK; c++)
        if (is_bound(rules, c))
            st = fill(rules, columns, c, err);
    if (st != EL_OK)
        el_rules_clear(rules);
    return st;
}

void el_rules_clear(el_rules *rules)
{
    for (size_t c = 0; c < EL_EXPR_MAX_COLS; c++)
        el_free(rules->tried[c]);
    *rules = (el_rules){0};
}

static bool is_proved(const el_rules *rules, const el_expr *expr, size_t c,
                      unsigned max_boxes)
{
    const el_direction d =
        el_expr_is_monotone(expr, rules->lo, rules->hi, c, max_boxes);

    return d == EL_DIRECTION_FLAT || d == rules->direction[c];
}

/* No step from level to level goes the wrong way. */
static bool is_kept(const el_rules *rules, const el_expr *expr, size_t c)
{
    const double sign = rules->direction[c] == EL_DIRECTION_UP ? 1 : -1;
    const double *col[EL_EXPR_MAX_COLS];
    double f[N];

    for (size_t k = 0; k < rules->n_col; k++)
        col[k] = rules->tried[c] + k * N;
    if (el_expr_eval(expr, &(el_columns){col, rules->n_col, N}, f, NULL) !=
        EL_OK)
        return false;
    for (size_t i = 0; i < N; i++)
        if (i % EL_RULES_LEVELS > 0 &&
            !(sign * (f[i] - f[i - 1]) >= -FALL * fabs(f[i])))
            return false;
    return true;
}

static bool has_fitted(const el_expr *e, unsigned end)
{
    for (unsigned i = end + 1u - e->node[end].len; i <= end; i++)
        if (e->node[i].op == EL_OP_CONST &&
            e->kind[e->node[i].arg] != EL_CONST_FIXED)
            return true;
    return false;
}

/* In the part that ends at node `end` no fitted number is negative or stands
   after a minus. 1 - 1/x may. */
static bool is_positive(const el_expr *e, unsigned end)
{
    for (unsigned i = end + 1u - e->node[end].len; i <= end; i++) {
        const el_expr_node node = e->node[i];

        if (node.op == EL_OP_NEG ||
            (node.op == EL_OP_SUB && has_fitted(e, i - 1)) ||
            (node.op == EL_OP_CONST && e->value[node.arg] < 0 &&
             e->kind[node.arg] != EL_CONST_EXPONENT))
            return false;
    }
    return true;
}

/* A product of numbers and columns of the machine. */
static bool is_offset(const el_rules *rules, const el_expr *e, unsigned end)
{
    for (unsigned i = end + 1u - e->node[end].len; i <= end; i++) {
        const el_expr_node node = e->node[i];

        if (node.op != EL_OP_CONST && node.op != EL_OP_MUL &&
            (node.op != EL_OP_COL || rules->part[node.arg] != EL_PART_MACHINE))
            return false;
    }
    return true;
}

/* Positive, but for offsets that the outermost sum ends with. */
static bool is_cost(const el_rules *rules, const el_expr *e)
{
    unsigned end = e->n_node - 1u;

    while (rules->part && e->node[end].op == EL_OP_SUB &&
           is_positive(e, end - 1) && is_offset(rules, e, end - 1))
        end = el_expr_left(e, end);
    return is_positive(e, end);
}

bool el_rules_allow(const el_rules *rules, const el_expr *expr)
{
    static const el_unit_bases bases = {0}; /* only to name a clash */

    for (unsigned i = 0; i < expr->n_node; i++)
        if (!(rules->ops >> expr->node[i].op & 1))
            return false;
    if (rules->shape && !el_template_fits(rules->shape, expr, NULL))
        return false;
    if (!rules->signed_terms && !is_cost(rules, expr))
        return false;
    if (rules->units &&
        el_expr_check_units(expr, rules->units, &bases, NULL, NULL) != EL_OK)
        return false;
    for (size_t c = 0; c < rules->n_col; c++)
        if (is_bound(rules, c) && !is_proved(rules, expr, c, 1) &&
            !is_kept(rules, expr, c))
            return false;
    return true;
}

uint32_t el_rules_unproven(const el_rules *rules, const el_expr *expr,
                           unsigned max_boxes)
{
    uint32_t set = 0;

    for (size_t c = 0; c < rules->n_col; c++)
        if (is_bound(rules, c) && !is_proved(rules, expr, c, max_boxes))
            set |= UINT32_C(1) << c;
    return set;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of every node as known exponents plus a linear form in the unknown
 * units of the numbers. Each operator that wants equal or plain units adds an
 * equation; elimination solves it for one unknown or finds a clash.
 */
#include <math.h>

#include "base/str.h"
#include "energylens/expr_unit.h"
#include "expr/build.h"

#define TINY 1e-9 /* coefficients are products of few exponents */

typedef struct form { /* known + sum_k unknown[k] * (unit of number k) */
    double unknown[EL_EXPR_MAX_CONSTS];
    el_unit known;
} form;

typedef struct solver {
    const el_expr *expr;
    const el_unit_rules *rules;
    bool solved[EL_EXPR_MAX_CONSTS];
    form value[EL_EXPR_MAX_CONSTS]; /* of the solved ones */
    form node[EL_EXPR_MAX_NODES];
} solver;

static void add(form *to, const form *x, double factor)
{
    for (size_t k = 0; k < EL_EXPR_MAX_CONSTS; k++)
        to->unknown[k] += factor * x->unknown[k];
    for (size_t k = 0; k < EL_UNIT_BASES; k++)
        to->known.exponent[k] += factor * x->known.exponent[k];
}

/* Put in what is solved. */
static void substitute(const solver *s, form *x)
{
    for (size_t k = 0; k < s->expr->n_const; k++) {
        const double factor = x->unknown[k];
        if (!s->solved[k] || factor == 0)
            continue;
        x->unknown[k] = 0;
        add(x, &s->value[k], factor);
    }
}

static bool is_plain(const el_unit *unit)
{
    static const el_unit plain;

    return el_unit_equal(unit, &plain);
}

/* x = 0; false on a clash. */
static bool require_plain(solver *s, form x)
{
    size_t pivot = 0;
    double largest;

    substitute(s, &x);
    for (size_t k = 1; k < s->expr->n_const; k++)
        if (fabs(x.unknown[k]) > fabs(x.unknown[pivot]))
            pivot = k;
    largest = x.unknown[pivot];
    if (fabs(largest) < TINY)
        return is_plain(&x.known);
    x.unknown[pivot] = 0;
    s->value[pivot] = (form){{0}, {{0}}};
    add(&s->value[pivot], &x, -1 / largest);
    s->solved[pivot] = true;
    for (size_t k = 0; k < s->expr->n_const; k++)
        if (s->solved[k])
            substitute(s, &s->value[k]);
    return true;
}

static bool require_equal(solver *s, unsigned i, unsigned j)
{
    form difference = s->node[i];

    add(&difference, &s->node[j], -1);
    return require_plain(s, difference);
}

static bool is_wild(const solver *s, unsigned slot)
{
    return s->rules->wild && (s->expr->kind[slot] == EL_CONST_FREE ||
                              s->expr->kind[slot] == EL_CONST_POSITIVE);
}

static void scale(solver *s, unsigned i, double factor)
{
    s->node[i] = (form){{0}, {{0}}};
    add(&s->node[i], &s->node[i - 1], factor);
}

static bool power_form(solver *s, unsigned i)
{
    const el_expr *e = s->expr;
    const unsigned left = el_expr_left(e, i);

    s->node[i] = (form){{0}, {{0}}};
    if (!require_plain(s, s->node[i - 1]))
        return false;
    if (e->node[i - 1].op != EL_OP_CONST)
        return require_plain(s, s->node[left]);
    add(&s->node[i], &s->node[left], e->value[e->node[i - 1].arg]);
    return true;
}

static void leaf_form(solver *s, unsigned i)
{
    const el_expr_node node = s->expr->node[i];

    s->node[i] = (form){{0}, {{0}}};
    if (node.op == EL_OP_COL)
        s->node[i].known = s->rules->column[node.arg];
    else if (is_wild(s, node.arg))
        s->node[i].unknown[node.arg] = 1;
}

/* false: the operator's wish cannot be met */
static bool operator_form(solver *s, unsigned i)
{
    const el_expr_op op = (el_expr_op)s->expr->node[i].op;
    const unsigned left =
        el_expr_op_operands(op) == 2 ? el_expr_left(s->expr, i) : 0;

    switch (op) {
    case EL_OP_MUL:
    case EL_OP_DIV:
        s->node[i] = s->node[left];
        add(&s->node[i], &s->node[i - 1], op == EL_OP_MUL ? 1 : -1);
        return true;
    case EL_OP_ADD:
    case EL_OP_SUB:
    case EL_OP_MAX:
    case EL_OP_MIN:
        s->node[i] = s->node[left];
        return require_equal(s, left, i - 1);
    case EL_OP_POW:
        return power_form(s, i);
    case EL_OP_NEG:
    case EL_OP_ABS:
    case EL_OP_CEIL:
        scale(s, i, 1);
        return true;
    case EL_OP_INV:
        scale(s, i, -1);
        return true;
    case EL_OP_SQUARE:
        scale(s, i, 2);
        return true;
    case EL_OP_CUBE:
        scale(s, i, 3);
        return true;
    case EL_OP_SQRT:
        scale(s, i, .5);
        return true;
    default:
        s->node[i] = (form){{0}, {{0}}};
        return require_plain(s, s->node[i - 1]);
    }
}

static bool is_known(const solver *s, const form *x)
{
    for (size_t k = 0; k < s->expr->n_const; k++)
        if (fabs(x->unknown[k]) > TINY)
            return false;
    return true;
}

static void read_units(solver *s, el_unit_reading *out)
{
    form result = s->node[s->expr->n_node - 1];

    *out = (el_unit_reading){.at = s->expr->n_node};
    substitute(s, &result);
    out->result_known = is_known(s, &result);
    out->result = result.known;
    for (unsigned k = 0; k < s->expr->n_const; k++) {
        if (s->solved[k])
            out->constant[k] = s->value[k].known;
        out->known[k] =
            !is_wild(s, k) || (s->solved[k] && is_known(s, &s->value[k]));
    }
}

static bool has_two(const el_expr *e, unsigned i)
{
    return el_expr_op_operands((el_expr_op)e->node[i].op) == 2;
}

/* The two units that do not match at node i, as far as they are known. */
static void find_clash(const solver *s, unsigned i, el_unit_reading *out)
{
    const el_expr *e = s->expr;
    form have = {{0}, {{0}}}, want = {{0}, {{0}}};

    *out = (el_unit_reading){.at = i};
    if (i == e->n_node) {
        have = s->node[i - 1];
        want.known = *s->rules->result;
    } else if (e->node[i].op == EL_OP_POW) {
        have = s->node[i - 1];
        substitute(s, &have);
        if (is_known(s, &have) && is_plain(&have.known))
            have = s->node[el_expr_left(e, i)];
    } else if (has_two(e, i)) {
        have = s->node[i - 1];
        want = s->node[el_expr_left(e, i)];
    } else {
        have = s->node[i - 1];
    }
    substitute(s, &have);
    substitute(s, &want);
    out->have = have.known;
    out->want = want.known;
}

static void unit_text(const el_unit *unit, const el_unit_bases *bases,
                      char text[64])
{
    el_buf buf = {0};

    el_unit_print(unit, bases, &buf);
    el_str_copy(text, 64, el_buf_text(&buf));
    el_buf_clear(&buf);
}

static el_status clash(const solver *s, unsigned i, const el_unit_bases *bases,
                       el_unit_reading *reading, el_error *err)
{
    el_unit_reading found;
    char have[64], want[64];

    find_clash(s, i, &found);
    if (reading)
        *reading = found;
    if (!err)
        return EL_E_DATA;
    unit_text(&found.have, bases, have);
    unit_text(&found.want, bases, want);
    if (i == s->expr->n_node)
        return el_fail(err, EL_E_DATA, "units: the formula is in %s, not %s",
                       have, want);
    if (has_two(s->expr, i) && s->expr->node[i].op != EL_OP_POW)
        return el_fail(err, EL_E_DATA, "units: %s joins %s with %s",
                       el_expr_op_name((el_expr_op)s->expr->node[i].op), want,
                       have);
    return el_fail(err, EL_E_DATA, "units: %s takes %s, wants %s",
                   el_expr_op_name((el_expr_op)s->expr->node[i].op), have,
                   want);
}

el_status el_expr_check_units(const el_expr *expr, const el_unit_rules *rules,
                              const el_unit_bases *bases,
                              el_unit_reading *reading, el_error *err)
{
    solver s = {.expr = expr, .rules = rules};
    const unsigned n = expr->n_node;

    for (unsigned i = 0; i < n; i++) {
        if (expr->node[i].op <= EL_OP_CONST)
            leaf_form(&s, i);
        else if (!operator_form(&s, i))
            return clash(&s, i, bases, reading, err);
    }
    if (rules->result) {
        form whole = s.node[n - 1], want = {{0}, *rules->result};
        add(&whole, &want, -1);
        if (!require_plain(&s, whole))
            return clash(&s, n, bases, reading, err);
    }
    if (reading)
        read_units(&s, reading);
    return EL_OK;
}

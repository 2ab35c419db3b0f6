/* SPDX-License-Identifier: Apache-2.0 */
/* Formulas as LaTeX, for math mode. */
#include <string.h>

#include "expr/print.h"

static const struct {
    const char *before, *after;
} function[EL_N_EXPR_OPS] = {
    [EL_OP_MAX] = {"\\max\\left(", "\\right)"},
    [EL_OP_MIN] = {"\\min\\left(", "\\right)"},
    [EL_OP_SQRT] = {"\\sqrt{", "}"},
    [EL_OP_EXP] = {"\\exp\\left(", "\\right)"},
    [EL_OP_LOG] = {"\\ln\\left(", "\\right)"},
    [EL_OP_LOG2] = {"\\log_{2}\\left(", "\\right)"},
    [EL_OP_LOG1P] = {"\\ln\\left(1 + ", "\\right)"},
    [EL_OP_ABS] = {"\\left|", "\\right|"},
    [EL_OP_CEIL] = {"\\left\\lceil ", "\\right\\rceil"},
    [EL_OP_TANH] = {"\\tanh\\left(", "\\right)"},
    [EL_OP_SIN] = {"\\sin\\left(", "\\right)"},
    [EL_OP_COS] = {"\\cos\\left(", "\\right)"},
    [EL_OP_ASIN] = {"\\arcsin\\left(", "\\right)"},
    [EL_OP_ACOS] = {"\\arccos\\left(", "\\right)"},
};

static void print_name(const char *name, el_buf *out)
{
    if (strlen(name) == 1) {
        el_buf_add(out, name);
        return;
    }
    el_buf_add(out, "\\mathrm{");
    for (; *name; name++) {
        el_buf_add(out, *name == '_' ? "\\" : "");
        el_buf_add_n(out, name, 1);
    }
    el_buf_add(out, "}");
}

static void print_pi(const el_printer *p, el_print_pi pi)
{
    el_buf_add(p->out, pi.below > 1 || pi.inverse ? "\\frac{" : "");
    if (pi.above > 1 || pi.inverse)
        el_buf_printf(p->out, "%d", pi.above);
    if (!pi.inverse)
        el_buf_add(p->out, pi.above > 1 ? " \\pi" : "\\pi");
    if (pi.below > 1 || pi.inverse)
        el_buf_add(p->out, "}{");
    if (pi.below > 1)
        el_buf_printf(p->out, pi.inverse ? "%d \\pi}" : "%d}", pi.below);
    else if (pi.inverse)
        el_buf_add(p->out, "\\pi}");
}

/* 1.5e-09 as 1.5 \times 10^{-9}. */
static void print_number(const el_printer *p, unsigned i, bool flip)
{
    const double value =
        flip ? -el_print_constant(p, i) : el_print_constant(p, i);
    char text[EL_PRINT_NUMBER], *power;
    el_print_pi pi;

    if (el_print_is_pi(p, i, &pi)) {
        el_buf_add(p->out, value < 0 ? "-" : "");
        print_pi(p, pi);
        return;
    }
    el_print_digits(value, p->style.digits, text);
    power = strchr(text, 'e');
    if (!power) {
        el_buf_add(p->out, text);
        return;
    }
    *power++ = '\0';
    el_buf_printf(p->out, "%s \\times 10^{%s", text, *power == '-' ? "-" : "");
    power += strspn(power, "+-0");
    el_buf_printf(p->out, "%s}", power);
}

/* A number that is written as a product or a fraction. */
static bool is_product(const el_printer *p, unsigned i)
{
    char text[EL_PRINT_NUMBER];
    el_print_pi pi;

    if (el_print_is_pi(p, i, &pi))
        return pi.above > 1 || pi.below > 1 || pi.inverse;
    el_print_digits(el_print_constant(p, i), p->style.digits, text);
    return strchr(text, 'e') != NULL;
}

/* A fraction bar groups by itself, but not under an exponent. */
static int level(const el_printer *p, unsigned i)
{
    switch (p->expr->node[i].op) {
    case EL_OP_CONST:
        return el_print_is_negative(p, i) || is_product(p, i) ? EL_PRINT_PRODUCT
                                                              : EL_PRINT_ATOM;
    case EL_OP_ADD:
    case EL_OP_SUB:
        return EL_PRINT_SUM;
    case EL_OP_MUL:
    case EL_OP_NEG:
        return EL_PRINT_PRODUCT;
    case EL_OP_DIV:
    case EL_OP_INV:
    case EL_OP_POW:
    case EL_OP_SQUARE:
    case EL_OP_CUBE:
        return EL_PRINT_POWER;
    default:
        return EL_PRINT_ATOM;
    }
}

/* Whether the text of node i begins with a digit: no thin space before it. */
static bool starts_with_digit(const el_printer *p, unsigned i)
{
    const el_expr *e = p->expr;
    el_print_pi pi;

    for (;;) {
        const el_expr_op op = (el_expr_op)e->node[i].op;
        if (op == EL_OP_CONST)
            return !el_print_is_pi(p, i, &pi) ||
                   (pi.below == 1 && pi.above > 1 && !pi.inverse);
        if (op == EL_OP_MUL || op == EL_OP_POW)
            i = el_expr_left(e, i);
        else if (op == EL_OP_SQUARE || op == EL_OP_CUBE)
            i--;
        else
            return false;
    }
}

/* Depth <= EL_EXPR_MAX_NODES bounds all of these. flip: without the sign that
 * el_print_gives_sign() found. NOLINTBEGIN(misc-no-recursion) */
static void print_node(const el_printer *p, unsigned i, bool flip);

static void print_within(const el_printer *p, unsigned i, bool wrap, bool flip)
{
    el_buf_add(p->out, wrap ? "\\left(" : "");
    print_node(p, i, flip && !wrap);
    el_buf_add(p->out, wrap ? "\\right)" : "");
}

static void print_sum(const el_printer *p, unsigned i)
{
    const bool flip = el_print_gives_sign(p, i - 1);
    const bool minus = (p->expr->node[i].op == EL_OP_SUB) != flip;

    print_node(p, el_expr_left(p->expr, i), false);
    el_buf_add(p->out, minus ? " - " : " + ");
    print_within(p, i - 1,
                 (minus && level(p, i - 1) == EL_PRINT_SUM) ||
                     (!flip && el_print_starts_with_sign(p, i - 1)),
                 flip);
}

static void print_product(const el_printer *p, unsigned i, bool flip)
{
    const unsigned left = el_expr_left(p->expr, i);

    print_within(p, left, level(p, left) < EL_PRINT_PRODUCT, flip);
    el_buf_add(p->out, starts_with_digit(p, i - 1) ? " \\cdot " : " \\, ");
    print_within(p, i - 1,
                 level(p, i - 1) < EL_PRINT_PRODUCT ||
                     el_print_starts_with_sign(p, i - 1),
                 false);
}

static void print_fraction(const el_printer *p, unsigned i, bool flip)
{
    el_buf_add(p->out, "\\frac{");
    if (p->expr->node[i].op == EL_OP_INV)
        el_buf_add(p->out, "1");
    else
        print_node(p, el_expr_left(p->expr, i), flip);
    el_buf_add(p->out, "}{");
    print_node(p, i - 1, false);
    el_buf_add(p->out, "}");
}

static void print_whole_power(const el_printer *p, el_print_power power)
{
    const int exponent = el_print_take_exponent(&power);

    if (power.twos + power.threes > 0) {
        el_buf_add(p->out, "\\left(");
        print_whole_power(p, power);
        el_buf_add(p->out, "\\right)");
    } else {
        print_within(p, power.base, level(p, power.base) < EL_PRINT_ATOM,
                     false);
    }
    el_buf_printf(p->out, "^{%d}", exponent);
}

static void print_power(const el_printer *p, unsigned i)
{
    const el_print_power whole = el_print_whole_power(p, i);
    unsigned base;
    int above, below;

    if (whole.base != i) {
        print_whole_power(p, whole);
        return;
    }
    base = el_expr_left(p->expr, i);
    print_within(p, base, level(p, base) < EL_PRINT_ATOM, false);
    el_buf_add(p->out, "^{");
    if (el_print_fraction(p, i - 1, &above, &below))
        el_buf_printf(p->out, "%d/%d", above, below);
    else
        print_node(p, i - 1, false);
    el_buf_add(p->out, "}");
}

static void print_call(const el_printer *p, unsigned i)
{
    const el_expr_op op = (el_expr_op)p->expr->node[i].op;

    el_buf_add(p->out, function[op].before);
    if (el_expr_op_operands(op) == 2) {
        print_node(p, el_expr_left(p->expr, i), false);
        el_buf_add(p->out, ", ");
    }
    print_within(p, i - 1,
                 op == EL_OP_LOG1P && el_print_starts_with_sign(p, i - 1),
                 false);
    el_buf_add(p->out, function[op].after);
}

static void print_negative(const el_printer *p, unsigned i, bool flip)
{
    el_buf_add(p->out, flip ? "" : "-");
    print_within(p, i - 1,
                 level(p, i - 1) < EL_PRINT_PRODUCT ||
                     el_print_starts_with_sign(p, i - 1),
                 false);
}

static void print_node(const el_printer *p, unsigned i, bool flip)
{
    switch (p->expr->node[i].op) {
    case EL_OP_COL:
        print_name(p->names[p->expr->node[i].arg], p->out);
        break;
    case EL_OP_CONST:
        print_number(p, i, flip);
        break;
    case EL_OP_ADD:
    case EL_OP_SUB:
        print_sum(p, i);
        break;
    case EL_OP_MUL:
        print_product(p, i, flip);
        break;
    case EL_OP_NEG:
        print_negative(p, i, flip);
        break;
    case EL_OP_DIV:
    case EL_OP_INV:
        print_fraction(p, i, flip);
        break;
    case EL_OP_POW:
    case EL_OP_SQUARE:
    case EL_OP_CUBE:
        print_power(p, i);
        break;
    default:
        print_call(p, i);
    }
}
/* NOLINTEND(misc-no-recursion) */

void el_print_latex(const el_printer *p)
{
    print_node(p, p->expr->n_node - 1u, false);
}

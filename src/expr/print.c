/* SPDX-License-Identifier: Apache-2.0 */
/* Formulas as text, C and Python. Parentheses only where the reader's rules
   would otherwise group differently. */
#include "expr/print.h"

#include <string.h>

static const char *c_name(el_expr_op op)
{
    switch (op) {
    case EL_OP_MAX:
        return "fmax";
    case EL_OP_MIN:
        return "fmin";
    case EL_OP_ABS:
        return "fabs";
    default:
        return el_expr_op_name(op);
    }
}

static bool is_name(const el_printer *p, unsigned i)
{
    return p->expr->node[i].op == EL_OP_COL;
}

/* Written with an operator of its own. */
static bool is_product(const el_printer *p, unsigned i)
{
    el_print_pi pi;

    return el_print_is_pi(p, i, &pi) &&
           (pi.above > 1 || pi.below > 1 || pi.inverse);
}

static int level(const el_printer *p, unsigned i)
{
    const bool is_c = p->style.notation == EL_NOTATION_C;

    switch (p->expr->node[i].op) {
    case EL_OP_CONST:
        return el_print_is_negative(p, i) || is_product(p, i) ? EL_PRINT_PRODUCT
                                                              : EL_PRINT_ATOM;
    case EL_OP_ADD:
    case EL_OP_SUB:
        return EL_PRINT_SUM;
    case EL_OP_MUL:
    case EL_OP_DIV:
    case EL_OP_NEG:
    case EL_OP_INV:
        return EL_PRINT_PRODUCT;
    case EL_OP_SQUARE:
    case EL_OP_CUBE:
        return !is_c               ? EL_PRINT_POWER
               : is_name(p, i - 1) ? EL_PRINT_PRODUCT
                                   : EL_PRINT_ATOM;
    case EL_OP_POW:
        return is_c ? EL_PRINT_ATOM : EL_PRINT_POWER;
    default:
        return EL_PRINT_ATOM;
    }
}

/* 3*pi/4, 1/(4*pi) */
static void print_pi(const el_printer *p, el_print_pi pi)
{
    if (pi.inverse)
        el_buf_printf(p->out, pi.below > 1 ? "%d/(%d*pi)" : "%d/pi", pi.above,
                      pi.below);
    else if (pi.above > 1)
        el_buf_printf(p->out, "%d*pi", pi.above);
    else
        el_buf_add(p->out, "pi");
    if (!pi.inverse && pi.below > 1)
        el_buf_printf(p->out, "/%d", pi.below);
}

static void print_const(const el_printer *p, unsigned i, bool flip)
{
    const double value =
        flip ? -el_print_constant(p, i) : el_print_constant(p, i);
    const bool is_c = p->style.notation == EL_NOTATION_C;
    char text[EL_PRINT_NUMBER];
    el_print_pi pi;

    if (el_print_is_pi(p, i, &pi)) {
        el_buf_add(p->out, value < 0 ? "-" : "");
        print_pi(p, pi);
        return;
    }
    el_print_digits(value, p->style.digits, text);
    el_buf_add(p->out, text);
    /* with a point it is read as a number to be fitted, and C does not divide
       whole numbers */
    if ((is_c || !el_print_is_fixed(p, i)) && !strpbrk(text, ".en"))
        el_buf_add(p->out, ".0");
}

/* Depth <= EL_EXPR_MAX_NODES bounds all of these.
 * NOLINTBEGIN(misc-no-recursion) */
static void print_node(const el_printer *p, unsigned i, bool flip);

static void print_within(const el_printer *p, unsigned i, bool wrap, bool flip)
{
    el_buf_add(p->out, wrap ? "(" : "");
    print_node(p, i, flip && !wrap);
    el_buf_add(p->out, wrap ? ")" : "");
}

static void print_left(const el_printer *p, unsigned i, int least, bool flip)
{
    print_within(p, i, level(p, i) < least, flip);
}

/* Operators of one level group from the left; no sign after an operator. */
static void print_right(const el_printer *p, unsigned i, int least)
{
    print_within(p, i, level(p, i) <= least || el_print_is_negative(p, i),
                 false);
}

static void print_sum(const el_printer *p, unsigned i)
{
    const bool flip = el_print_gives_sign(p, i - 1);
    const bool minus = (p->expr->node[i].op == EL_OP_SUB) != flip;

    print_left(p, el_expr_left(p->expr, i), EL_PRINT_SUM, false);
    el_buf_add(p->out, minus ? " - " : " + ");
    print_within(p, i - 1,
                 level(p, i - 1) <= EL_PRINT_SUM ||
                     (!flip && el_print_starts_with_sign(p, i - 1)),
                 flip);
}

static void print_product(const el_printer *p, unsigned i, bool flip)
{
    print_left(p, el_expr_left(p->expr, i), EL_PRINT_PRODUCT, flip);
    el_buf_add(p->out, p->expr->node[i].op == EL_OP_MUL ? "*" : "/");
    print_right(p, i - 1, EL_PRINT_PRODUCT);
}

static void print_call(const el_printer *p, unsigned i)
{
    const el_expr_op op = (el_expr_op)p->expr->node[i].op;

    el_buf_printf(p->out, "%s(",
                  p->style.notation == EL_NOTATION_C ? c_name(op)
                                                     : el_expr_op_name(op));
    if (el_expr_op_operands(op) == 2) {
        print_node(p, el_expr_left(p->expr, i), false);
        el_buf_add(p->out, ", ");
    }
    print_node(p, i - 1, false);
    el_buf_add(p->out, ")");
}

/* -2 needs no parentheses, be the sign its own or an operator. */
static void print_exponent(const el_printer *p, unsigned i)
{
    const unsigned number = i - (p->expr->node[i].op == EL_OP_NEG);
    const bool is_number = p->expr->node[number].op == EL_OP_CONST &&
                           !is_product(p, number) &&
                           (number == i || !el_print_is_negative(p, number));
    int above, below;

    if (el_print_fraction(p, i, &above, &below))
        el_buf_printf(p->out, "(%d/%d)", above, below);
    else
        print_within(p, i, level(p, i) < EL_PRINT_POWER && !is_number, false);
}

static void print_caret(const el_printer *p)
{
    el_buf_add(p->out, p->style.notation == EL_NOTATION_PYTHON ? "**" : "^");
}

static void print_whole_power(const el_printer *p, el_print_power power)
{
    const int exponent = el_print_take_exponent(&power);

    if (power.twos + power.threes > 0) {
        el_buf_add(p->out, "(");
        print_whole_power(p, power);
        el_buf_add(p->out, ")");
    } else {
        print_left(p, power.base, EL_PRINT_ATOM, false);
    }
    print_caret(p);
    el_buf_printf(p->out, "%d", exponent);
}

static void print_power(const el_printer *p, unsigned i)
{
    const el_print_power whole = el_print_whole_power(p, i);

    if (whole.base != i) {
        print_whole_power(p, whole);
        return;
    }
    print_left(p, el_expr_left(p->expr, i), EL_PRINT_ATOM, false);
    print_caret(p);
    print_exponent(p, i - 1);
}

/* C has no operator for powers. */
static void print_c_power(const el_printer *p, unsigned i)
{
    const el_expr_op op = (el_expr_op)p->expr->node[i].op;
    const int n = op == EL_OP_SQUARE ? 2 : 3;

    if (op == EL_OP_POW) {
        el_buf_add(p->out, "pow(");
        print_node(p, el_expr_left(p->expr, i), false);
        el_buf_add(p->out, ", ");
        print_node(p, i - 1, false);
        el_buf_add(p->out, ")");
    } else if (is_name(p, i - 1)) {
        for (int k = 0; k < n; k++) {
            el_buf_add(p->out, k > 0 ? "*" : "");
            print_node(p, i - 1, false);
        }
    } else {
        el_buf_add(p->out, "pow(");
        print_node(p, i - 1, false);
        el_buf_printf(p->out, ", %d.0)", n);
    }
}

/* flip: without the sign that el_print_gives_sign() found. */
static void print_node(const el_printer *p, unsigned i, bool flip)
{
    switch (p->expr->node[i].op) {
    case EL_OP_COL:
        el_buf_add(p->out, p->names[p->expr->node[i].arg]);
        break;
    case EL_OP_CONST:
        print_const(p, i, flip);
        break;
    case EL_OP_ADD:
    case EL_OP_SUB:
        print_sum(p, i);
        break;
    case EL_OP_MUL:
    case EL_OP_DIV:
        print_product(p, i, flip);
        break;
    case EL_OP_NEG:
        el_buf_add(p->out, flip ? "" : "-");
        print_within(p, i - 1,
                     level(p, i - 1) < EL_PRINT_PRODUCT ||
                         el_print_starts_with_sign(p, i - 1),
                     false);
        break;
    case EL_OP_INV:
        el_buf_add(p->out, p->style.notation == EL_NOTATION_C ? "1.0/" : "1/");
        print_right(p, i - 1, EL_PRINT_PRODUCT);
        break;
    case EL_OP_POW:
    case EL_OP_SQUARE:
    case EL_OP_CUBE:
        if (p->style.notation == EL_NOTATION_C)
            print_c_power(p, i);
        else
            print_power(p, i);
        break;
    default:
        print_call(p, i);
    }
}
/* NOLINTEND(misc-no-recursion) */

void el_expr_print(const el_expr *expr, const char *const *names,
                   el_expr_style style, el_buf *out)
{
    const el_printer p = {expr, names, style, out};

    if (style.notation == EL_NOTATION_LATEX)
        el_print_latex(&p);
    else
        print_node(&p, expr->n_node - 1u, false);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What every notation asks of a formula: signs, whole powers. */
#include "expr/print.h"

#include <math.h>

bool el_print_is_negative(const el_printer *p, unsigned i)
{
    const el_expr_node node = p->expr->node[i];

    if (node.op == EL_OP_CONST)
        return signbit(el_print_constant(p, i)) != 0;
    return node.op == EL_OP_NEG;
}

/* What comes first of products and quotients. */
static unsigned first_factor(const el_printer *p, unsigned i)
{
    while (p->expr->node[i].op == EL_OP_MUL || p->expr->node[i].op == EL_OP_DIV)
        i = el_expr_left(p->expr, i);
    return i;
}

bool el_print_starts_with_sign(const el_printer *p, unsigned i)
{
    return el_print_is_negative(p, first_factor(p, i));
}

bool el_print_gives_sign(const el_printer *p, unsigned i)
{
    const unsigned first = first_factor(p, i);

    return el_print_is_negative(p, first) &&
           (p->expr->node[first].op == EL_OP_CONST ||
            !el_print_starts_with_sign(p, first - 1));
}

/* Of the power that ends at node i, as it is read; 1 where it is none. */
static int whole_exponent(const el_printer *p, unsigned i)
{
    int n, d;

    switch (p->expr->node[i].op) {
    case EL_OP_SQUARE:
        return 2;
    case EL_OP_CUBE:
        return 3;
    case EL_OP_POW:
        return el_print_is_fixed(p, i - 1) &&
                       el_expr_fraction(el_print_constant(p, i - 1), &n, &d) &&
                       d == 1 && el_expr_is_smooth(n)
                   ? n
                   : 1;
    default:
        return 1;
    }
}

el_print_power el_print_whole_power(const el_printer *p, unsigned i)
{
    el_print_power power = {.base = i};
    int factor;

    while ((factor = whole_exponent(p, power.base)) > 1) {
        power.base = p->expr->node[power.base].op == EL_OP_POW
                         ? el_expr_left(p->expr, power.base)
                         : power.base - 1;
        for (; factor % 3 == 0; factor /= 3)
            power.threes++;
        for (; factor % 2 == 0; factor /= 2)
            power.twos++;
    }
    return power;
}

int el_print_take_exponent(el_print_power *power)
{
    int exponent = 1;

    for (; power->threes > 0 && 3 * exponent <= EL_EXPR_MAX_SMOOTH;
         exponent *= 3)
        power->threes--;
    for (; power->twos > 0 && 2 * exponent <= EL_EXPR_MAX_SMOOTH; exponent *= 2)
        power->twos--;
    return exponent;
}

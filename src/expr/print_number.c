/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as readers know them: digits, fractions, multiples of pi. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/print.h"

double el_print_constant(const el_printer *p, unsigned i)
{
    return p->expr->value[p->expr->node[i].arg];
}

bool el_print_is_fixed(const el_printer *p, unsigned i)
{
    return p->expr->node[i].op == EL_OP_CONST &&
           p->expr->kind[p->expr->node[i].arg] == EL_CONST_FIXED;
}

static bool has_column_pi(const el_printer *p)
{
    for (unsigned k = 0; k < p->expr->n_node; k++)
        if (p->expr->node[k].op == EL_OP_COL &&
            strcmp(p->names[p->expr->node[k].arg], "pi") == 0)
            return true;
    return false;
}

/* Folding n, d and pi rounds twice, here and there. */
static bool is_near_fraction(double value, int *n, int *d)
{
    for (int k = 1; k <= 12; k++) {
        const double above = nearbyint(value * k);
        if (!(above >= 1 && above < 1000) ||
            fabs(value * k - above) > 0x1p-51 * above)
            continue;
        *n = (int)above;
        *d = k;
        return true;
    }
    return false;
}

bool el_print_is_pi(const el_printer *p, unsigned i, el_print_pi *pi)
{
    double size;

    if (p->style.notation == EL_NOTATION_C || !el_print_is_fixed(p, i) ||
        has_column_pi(p))
        return false;
    size = fabs(el_print_constant(p, i));
    pi->inverse = false;
    if (is_near_fraction(size / EL_EXPR_PI, &pi->above, &pi->below))
        return true;
    pi->inverse = true;
    return is_near_fraction(size * EL_EXPR_PI, &pi->above, &pi->below);
}

bool el_print_fraction(const el_printer *p, unsigned i, int *above, int *below)
{
    return el_print_is_fixed(p, i) &&
           el_expr_fraction(el_print_constant(p, i), above, below) &&
           *below > 1;
}

void el_print_digits(double value, int digits, char text[EL_PRINT_NUMBER])
{
    int least = digits > 0 ? digits : 15;
    const int most = digits > 0 ? digits : 17;

    for (; least <= most; least++) {
        (void)snprintf(text, EL_PRINT_NUMBER, "%.*g", least, value);
        if (strtod(text, NULL) == value)
            break;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the notations of el_expr_print share. Layer: expr. */
#ifndef EL_EXPR_PRINT_H
#define EL_EXPR_PRINT_H
#include "expr/build.h"

/* How tightly a piece of text holds together. */
enum {
    EL_PRINT_SUM = 1,
    EL_PRINT_PRODUCT, /* also what begins with a sign */
    EL_PRINT_POWER,
    EL_PRINT_ATOM
};

#define EL_PRINT_NUMBER 32u

typedef struct el_printer {
    const el_expr *expr;
    const char *const *names;
    el_expr_style style;
    el_buf *out;
} el_printer;

/* Value of the constant node i. */
double el_print_constant(const el_printer *p, unsigned i);
bool el_print_is_fixed(const el_printer *p, unsigned i); /* constant node */

/* above pi / below, or above / (below pi) */
typedef struct el_print_pi {
    int above, below;
    bool inverse;
} el_print_pi;

/* Node i is such a number, up to its sign and two roundings, and fixed; C and
   columns called pi have none. */
bool el_print_is_pi(const el_printer *p, unsigned i, el_print_pi *pi);
/* Node i is a negative constant or a change of sign. */
bool el_print_is_negative(const el_printer *p, unsigned i);
/* The text of node i begins with a sign ... */
bool el_print_starts_with_sign(const el_printer *p, unsigned i);
/* ... which a sum before it can take over as its own. */
bool el_print_gives_sign(const el_printer *p, unsigned i);
/* Node i is a fixed constant above / below that is no whole number. */
bool el_print_fraction(const el_printer *p, unsigned i, int *above, int *below);
/* base^(2^twos 3^threes): all whole powers that end at a node, as one. */
typedef struct el_print_power {
    unsigned base; /* node under them; the node itself where there is none */
    unsigned twos, threes;
} el_print_power;

el_print_power el_print_whole_power(const el_printer *p, unsigned i);
/* Takes the exponent that is written outermost, 1 where none is left. The total
   alone decides: however the powers are nested, they read back to one text. */
int el_print_take_exponent(el_print_power *power);
/* digits 0: as few of 15 to 17 as read back the same. */
void el_print_digits(double value, int digits, char text[EL_PRINT_NUMBER]);

void el_print_latex(const el_printer *p);

#endif

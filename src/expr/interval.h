/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intervals of doubles, rounded outwards. Layer: expr. 0 * inf is 0: an
 * infinite end stands for values without bound, each of them finite.
 */
#ifndef EL_EXPR_INTERVAL_H
#define EL_EXPR_INTERVAL_H
#include "energylens/expr_bounds.h"

el_interval el_interval_point(double x);
el_interval el_interval_line(void); /* every number */
el_interval el_interval_hull(el_interval a, el_interval b);
/* Both are true of the same number. */
el_interval el_interval_meet(el_interval a, el_interval b);

el_interval el_interval_add(el_interval a, el_interval b);
el_interval el_interval_sub(el_interval a, el_interval b);
el_interval el_interval_mul(el_interval a, el_interval b);
el_interval el_interval_div(el_interval a, el_interval b); /* 0 in b: line, or
                                                               half of it */
el_interval el_interval_neg(el_interval a);
el_interval el_interval_abs(el_interval a);
/* x^p of one p; x < 0 counts only where p is whole. */
el_interval el_interval_power(el_interval x, double p);
/* x^p; the line where x may be negative and p varies. */
el_interval el_interval_pow(el_interval x, el_interval p);
/* Functions of one operand; what is outside their domain is left out. */
el_interval el_interval_apply(el_expr_op op, el_interval x);
/* Enclosure of the function's slopes on x. */
el_interval el_interval_slope(el_expr_op op, el_interval x);
/* The function is defined on all of x. */
bool el_interval_in_domain(el_expr_op op, el_interval x);
/* x^p is. */
bool el_interval_can_power(el_interval x, double p);

#endif

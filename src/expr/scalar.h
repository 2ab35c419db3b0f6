/* SPDX-License-Identifier: Apache-2.0 */
/* One operator on two numbers. Layer: expr. */
#ifndef EL_EXPR_SCALAR_H
#define EL_EXPR_SCALAR_H
#include "energylens/expr.h"

/* left op right; operators of one operand take it as right, ignoring left.
   Not for leaves. Outside its domain an operator gives NaN or infinity. */
double el_expr_apply(el_expr_op op, double left, double right);

#endif

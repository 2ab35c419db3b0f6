/* SPDX-License-Identifier: Apache-2.0 */
/* Functions by the names they have in formulas. Layer: expr. */
#ifndef EL_EXPR_FUNCTIONS_H
#define EL_EXPR_FUNCTIONS_H
#include "energylens/expr.h"

/* el_expr_op, or a number beyond for tan and cot; -1: unknown. */
int el_expr_find_function(const char *name, size_t len);
unsigned el_expr_function_operands(int function);
/* On the operands just pushed. */
EL_NODISCARD bool el_expr_push_function(el_expr *expr, int function);

#endif

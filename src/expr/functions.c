/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/functions.h"

#include <string.h>

#include "expr/build.h"

/* Beyond the list of operators: other names for them, as Python, C and NumPy
   write them, and two that take more than one operator. */
enum { TAN = EL_N_EXPR_OPS, COT };
static const struct {
    const char *name;
    int function;
} alias[] = {
    {"ln", EL_OP_LOG},    {"arcsin", EL_OP_ASIN}, {"arccos", EL_OP_ACOS},
    {"fabs", EL_OP_ABS},  {"fmax", EL_OP_MAX},    {"maximum", EL_OP_MAX},
    {"fmin", EL_OP_MIN},  {"minimum", EL_OP_MIN}, {"pow", EL_OP_POW},
    {"power", EL_OP_POW}, {"tan", TAN},           {"cot", COT},
};

static bool is_word(const char *text, const char *name, size_t len)
{
    return strlen(text) == len && memcmp(text, name, len) == 0;
}

int el_expr_find_function(const char *name, size_t len)
{
    for (int op = EL_OP_MAX; op < EL_N_EXPR_OPS; op++)
        if (op != EL_OP_NEG &&
            is_word(el_expr_op_name((el_expr_op)op), name, len))
            return op;
    for (size_t i = 0; i < sizeof alias / sizeof *alias; i++)
        if (is_word(alias[i].name, name, len))
            return alias[i].function;
    return -1;
}

unsigned el_expr_function_operands(int function)
{
    return function >= EL_N_EXPR_OPS
               ? 1
               : el_expr_op_operands((el_expr_op)function);
}

/* sin(u) / cos(u) or the reverse; u is written twice. */
static bool push_ratio(el_expr *e, el_expr_op above, el_expr_op below)
{
    const unsigned u = e->n_node - 1u;
    return el_expr_push_op(e, above) && el_expr_push_part(e, e, u) &&
           el_expr_push_op(e, below) && el_expr_push_op(e, EL_OP_DIV);
}

bool el_expr_push_function(el_expr *expr, int function)
{
    if (function == TAN)
        return push_ratio(expr, EL_OP_SIN, EL_OP_COS);
    if (function == COT)
        return push_ratio(expr, EL_OP_COS, EL_OP_SIN);
    return el_expr_push_op(expr, (el_expr_op)function);
}

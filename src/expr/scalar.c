/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/scalar.h"

#include <math.h>

static double apply_two(el_expr_op op, double a, double b)
{
    switch (op) {
    case EL_OP_ADD:
        return a + b;
    case EL_OP_SUB:
        return a - b;
    case EL_OP_MUL:
        return a * b;
    case EL_OP_DIV:
        return a / b;
    case EL_OP_MAX:
        return fmax(a, b);
    case EL_OP_MIN:
        return fmin(a, b);
    default:
        return pow(a, b);
    }
}

static double apply_function(el_expr_op op, double x)
{
    switch (op) {
    case EL_OP_EXP:
        return exp(x);
    case EL_OP_LOG:
        return log(x);
    case EL_OP_LOG2:
        return log2(x);
    case EL_OP_LOG1P:
        return log1p(x);
    case EL_OP_TANH:
        return tanh(x);
    case EL_OP_SIN:
        return sin(x);
    case EL_OP_COS:
        return cos(x);
    case EL_OP_ASIN:
        return asin(x);
    default:
        return acos(x);
    }
}

double el_expr_apply(el_expr_op op, double left, double right)
{
    if (el_expr_op_operands(op) == 2)
        return apply_two(op, left, right);
    switch (op) {
    case EL_OP_NEG:
        return -right;
    case EL_OP_INV:
        return 1 / right;
    case EL_OP_SQUARE:
        return right * right;
    case EL_OP_CUBE:
        return right * right * right;
    case EL_OP_SQRT:
        return sqrt(right);
    case EL_OP_ABS:
        return fabs(right);
    case EL_OP_CEIL:
        return ceil(right);
    default:
        return apply_function(op, right);
    }
}

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

static double apply_one(el_expr_op op, double x)
{
    static double (*const function[EL_N_EXPR_OPS])(double) = {
        [EL_OP_SQRT] = sqrt, [EL_OP_EXP] = exp,     [EL_OP_LOG] = log,
        [EL_OP_LOG2] = log2, [EL_OP_LOG1P] = log1p, [EL_OP_ABS] = fabs,
        [EL_OP_CEIL] = ceil, [EL_OP_TANH] = tanh,   [EL_OP_SIN] = sin,
        [EL_OP_COS] = cos,   [EL_OP_ASIN] = asin,   [EL_OP_ACOS] = acos};

    switch (op) {
    case EL_OP_NEG:
        return -x;
    case EL_OP_INV:
        return 1 / x;
    case EL_OP_SQUARE:
        return x * x;
    case EL_OP_CUBE:
        return x * x * x;
    default:
        return function[op](x);
    }
}

double el_expr_apply(el_expr_op op, double left, double right)
{
    return el_expr_op_operands(op) == 2 ? apply_two(op, left, right)
                                        : apply_one(op, right);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/ridge_fn.h"

#include <math.h>

#include "expr/build.h"

#define OP(name) (UINT32_C(1) << (name))

static el_poly_term scaled(const el_poly_term *t, double factor, int power)
{
    el_poly_term s = *t;

    s.coef = factor * pow(t->coef, power);
    for (unsigned v = 0; v < EL_POLY_MAX_VARS; v++)
        s.exponent[v] = (int8_t)(t->exponent[v] * power);
    return s;
}

static bool push_one(el_expr *out, const el_poly_term *t, const size_t *column)
{
    return el_poly_push(out, &(el_poly){.n = 1, .term = {*t}}, column);
}

/* 1 + factor u^power as a polynomial */
static bool push_sum(el_expr *out, const el_poly_term *cz, double factor,
                     int power, const size_t *column)
{
    const el_poly sum = {.n = 2,
                         .term = {{.coef = 1}, scaled(cz, factor, power)}};

    return el_poly_push(out, &sum, column);
}

static bool push_plus(el_expr *out, const el_poly_term *t, const size_t *col)
{
    return push_sum(out, t, 1, 1, col);
}

static bool push_minus(el_expr *out, const el_poly_term *t, const size_t *col)
{
    return push_sum(out, t, -1, 1, col);
}

static bool push_plus_square(el_expr *out, const el_poly_term *t,
                             const size_t *col)
{
    return push_sum(out, t, 1, 2, col);
}

static bool push_minus_square(el_expr *out, const el_poly_term *t,
                              const size_t *col)
{
    return push_sum(out, t, -1, 2, col);
}

static bool push_op_of(el_expr *out, const el_poly_term *t, el_expr_op op,
                       const size_t *col)
{
    return push_one(out, t, col) && el_expr_push_op(out, op);
}

static bool push_exp(el_expr *out, const el_poly_term *t, const size_t *col)
{
    return push_op_of(out, t, EL_OP_EXP, col);
}

/* exp(c z^2): c is a coefficient and is not squared */
static bool push_gauss(el_expr *out, const el_poly_term *t, const size_t *col)
{
    el_poly_term square = scaled(t, 1, 2);

    square.coef = t->coef;
    return push_op_of(out, &square, EL_OP_EXP, col);
}

static bool push_expm1(el_expr *out, const el_poly_term *t, const size_t *col)
{
    return push_exp(out, t, col) &&
           el_expr_push_const(out, 1, EL_CONST_FIXED) &&
           el_expr_push_op(out, EL_OP_SUB);
}

static bool push_log(el_expr *out, const el_poly_term *t, const size_t *col)
{
    return push_op_of(out, t, EL_OP_LOG, col);
}

static bool push_tanh(el_expr *out, const el_poly_term *t, const size_t *col)
{
    return push_op_of(out, t, EL_OP_TANH, col);
}

static bool push_cosh(el_expr *out, const el_poly_term *t, const size_t *col)
{
    const el_poly_term down = scaled(t, -1, 1);

    return push_exp(out, t, col) && push_exp(out, &down, col) &&
           el_expr_push_op(out, EL_OP_ADD);
}

static bool push_sin(el_expr *out, const el_poly_term *t, const size_t *col)
{
    return push_op_of(out, t, EL_OP_SIN, col);
}

static bool push_cos(el_expr *out, const el_poly_term *t, const size_t *col)
{
    return push_op_of(out, t, EL_OP_COS, col);
}

static bool push_versine(el_expr *out, const el_poly_term *t, const size_t *col)
{
    return el_expr_push_const(out, 1, EL_CONST_FIXED) &&
           push_cos(out, t, col) && el_expr_push_op(out, EL_OP_SUB);
}

static double plus(double u)
{
    return 1 + u;
}

static double minus(double u)
{
    return 1 - u;
}

static double plus_square(double u)
{
    return 1 + u * u;
}

static double minus_square(double u)
{
    return 1 - u * u;
}

static double gauss(double u)
{
    return exp(u * u);
}

static double versine(double u)
{
    return 1 - cos(u);
}

/* exp(u) + exp(-u) */
static double two_cosh(double u)
{
    return exp(u) + exp(-u);
}

const el_ridge_fn el_ridge_fns[] = {
    {"1 + u", plus, 0, true, push_plus},
    {"1 - u", minus, 0, true, push_minus},
    {"1 + u^2", plus_square, 0, true, push_plus_square},
    {"1 - u^2", minus_square, 0, true, push_minus_square},
    {"exp(u)", exp, OP(EL_OP_EXP), false, push_exp},
    {"exp(u^2)", gauss, OP(EL_OP_EXP), false, push_gauss},
    {"exp(u) - 1", expm1, OP(EL_OP_EXP), true, push_expm1},
    {"exp(u) + exp(-u)", two_cosh, OP(EL_OP_EXP), true, push_cosh},
    {"log(u)", log, OP(EL_OP_LOG), true, push_log},
    {"tanh(u)", tanh, OP(EL_OP_TANH), true, push_tanh},
    {"sin(u)", sin, OP(EL_OP_SIN), true, push_sin},
    {"cos(u)", cos, OP(EL_OP_COS), true, push_cos},
    {"1 - cos(u)", versine, OP(EL_OP_COS), true, push_versine},
};
const unsigned el_n_ridge_fns = sizeof el_ridge_fns / sizeof *el_ridge_fns;

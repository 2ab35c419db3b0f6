/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/compile.h"

#include <math.h>

#define NONE        UINT8_MAX
#define MAX_HALVES  16.0
#define WHOLE_STEPS 2.0 /* halves in 1 */

/*
 * A product of powers is one exp of a sum of logarithms, which columns bring
 * with them: exp is as much work as eight products. So a power stays a
 * logarithm until something else than a product wants it; then the instruction
 * that made it is changed to take the exp too.
 */

/* A value that waits for its operator. Never copied as a whole: it was written
   in small parts, and reading those as one would wait for the cache. */
typedef struct operand {
    const double *at;
    double *grad; /* where its adjoint goes, NULL: nobody asks */
    uint8_t step; /* 1: column, 0: register or constant */
    uint8_t reg;  /* its place among the waiting registers, or NONE */
    uint8_t col;  /* its column, or NONE */
    uint8_t slot; /* its constant, or NONE */
    /* A power that waits for its exp: the instruction of its logarithm, which
       `at` is, or NONE; and the constant in front, or NULL. */
    uint8_t log;
    const double *factor;
    double *factor_grad;
} operand;

typedef struct compiler {
    el_tape *tape;
    const el_expr *expr;
    const el_frame *frame;
    uint32_t fitted;
    unsigned n_waiting; /* registers on the stack */
    unsigned n_operand;
    operand stack[EL_EXPR_MAX_NODES];
} compiler;

static void push_column(compiler *c, unsigned col)
{
    operand *x = &c->stack[c->n_operand++];

    x->at = c->frame->col[col];
    x->grad = NULL;
    x->step = 1;
    x->reg = x->slot = x->log = NONE;
    x->col = (uint8_t)col;
}

static void push_constant(compiler *c, unsigned slot, size_t rows)
{
    el_tape *tape = c->tape;
    double *at = tape->constant + slot * tape->stride;
    operand *x = &c->stack[c->n_operand++];

    tape->kernels->fill(at, c->expr->value[slot], rows);
    x->at = at;
    x->grad = NULL;
    x->step = 0;
    x->reg = x->col = x->log = NONE;
    x->slot = (uint8_t)slot;
    if (c->fitted >> slot & 1u)
        x->grad = tape->jac + tape->n_fitted++ * tape->stride;
}

/* Add an instruction, whose result goes to *x (which may be a or b) and waits
   as register reg. */
static void emit_to(compiler *c, unsigned op, const operand *a,
                    const operand *b, operand *x, unsigned reg)
{
    el_tape *tape = c->tape;
    const unsigned k = tape->n_instr++;
    el_instr *in = &tape->instr[k];

    in->op = (uint8_t)op;
    in->halves = 0;
    in->step_a = a->step;
    in->step_b = b->step;
    in->a = a->at;
    in->b = b->at;
    in->grad_a = a->grad;
    in->grad_b = b == a ? NULL : b->grad;
    in->out = tape->reg + (c->fitted ? k : reg) * tape->stride;
    x->grad = NULL;
    if (in->grad_a || in->grad_b)
        x->grad = tape->adjoint + reg * tape->stride;
    in->grad = x->grad;
    x->at = in->out;
    x->step = 0;
    x->reg = (uint8_t)reg;
    x->col = x->slot = x->log = NONE;
}

/* The same in the operands' place, after they were taken off the stack. */
static void emit(compiler *c, unsigned op, const operand *a, const operand *b,
                 operand *x)
{
    emit_to(c, op, a, b, x, c->n_waiting++);
}

/* A valid formula takes only what it left, which the analyser cannot see.
   NOLINTBEGIN(clang-analyzer-core.UndefinedBinaryOperatorResult) */

/* A power that waited becomes its value. */
static void settle(compiler *c, operand *x)
{
    el_instr *in;

    if (x->log == NONE)
        return;
    in = &c->tape->instr[x->log];
    in->op = in->op == EL_OP_MUL   ? EL_TAPE_EXP_MUL
             : in->op == EL_OP_ADD ? EL_TAPE_EXP_ADD
                                   : EL_TAPE_EXP_SUB;
    x->log = NONE;
    if (x->factor) {
        const operand factor = {.at = x->factor, .grad = x->factor_grad};
        emit_to(c, EL_OP_MUL, &factor, x, x, x->reg);
    }
}

static const double *log_of(const compiler *c, const operand *a)
{
    return a->col == NONE ? NULL : c->frame->log[a->col];
}

/* constant * power waits as well. */
static bool put_factor(compiler *c, operand *a, const operand *b)
{
    const operand *power = a->log != NONE ? a : b;
    const operand *factor = a->log != NONE ? b : a;
    const double *at = factor->at;
    double *grad = factor->grad;

    if (power->log == NONE || factor->slot == NONE || power->factor)
        return false;
    a->at = power->at;
    a->grad = power->grad;
    a->step = 0;
    a->reg = power->reg;
    a->log = power->log;
    a->col = a->slot = NONE;
    a->factor = at;
    a->factor_grad = grad;
    c->n_waiting++;
    return true;
}

/* a b or a / b of which one is a power that waits, the other too or a column:
   a sum or difference of logarithms. */
static bool join(compiler *c, el_expr_op op, operand *a, operand *b)
{
    const double *factor = a->log != NONE ? a->factor : NULL;
    double *factor_grad = factor ? a->factor_grad : NULL;
    const unsigned k = c->tape->n_instr;

    if ((op != EL_OP_MUL && op != EL_OP_DIV) ||
        (a->log == NONE && b->log == NONE))
        return false;
    if (op == EL_OP_MUL && put_factor(c, a, b))
        return true;
    if ((a->log == NONE && !log_of(c, a)) || (b->log == NONE && !log_of(c, b)))
        return false;
    if (b->log != NONE && b->factor) {
        if (factor || op == EL_OP_DIV)
            return false;
        factor = b->factor;
        factor_grad = b->factor_grad;
    }
    if (a->log == NONE)
        a->at = log_of(c, a);
    if (b->log == NONE)
        b->at = log_of(c, b);
    emit(c, op == EL_OP_MUL ? EL_OP_ADD : EL_OP_SUB, a, b, a);
    a->log = (uint8_t)k;
    a->factor = factor;
    a->factor_grad = factor_grad;
    return true;
}

/* a^(halves / 2) in the cheapest way. */
static void power_fixed(compiler *c, operand *a, int halves)
{
    switch (halves) {
    case 2:
        c->n_waiting += a->reg != NONE;
        return;
    case 4:
        emit(c, EL_OP_SQUARE, a, a, a);
        return;
    case 6:
        emit(c, EL_OP_CUBE, a, a, a);
        return;
    case 1:
        emit(c, EL_OP_SQRT, a, a, a);
        return;
    case -2:
        emit(c, EL_OP_INV, a, a, a);
        return;
    default:
        emit(c, EL_TAPE_HALVES, a, a, a);
        c->tape->instr[c->tape->n_instr - 1].halves = (int8_t)halves;
    }
}

static void power(compiler *c, operand *a, const operand *b)
{
    const double *log = log_of(c, a);
    const unsigned k = c->tape->n_instr;

    if (b->slot != NONE && !b->grad) {
        const double halves = WHOLE_STEPS * c->expr->value[b->slot];
        if (fabs(halves) <= MAX_HALVES && floor(halves) == halves) {
            power_fixed(c, a, (int)halves);
            return;
        }
    }
    if (log)
        a->at = log;
    emit(c, log ? EL_OP_MUL : EL_OP_POW, a, b, a);
    if (log) {
        a->log = (uint8_t)k;
        a->factor = NULL;
    }
}

static void operate(compiler *c, el_expr_op op)
{
    operand *b = &c->stack[--c->n_operand], *a = b;

    c->n_waiting -= b->reg != NONE;
    if (el_expr_op_operands(op) == 2) {
        a = &c->stack[--c->n_operand];
        c->n_waiting -= a->reg != NONE;
    }
    c->n_operand++;
    if (join(c, op, a, b))
        return;
    settle(c, a);
    settle(c, b);
    if (op == EL_OP_POW) {
        power(c, a, b);
    } else if (op == EL_OP_LOG && log_of(c, b)) {
        b->at = log_of(c, b);
        b->col = NONE;
    } else {
        emit(c, op, a, b, a);
    }
}

void el_tape_compile(el_tape *tape, const el_expr *expr, uint32_t fitted,
                     const el_frame *frame, size_t rows)
{
    compiler c; /* the stack starts empty: to clear it would cost as much as
                   ten nodes */

    c.tape = tape;
    c.expr = expr;
    c.frame = frame;
    c.fitted = fitted;
    c.n_waiting = c.n_operand = 0;
    tape->n_instr = tape->n_fitted = 0;
    tape->stride = rows;
    for (unsigned i = 0; i < expr->n_node; i++) {
        const el_expr_node node = expr->node[i];

        if (node.op == EL_OP_COL)
            push_column(&c, node.arg);
        else if (node.op == EL_OP_CONST)
            push_constant(&c, node.arg, rows);
        else
            operate(&c, (el_expr_op)node.op);
    }
    settle(&c, &c.stack[0]);
    if (c.stack[0].reg == NONE) /* a bare leaf */
        emit(&c, EL_TAPE_COPY, c.stack, c.stack, c.stack);
}
/* NOLINTEND(clang-analyzer-core.UndefinedBinaryOperatorResult) */

/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/compile.h"

#include <math.h>

#define NONE        UINT8_MAX
#define MAX_HALVES  16.0
#define WHOLE_STEPS 2.0 /* halves in 1 */

/* A value that waits for its operator. Never copied as a whole: it was written
   in small parts, and reading those as one would wait for the cache. */
typedef struct operand {
    const double *at;
    double *grad; /* where its adjoint goes, NULL: nobody asks */
    uint8_t step; /* 1: column, 0: register or constant */
    uint8_t reg;  /* its place among the waiting registers, or NONE */
    uint8_t col;  /* its column, or NONE */
    uint8_t slot; /* its constant, or NONE */
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
    x->reg = x->slot = NONE;
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
    x->reg = x->col = NONE;
    x->slot = (uint8_t)slot;
    if (c->fitted >> slot & 1u)
        x->grad = tape->jac + tape->n_fitted++ * tape->stride;
}

/* Add an instruction, whose result replaces *x: a, or b of one operand. */
static void emit(compiler *c, unsigned op, const operand *a, const operand *b,
                 operand *x)
{
    el_tape *tape = c->tape;
    const unsigned k = tape->n_instr++, reg = c->n_waiting++;
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
    x->col = x->slot = NONE;
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

static const double *log_of(const compiler *c, const operand *a)
{
    return a->col == NONE ? NULL : c->frame->log[a->col];
}

static void power(compiler *c, operand *a, const operand *b)
{
    const double *log = log_of(c, a);

    if (b->slot != NONE && !b->grad) {
        const double halves = WHOLE_STEPS * c->expr->value[b->slot];
        if (fabs(halves) <= MAX_HALVES && floor(halves) == halves) {
            power_fixed(c, a, (int)halves);
            return;
        }
    }
    if (log)
        a->at = log;
    emit(c, log ? EL_TAPE_EXP_MUL : EL_OP_POW, a, b, a);
}

/* A valid formula takes only what it left, which the analyser cannot see.
   NOLINTBEGIN(clang-analyzer-core.UndefinedBinaryOperatorResult) */
static void operate(compiler *c, el_expr_op op)
{
    operand *b = &c->stack[--c->n_operand], *a = b;

    c->n_waiting -= b->reg != NONE;
    if (el_expr_op_operands(op) == 2) {
        a = &c->stack[--c->n_operand];
        c->n_waiting -= a->reg != NONE;
    }
    c->n_operand++;
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
    if (c.stack[0].reg == NONE) /* a bare leaf */
        emit(&c, EL_TAPE_COPY, c.stack, c.stack, c.stack);
}
/* NOLINTEND(clang-analyzer-core.UndefinedBinaryOperatorResult) */

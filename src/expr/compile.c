/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/compile.h"

#include <math.h>

#define NONE        UINT8_MAX
#define MAX_HALVES  16.0
#define WHOLE_STEPS 2.0 /* halves in 1 */

/* A value that waits for its operator. */
typedef struct operand {
    const double *at;
    double *grad; /* where its adjoint goes, NULL: nobody asks */
    uint8_t step; /* 1: column, 0: register or constant */
    uint8_t reg;  /* its place among the waiting registers, or NONE */
    uint8_t col;  /* its column, or NONE */
    uint8_t slot; /* its constant, or NONE */
    bool is_fitted;
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

static operand column(const compiler *c, unsigned col)
{
    return (operand){.at = c->frame->col[col],
                     .step = 1,
                     .reg = NONE,
                     .col = (uint8_t)col,
                     .slot = NONE};
}

static operand constant(compiler *c, unsigned slot, size_t rows)
{
    el_tape *tape = c->tape;
    double *at = tape->constant + slot * tape->stride;
    operand x = {.at = at, .reg = NONE, .col = NONE, .slot = (uint8_t)slot};

    tape->kernels->fill(at, c->expr->value[slot], rows);
    if (c->fitted >> slot & 1u) {
        x.is_fitted = true;
        x.grad = tape->jac + tape->n_fitted++ * tape->stride;
    }
    return x;
}

/* Add an instruction, whose result waits in the operands' place. */
static operand emit(compiler *c, unsigned op, const operand *a,
                    const operand *b)
{
    el_tape *tape = c->tape;
    const unsigned k = tape->n_instr++;
    operand x = {.reg = (uint8_t)c->n_waiting++, .col = NONE, .slot = NONE};
    double *out = tape->reg + (c->fitted ? k : x.reg) * tape->stride;

    x.at = out;
    x.is_fitted = a->is_fitted || b->is_fitted;
    if (x.is_fitted)
        x.grad = tape->adjoint + x.reg * tape->stride;
    tape->instr[k] = (el_instr){.op = (uint8_t)op,
                                .step_a = a->step,
                                .step_b = b->step,
                                .a = a->at,
                                .b = b->at,
                                .out = out,
                                .grad = x.grad,
                                .grad_a = a->grad,
                                .grad_b = b == a ? NULL : b->grad};
    return x;
}

/* a^(halves / 2) in the cheapest way. */
static operand power_fixed(compiler *c, const operand *a, int halves)
{
    operand x;

    switch (halves) {
    case 2:
        c->n_waiting += a->reg != NONE;
        return *a;
    case 4:
        return emit(c, EL_OP_SQUARE, a, a);
    case 6:
        return emit(c, EL_OP_CUBE, a, a);
    case 1:
        return emit(c, EL_OP_SQRT, a, a);
    case -2:
        return emit(c, EL_OP_INV, a, a);
    default:
        x = emit(c, EL_TAPE_HALVES, a, a);
        c->tape->instr[c->tape->n_instr - 1].halves = (int8_t)halves;
        return x;
    }
}

static const double *log_of(const compiler *c, const operand *a)
{
    return a->col == NONE ? NULL : c->frame->log[a->col];
}

static operand power(compiler *c, const operand *a, const operand *b)
{
    operand log = *a;

    if (b->slot != NONE && !b->is_fitted) {
        const double halves = WHOLE_STEPS * c->expr->value[b->slot];
        if (fabs(halves) <= MAX_HALVES && floor(halves) == halves)
            return power_fixed(c, a, (int)halves);
    }
    log.at = log_of(c, a);
    return log.at ? emit(c, EL_TAPE_EXP_MUL, &log, b)
                  : emit(c, EL_OP_POW, a, b);
}

static operand operate(compiler *c, el_expr_op op)
{
    operand a, b, x;

    b = c->stack[--c->n_operand];
    c->n_waiting -= b.reg != NONE;
    if (el_expr_op_operands(op) == 1) {
        if (op != EL_OP_LOG || !log_of(c, &b))
            return emit(c, op, &b, &b);
        x = b;
        x.at = log_of(c, &b);
        x.col = NONE;
        return x;
    }
    a = c->stack[--c->n_operand];
    c->n_waiting -= a.reg != NONE;
    return op == EL_OP_POW ? power(c, &a, &b) : emit(c, op, &a, &b);
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
        operand x;

        if (node.op == EL_OP_COL)
            x = column(&c, node.arg);
        else if (node.op == EL_OP_CONST)
            x = constant(&c, node.arg, rows);
        else
            x = operate(&c, (el_expr_op)node.op);
        c.stack[c.n_operand++] = x;
    }
    if (c.stack[0].reg == NONE) /* a bare leaf */
        (void)emit(&c, EL_TAPE_COPY, &c.stack[0], &c.stack[0]);
}

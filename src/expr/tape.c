/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/tape.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "expr/compile.h"

#define N_LANE ((size_t)EL_NORMAL_MAX * (EL_NORMAL_MAX + 1u) / 2u * EL_LANES)
/* Every value of a tape with derivatives is kept: 128 rows of 20 of them and
   their Jacobian are 32 KB, the first cache. 64 and 256 are 4 % slower. */
#define NORMAL_BLOCK 128u

el_status el_tape_init(el_tape *tape, const char *isa, el_error *err)
{
    const size_t n_reg = (size_t)EL_EXPR_MAX_NODES * EL_BLOCK;
    const size_t n_const = (size_t)EL_EXPR_MAX_CONSTS * EL_BLOCK;
    const size_t n_jac = (size_t)EL_NORMAL_MAX * EL_BLOCK;
    el_tape t = {.block = EL_BLOCK};

    t.kernels = el_kernels_find(isa);
    if (!t.kernels)
        return el_fail(err, EL_E_ARG, "tape: no kernels for %s here", isa);
    t.reg = el_aligned(2 * n_reg + n_const + n_jac + N_LANE, &t.memory);
    if (!t.reg)
        return el_fail(err, EL_E_NOMEM, "tape: registers");
    t.adjoint = t.reg + n_reg;
    t.constant = t.adjoint + n_reg;
    t.jac = t.constant + n_const;
    t.lane = t.jac + n_jac;
    *tape = t;
    return EL_OK;
}

void el_tape_clear(el_tape *tape)
{
    el_free(tape->memory);
    memset(tape, 0, sizeof *tape);
}

static size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

/* In one order, whatever the vector width. */
static double sum_lanes(const double *lane)
{
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
           ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static const double *result(const el_tape *tape)
{
    return tape->instr[tape->n_instr - 1].out;
}

void el_tape_values(el_tape *tape, const el_expr *expr, const el_frame *frame,
                    double *out)
{
    const size_t block = at_most(frame->n_pad, tape->block);

    el_tape_compile(tape, expr, 0, frame, block);
    for (size_t row = 0; row < frame->n_row; row += block) {
        const size_t n = at_most(frame->n_pad - row, block);
        tape->kernels->forward(tape->instr, tape->n_instr, row, n);
        memcpy(out + row, result(tape),
               at_most(frame->n_row - row, n) * sizeof *out);
    }
}

double el_tape_loss(el_tape *tape, const el_expr *expr, const el_frame *frame,
                    const el_response *response, double cut)
{
    const size_t block = at_most(frame->n_pad, tape->block);
    const double limit = fmin(cut * response->sum_weight, DBL_MAX);
    double *lane = tape->lane, sum = 0.0;

    memset(lane, 0, EL_LANES * sizeof *lane);
    el_tape_compile(tape, expr, 0, frame, block);
    for (size_t row = 0; row < frame->n_pad; row += block) {
        const size_t n = at_most(frame->n_pad - row, block);
        tape->kernels->forward(tape->instr, tape->n_instr, row, n);
        tape->kernels->loss(result(tape), response, row, n, lane);
        sum = sum_lanes(lane);
        if (!(sum <= limit)) /* NaN too */
            return HUGE_VAL;
    }
    return sum / response->sum_weight;
}

void el_tape_jacobian(el_tape *tape, const el_expr *expr, uint32_t fitted,
                      const el_frame *frame, double *jac)
{
    const size_t block = at_most(frame->n_pad, tape->block);

    el_tape_compile(tape, expr, fitted, frame, block);
    for (size_t i = 0; i < block; i++)
        tape->adjoint[i] = 1.0;
    for (size_t row = 0; row < frame->n_row; row += block) {
        const size_t n = at_most(frame->n_pad - row, block);
        const size_t left = at_most(frame->n_row - row, n);
        tape->kernels->forward(tape->instr, tape->n_instr, row, n);
        for (size_t i = 0; i < n; i++) /* the seed is overwritten */
            tape->adjoint[i] = 1.0;
        tape->kernels->backward(tape->instr, tape->n_instr, row, n);
        for (size_t j = 0; j < tape->n_fitted; j++)
            for (size_t i = 0; i < left; i++)
                jac[(row + i) * tape->n_fitted + j] = tape->jac[j * block + i];
    }
}

/* The upper triangle of sums, from its lanes; false where one is not finite. */
static bool unfold(const double *lane, size_t n, double *normal)
{
    bool is_finite = true;

    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i <= j; i++) {
            const double s = sum_lanes(lane);
            normal[i * n + j] = normal[j * n + i] = s;
            is_finite = is_finite && isfinite(s);
            lane += EL_LANES;
        }
    return is_finite;
}

bool el_tape_normal(el_tape *tape, const el_expr *expr, uint32_t fitted,
                    const el_frame *frame, const el_response *response,
                    double *normal)
{
    const size_t block =
        at_most(frame->n_pad, at_most(tape->block, NORMAL_BLOCK));
    const double *col[EL_NORMAL_MAX];
    double *resid;
    unsigned n_col;

    el_tape_compile(tape, expr, fitted, frame, block);
    n_col = tape->n_fitted + 1;
    for (unsigned j = 0; j < n_col; j++)
        col[j] = tape->jac + j * block;
    resid = tape->jac + tape->n_fitted * block;
    memset(tape->lane, 0,
           (size_t)n_col * (n_col + 1) / 2 * EL_LANES * sizeof *tape->lane);
    for (size_t row = 0; row < frame->n_pad; row += block) {
        const size_t n = at_most(frame->n_pad - row, block);
        tape->kernels->forward(tape->instr, tape->n_instr, row, n);
        tape->kernels->residual(result(tape), response, row, n, resid,
                                tape->adjoint);
        tape->kernels->backward(tape->instr, tape->n_instr, row, n);
        tape->kernels->gram(col, n_col, n, tape->lane);
        if (!isfinite(
                tape->lane[((size_t)n_col * (n_col + 1) / 2 - 1) * EL_LANES]))
            return false;
    }
    return unfold(tape->lane, n_col, normal);
}

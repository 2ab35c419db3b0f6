/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops over rows: kernel_body.h compiled for each instruction set.
 * Layer: expr. All of them give the same bits; only their speed differs.
 */
#ifndef EL_EXPR_KERNEL_H
#define EL_EXPR_KERNEL_H
#include "expr/frame.h"

#define EL_BLOCK 256u /* most rows in one call below */

/* Operators that only a tape has, after those of el_expr_op. */
enum {
    EL_TAPE_COPY = EL_N_EXPR_OPS, /* a */
    EL_TAPE_HALVES,               /* a ^ (halves / 2) */
    EL_TAPE_EXP_MUL,              /* exp(a b) */
    EL_TAPE_EXP_ADD,              /* exp(a + b) */
    EL_TAPE_EXP_SUB,              /* exp(a - b) */
    EL_N_TAPE_OPS
};

/*
 * out = op(a, b) over a block of rows. An operand is a column, of which the
 * block's first row counts (step 1), or a register, which holds the block
 * (step 0). grad is the adjoint of out; grad_a and grad_b, NULL where nobody
 * asks, receive those of the operands. One of these two may be grad itself.
 */
typedef struct el_instr {
    uint8_t op;
    int8_t halves;
    uint8_t step_a, step_b;
    const double *a, *b; /* b = a for one operand */
    double *out;
    const double *grad;
    double *grad_a, *grad_b;
} el_instr;

/* Every n is a multiple of EL_LANES, at most EL_BLOCK; pointers are 64-byte
   aligned; row is the block's first. */
typedef struct el_kernels {
    const char *isa;
    void (*forward)(const el_instr *instr, unsigned n_instr, size_t row,
                    size_t n);
    /* Last instruction first; the last one's grad is the seed. */
    void (*backward)(const el_instr *instr, unsigned n_instr, size_t row,
                     size_t n);
    /* lane[i % EL_LANES] += squared weighted residual of f[i], rows in order.
     */
    void (*loss)(const double *f, const el_response *response, size_t row,
                 size_t n, double *lane);
    /* Weighted residual y - g(f) and d(weighted g(f))/df. */
    void (*residual)(const double *f, const el_response *response, size_t row,
                     size_t n, double *resid, double *seed);
    /* lane[(j (j + 1) / 2 + i) EL_LANES + k % EL_LANES] +=
       col[i][k] col[j][k], i <= j < n_col, rows in order. */
    void (*gram)(const double *const *col, unsigned n_col, size_t n,
                 double *lane);
    void (*fill)(double *out, double value, size_t n);
    void (*log)(const double *x, double *y, size_t n); /* any n / EL_LANES */
} el_kernels;

/* By name: "avx512", "avx2", "generic"; NULL: the fastest this processor has.
   NULL where the name is unknown or the processor lacks it. */
const el_kernels *el_kernels_find(const char *isa);

extern const el_kernels el_kernels_generic, el_kernels_avx2, el_kernels_avx512;

#endif

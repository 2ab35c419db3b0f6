/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included once by each kernel_<isa>.c, which defines KERNELS, ISA and
 * WIDTH, the doubles in a vector, and is compiled for its instruction set.
 * Layer: expr. kernel.h says what is done.
 *
 * Loops vectorise because -fno-math-errno and -fno-trapping-math allow it and
 * the pragma says that rows are independent; no sum is reordered.
 */
#include <math.h>

#include "expr/kernel.h"
#include "expr/vmath.h"

#define SIMD _Pragma("omp simd")
/* One row after another of out[i] = value. */
#define ROWS(out, value)                                                       \
    SIMD for (size_t i = 0; i < n; i++)(out)[i] = (value);                     \
    break

/* The loops differ inside the macro, where the check does not look.
   NOLINTBEGIN(bugprone-branch-clone) */
static double max_of(double a, double b)
{
    const double m = a > b ? a : b;
    return a == a ? m : a;
}

static double min_of(double a, double b)
{
    const double m = a < b ? a : b;
    return a == a ? m : a;
}

/* sin(a + shift pi/2); libm reduces the angles that we cannot. */
static void sine(const double *a, double *out, size_t n, uint64_t shift)
{
    double x[EL_BLOCK], largest = 0.0;

    for (size_t i = 0; i < n; i++) {
        x[i] = a[i];
        largest = fabs(x[i]) > largest ? fabs(x[i]) : largest;
    }
    SIMD for (size_t i = 0; i < n; i++) out[i] = sin_shifted(x[i], shift);
    if (largest <= MAX_ANGLE)
        return;
    for (size_t i = 0; i < n; i++)
        if (fabs(x[i]) > MAX_ANGLE)
            out[i] = shift ? cos(x[i]) : sin(x[i]);
}

/* a^(halves / 2) by squaring, the odd half by a square root. */
static void power_halves(const double *a, double *out, size_t n, int halves)
{
    const unsigned m = (unsigned)(halves < 0 ? -halves : halves);
    double x[EL_BLOCK];

    for (size_t i = 0; i < n; i++)
        x[i] = a[i];
    SIMD for (size_t i = 0; i < n; i++) out[i] = m & 1u ? sqrt(x[i]) : 1.0;
    for (unsigned e = m >> 1; e > 0; e >>= 1) {
        if (e & 1u)
            SIMD for (size_t i = 0; i < n; i++) out[i] *= x[i];
        SIMD for (size_t i = 0; i < n; i++) x[i] *= x[i];
    }
    if (halves < 0)
        SIMD for (size_t i = 0; i < n; i++) out[i] = 1.0 / out[i];
}

static void forward_function(const el_instr *in, const double *a, size_t n)
{
    double *out = in->out;

    switch (in->op) {
    case EL_OP_EXP:
        ROWS(out, v_exp(a[i]));
    case EL_OP_LOG:
        ROWS(out, v_log(a[i]));
    case EL_OP_LOG2:
        ROWS(out, v_log2(a[i]));
    case EL_OP_LOG1P:
        ROWS(out, v_log1p(a[i]));
    case EL_OP_TANH:
        ROWS(out, v_tanh(a[i]));
    case EL_OP_SIN:
        sine(a, out, n, 0);
        break;
    case EL_OP_COS:
        sine(a, out, n, 1);
        break;
    case EL_OP_ASIN:
        ROWS(out, v_asin(a[i]));
    case EL_OP_ACOS:
        ROWS(out, v_acos(a[i]));
    default:
        power_halves(a, out, n, in->halves);
    }
}

static void forward_one(const el_instr *in, const double *a, const double *b,
                        size_t n)
{
    double *out = in->out;

    switch (in->op) {
    case EL_OP_ADD:
        ROWS(out, a[i] + b[i]);
    case EL_OP_SUB:
        ROWS(out, a[i] - b[i]);
    case EL_OP_MUL:
        ROWS(out, a[i] * b[i]);
    case EL_OP_DIV:
        ROWS(out, a[i] / b[i]);
    case EL_OP_POW:
        ROWS(out, v_pow(a[i], b[i]));
    case EL_OP_MAX:
        ROWS(out, max_of(a[i], b[i]));
    case EL_OP_MIN:
        ROWS(out, min_of(a[i], b[i]));
    case EL_OP_NEG:
        ROWS(out, -a[i]);
    case EL_OP_INV:
        ROWS(out, 1.0 / a[i]);
    case EL_OP_SQUARE:
        ROWS(out, a[i] * a[i]);
    case EL_OP_CUBE:
        ROWS(out, a[i] * a[i] * a[i]);
    case EL_OP_SQRT:
        ROWS(out, sqrt(a[i]));
    case EL_OP_ABS:
        ROWS(out, fabs(a[i]));
    case EL_OP_CEIL:
        ROWS(out, ceil(a[i]));
    case EL_TAPE_COPY:
        ROWS(out, a[i]);
    case EL_TAPE_EXP_MUL:
        ROWS(out, v_exp(a[i] * b[i]));
    case EL_TAPE_EXP_ADD:
        ROWS(out, v_exp(a[i] + b[i]));
    case EL_TAPE_EXP_SUB:
        ROWS(out, v_exp(a[i] - b[i]));
    default:
        forward_function(in, a, n);
    }
}

static void forward(const el_instr *instr, unsigned n_instr, size_t row,
                    size_t n)
{
    n -= n % EL_LANES; /* it is 0, which spares the loops their remainder */
    for (unsigned k = 0; k < n_instr; k++) {
        const el_instr *in = &instr[k];
        forward_one(in, in->a + in->step_a * row, in->b + in->step_b * row, n);
    }
}

/* d(x^y)/dx = y x^y / x; at x = 0 that of the straight line, else 0 or, below
   power 1, infinity. */
static double power_slope(double x, double y, double power)
{
    const double above = y > 1.0 ? 0.0 : y * (double)INFINITY;
    const double zero = y == 1.0 ? 1.0 : above;
    const double at_zero = y == 0.0 ? 0.0 : zero;
    return x == 0.0 ? at_zero : y * power / x;
}

static void backward_function(const el_instr *in, const double *a, size_t n,
                              double *to)
{
    const double *g = in->grad, *out = in->out;

    switch (in->op) {
    case EL_OP_EXP:
        ROWS(to, g[i] * out[i]);
    case EL_OP_LOG:
        ROWS(to, g[i] / a[i]);
    case EL_OP_LOG2:
        ROWS(to, g[i] * INV_LN2 / a[i]);
    case EL_OP_LOG1P:
        ROWS(to, g[i] / (1.0 + a[i]));
    case EL_OP_TANH:
        ROWS(to, g[i] * (1.0 - out[i]) * (1.0 + out[i]));
    case EL_OP_SIN: {
        double c[EL_BLOCK];
        sine(a, c, n, 1);
        ROWS(to, g[i] * c[i]);
    }
    case EL_OP_COS: {
        double s[EL_BLOCK];
        sine(a, s, n, 0);
        ROWS(to, -g[i] * s[i]);
    }
    case EL_OP_ASIN:
        ROWS(to, g[i] / sqrt((1.0 - a[i]) * (1.0 + a[i])));
    case EL_OP_ACOS:
        ROWS(to, -g[i] / sqrt((1.0 - a[i]) * (1.0 + a[i])));
    case EL_OP_ABS:
        ROWS(to, a[i] < 0.0 ? -g[i] : g[i]);
    default: /* EL_OP_CEIL: flat, whatever comes in */
        ROWS(to, 0.0);
    }
}

/* The adjoint of the left or only operand. */
static void backward_left(const el_instr *in, const double *a, const double *b,
                          size_t n)
{
    const double *g = in->grad, *out = in->out;
    double *to = in->grad_a;

    switch (in->op) {
    case EL_OP_ADD:
    case EL_OP_SUB:
    case EL_TAPE_COPY:
        ROWS(to, g[i]);
    case EL_OP_MUL:
        ROWS(to, g[i] * b[i]);
    case EL_TAPE_EXP_ADD:
    case EL_TAPE_EXP_SUB:
        ROWS(to, g[i] * out[i]);
    case EL_OP_DIV:
        ROWS(to, g[i] / b[i]);
    case EL_OP_POW:
        ROWS(to, g[i] * power_slope(a[i], b[i], out[i]));
    case EL_TAPE_HALVES: {
        const double p = 0.5 * in->halves;
        ROWS(to, g[i] * power_slope(a[i], p, out[i]));
    }
    case EL_OP_MAX:
        ROWS(to, a[i] >= b[i] ? g[i] : 0.0);
    case EL_OP_MIN:
        ROWS(to, a[i] <= b[i] ? g[i] : 0.0);
    case EL_OP_NEG:
        ROWS(to, -g[i]);
    case EL_OP_INV:
        ROWS(to, -g[i] * out[i] * out[i]);
    case EL_OP_SQUARE:
        ROWS(to, g[i] * (2.0 * a[i]));
    case EL_OP_CUBE:
        ROWS(to, g[i] * (3.0 * a[i] * a[i]));
    case EL_OP_SQRT:
        ROWS(to, g[i] * 0.5 / out[i]);
    default:
        backward_function(in, a, n, to);
    }
}

static void backward_right(const el_instr *in, const double *a, const double *b,
                           size_t n)
{
    const double *g = in->grad, *out = in->out;
    double *to = in->grad_b;

    switch (in->op) {
    case EL_OP_ADD:
        ROWS(to, g[i]);
    case EL_OP_SUB:
        ROWS(to, -g[i]);
    case EL_OP_MUL:
        ROWS(to, g[i] * a[i]);
    case EL_OP_DIV:
        ROWS(to, -g[i] * out[i] / b[i]);
    case EL_OP_POW: /* x^y ln x; 0 where x^y is */
        ROWS(to, out[i] == 0.0 ? 0.0 : g[i] * out[i] * v_log(a[i]));
    case EL_OP_MAX:
        ROWS(to, a[i] >= b[i] ? 0.0 : g[i]);
    case EL_OP_MIN:
        ROWS(to, a[i] <= b[i] ? 0.0 : g[i]);
    case EL_TAPE_EXP_ADD:
        ROWS(to, g[i] * out[i]);
    case EL_TAPE_EXP_SUB:
        ROWS(to, -g[i] * out[i]);
    default: /* EL_TAPE_EXP_MUL, whose a is a column */
        ROWS(to, g[i] * out[i] * a[i]);
    }
}

/* NOLINTEND(bugprone-branch-clone) */

static void backward(const el_instr *instr, unsigned n_instr, size_t row,
                     size_t n)
{
    n -= n % EL_LANES;
    for (unsigned k = n_instr; k-- > 0;) {
        const el_instr *in = &instr[k];
        const double *a = in->a + in->step_a * row;
        const double *b = in->b + in->step_b * row;

        if (!in->grad)
            continue;
        /* the one that overwrites grad comes last */
        if (in->grad_a && in->grad_a != in->grad)
            backward_left(in, a, b, n);
        if (in->grad_b)
            backward_right(in, a, b, n);
        if (in->grad_a && in->grad_a == in->grad)
            backward_left(in, a, b, n);
    }
}

/* EL_LANES sums side by side, of which row i feeds number i % EL_LANES:
   whatever the vector width and the block, the order of additions is the same.
   A vector holds WIDTH of them; wider ones than the processor's go through
   memory, so each part of a line of lanes has a loop of its own. */
typedef double vec
    __attribute__((vector_size(WIDTH * sizeof(double)), may_alias));

/* x is aligned to a vector. */
static inline vec load(const double *x)
{
    return *(const vec *)(const void *)x;
}

static inline void store(double *x, vec v)
{
    *(vec *)(void *)x = v;
}

static void loss_lanes(const double *f, const el_response *response, size_t row,
                       size_t n, double *lane)
{
    const double *y = response->y + row, *w = response->root_weight + row;
    _Alignas(WIDTH * sizeof(double)) double g[EL_BLOCK]; /* for load() */

    n -= n % EL_LANES;
    if (response->loss == EL_LOSS_LOG) {
        SIMD for (size_t i = 0; i < n; i++) g[i] = v_log(f[i]);
        f = g;
    }
    for (size_t h = 0; h < EL_LANES; h += WIDTH) {
        vec sum = load(lane + h);
        for (size_t i = h; i < n; i += EL_LANES) {
            const vec d = (load(f + i) - load(y + i)) * load(w + i);
            sum += d * d;
        }
        store(lane + h, sum);
    }
}

static void residual(const double *f, const el_response *response, size_t row,
                     size_t n, double *resid, double *seed)
{
    const double *y = response->y + row, *w = response->root_weight + row;

    n -= n % EL_LANES;
    if (response->loss == EL_LOSS_LOG) {
        SIMD for (size_t i = 0; i < n; i++)
        {
            resid[i] = w[i] * (y[i] - v_log(f[i]));
            seed[i] = w[i] / f[i];
        }
        return;
    }
    SIMD for (size_t i = 0; i < n; i++)
    {
        resid[i] = w[i] * (y[i] - f[i]);
        seed[i] = w[i];
    }
}

static double *pair(double *lane, unsigned i, unsigned j)
{
    const unsigned lo = i < j ? i : j, hi = i < j ? j : i;
    return lane + (size_t)(hi * (hi + 1u) / 2u + lo) * EL_LANES;
}

/* Two columns with two: one with one would be two loads for each product.
   Equal pairs make equal sums, so it does no harm to store them twice. */
static void gram_tile(const double *const *col, const unsigned *idx, size_t n,
                      double *lane)
{
    const double *a0 = col[idx[0]], *a1 = col[idx[1]];
    const double *b0 = col[idx[2]], *b1 = col[idx[3]];
    double *to[4] = {pair(lane, idx[0], idx[2]), pair(lane, idx[0], idx[3]),
                     pair(lane, idx[1], idx[2]), pair(lane, idx[1], idx[3])};

    for (size_t h = 0; h < EL_LANES; h += WIDTH) {
        vec s0 = load(to[0] + h), s1 = load(to[1] + h);
        vec s2 = load(to[2] + h), s3 = load(to[3] + h);
        for (size_t k = h; k < n; k += EL_LANES) {
            const vec x0 = load(a0 + k), x1 = load(a1 + k);
            const vec y0 = load(b0 + k), y1 = load(b1 + k);
            s0 += x0 * y0;
            s1 += x0 * y1;
            s2 += x1 * y0;
            s3 += x1 * y1;
        }
        store(to[0] + h, s0);
        store(to[1] + h, s1);
        store(to[2] + h, s2);
        store(to[3] + h, s3);
    }
}

static void gram(const double *const *col, unsigned n_col, size_t n,
                 double *lane)
{
    for (unsigned j = 0; j < n_col; j += 2)
        for (unsigned i = 0; i <= j; i += 2) {
            const unsigned last = n_col - 1;
            const unsigned idx[4] = {i, i < last ? i + 1 : last, j,
                                     j < last ? j + 1 : last};
            gram_tile(col, idx, n, lane);
        }
}

static void fill(double *out, double value, size_t n)
{
    n -= n % EL_LANES;
    SIMD for (size_t i = 0; i < n; i++) out[i] = value;
}

static void log_rows(const double *x, double *y, size_t n)
{
    n -= n % EL_LANES;
    SIMD for (size_t i = 0; i < n; i++) y[i] = v_log(x[i]);
}

const el_kernels KERNELS = {
    .isa = ISA,
    .forward = forward,
    .backward = backward,
    .loss = loss_lanes,
    .residual = residual,
    .gram = gram,
    .fill = fill,
    .log = log_rows,
};

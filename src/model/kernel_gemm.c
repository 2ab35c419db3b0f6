/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GEMM: the tile with the least predicted time.
 *
 *   t = t0 + max + beta (math + L2 + DRAM - max) + epilogue
 *   math = waves (k / 32 step + fill); L2: all tile operands; DRAM: all once
 *
 * Constants: least squares of log t on 6160 of the 9240 rows of
 * data/kernels/a100_sxm_gemm.csv (bf16, TensorRT-LLM 1.0.0), a third of the
 * (n, k) pairs held out; 2026-11. Median error there 6.6 %, mean 9.2 %.
 */
#include "model/kernel_part.h"

#define GEMM_T0      3.04e-6
#define GEMM_GEMV    4.6e-6     /* one row: a kernel without tiles */
#define GEMM_BETA    0.1994     /* what does not overlap */
#define GEMM_STEP    76.4e-9    /* least time of 32 k, A100 at 1410 MHz */
#define GEMM_FILL    0.5396e-6  /* prologue and epilogue of a wave */
#define GEMM_SPLIT   1.606e-6   /* reduction of split-K partial sums */
#define GEMM_EPI     0.7838e-12 /* per element of the result, A100 bandwidth */
#define GEMM_BW_SM   0.07855    /* share of the SMs that saturates DRAM */
#define GEMM_A100    0.85       /* math_efficiency at which shares hold */
#define GEMM_A100_BW 2.039e12

typedef struct tile {
    double m, n, share; /* share of math_efficiency / GEMM_A100 */
} tile;

/* Order of rows within a share does not matter. */
static const tile tiles[] = {
    {256, 128, 1.0}, {128, 256, 1.0},   {128, 128, 0.688}, {64, 256, 1.0},
    {256, 64, 1.0},  {64, 128, 0.9036}, {128, 64, 0.9036}, {64, 64, 0.8747},
};

typedef struct shape {
    double m, n, k, batch;
    double a_bytes, b_bytes, out_bytes; /* one operand, one product */
    double sm_flop_s;                   /* of one SM, before the tile's share */
    double dram_s;                      /* all operands once */
    double step_s;
    double most_rows; /* of a tile that are computed */
} shape;

/* Largest of 1, 2, 4, 8 that leaves no SM with two tiles and k >= 256. */
static double split_of(const el_device *d, double n_tiles, double k)
{
    double most = el_smaller(d->n_sm / n_tiles, k / 256.0);

    return most >= 8.0 ? 8.0 : most >= 4.0 ? 4.0 : most >= 2.0 ? 2.0 : 1.0;
}

static double tile_time(const el_device *d, const shape *s, const tile *t,
                        double tm, double tn, double split)
{
    double blocks = tm * tn * s->batch * split;
    double waves = el_ceil_pos(blocks / d->n_sm);
    double steps = el_ceil_pos(s->k / (32.0 * split));
    double rows = el_smaller(t->m, s->most_rows);
    double step =
        el_larger(64.0 * rows * t->n / (s->sm_flop_s * t->share), s->step_s);
    double math = waves * (steps * step + GEMM_FILL * d->latency_scale);
    double l2 =
        s->batch * (tn * s->a_bytes + tm * s->b_bytes) / d->l2_bw_bytes_s;
    double busy = el_smaller(blocks, d->n_sm) / d->n_sm;
    double dram = s->dram_s * el_larger(1.0, GEMM_BW_SM / busy);
    double most = el_larger(math, el_larger(l2, dram));
    double time = most + GEMM_BETA * (math + l2 + dram - most);

    if (split > 1.0)
        time += GEMM_SPLIT +
                split * s->batch * s->m * s->n * 8.0 / d->l2_bw_bytes_s;
    return time;
}

static double best_tile(const el_device *d, const shape *s)
{
    double best = HUGE_VAL;

    for (size_t i = 0; i < sizeof tiles / sizeof tiles[0]; i++) {
        const tile *t = &tiles[i];
        double tm, tn, split, time;

        /* A tile twice as high as the matrix cannot win. */
        if ((t->m > 64.0 && t->m >= 2.0 * s->m) ||
            (t->n > 64.0 && t->n >= 2.0 * s->n))
            continue;
        tm = el_ceil_pos(s->m / t->m);
        tn = el_ceil_pos(s->n / t->n);
        time = tile_time(d, s, t, tm, tn, 1.0);
        best = el_smaller(best, time);
        split = split_of(d, tm * tn * s->batch, s->k);
        if (split > 1.0)
            best = el_smaller(best, tile_time(d, s, t, tm, tn, split));
    }
    return best;
}

double el_gemm_time(const el_device *d, const el_op *op)
{
    el_math math = el_math_of(d, op->weight_bits);
    double bytes = op->weight_bytes + op->act_bytes + op->kv_bytes;
    double t0 = GEMM_T0 * d->latency_scale;
    shape s = {.m = op->m, .n = op->n, .k = op->k};
    double time;

    s.batch = el_larger(op->batch, 1.0);
    s.dram_s = bytes / (d->bw_bytes_s * d->bw_efficiency);
    if (!op->launches)
        t0 = 0.0;
    if (!(s.m > 0.0 && s.n > 0.0 && s.k > 0.0)) /* shape unknown */
        return t0 +
               el_larger(s.dram_s, op->flop / (math.flop_s * math.efficiency));
    s.a_bytes = s.m * s.k * math.act_bytes;
    s.b_bytes = s.n * s.k * math.weight_bytes;
    s.sm_flop_s =
        math.flop_s / d->n_sm * el_smaller(math.efficiency / GEMM_A100, 1.0);
    s.step_s = GEMM_STEP * d->latency_scale;
    s.most_rows = HUGE_VAL;
    if (math.weight_bytes < 2.0) { /* kernels for few rows, 64 k a step */
        s.step_s *= 0.5;
        s.most_rows = 16.0 * el_ceil_pos(s.m / 16.0);
    }
    time = best_tile(d, &s);
    time += s.batch * s.m * s.n * GEMM_EPI * GEMM_A100_BW / d->bw_bytes_s;
    if (s.m <= 1.0)
        time = el_smaller(time, s.dram_s + GEMM_GEMV - GEMM_T0);
    return t0 + el_larger(time, op->flop / math.flop_s);
}

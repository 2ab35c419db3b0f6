/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grouped GEMM over the experts of a rank: batch = experts here, m = mean
 * tokens of each, n x k = one expert's weights.
 *
 *   t = t0 + t_k k + max + beta (weights + math + L2 - max) + permutation
 *
 * Constants: least squares of log t on data/kernels/a100_sxm_moe.csv (vLLM
 * 0.14, bf16, nine shapes, EP 1 to 256, power laws 1.01 and 1.2; both products
 * of a layer), loads by el_expert_load_of; 2026-11. Median error with the
 * shape held out 12 %. The kernel's tile configuration is tuned for some of
 * these shapes and not for others, which is most of the scatter.
 */
#include <stdlib.h>
#include <string.h>

#include "energylens/kernel_table.h"
#include "model/kernel_part.h"

#define MOE_T0    10.19e-6 /* of one product; a layer has two */
#define MOE_K     9.198e-9 /* pipeline depth, per k */
#define MOE_BW    0.9965   /* of bw_efficiency */
#define MOE_MATH  0.4621   /* of math_efficiency */
#define MOE_BETA  0.3523
#define MOE_L2    1.1346 /* of the L2 bandwidth */
#define MOE_BYTES 2.699  /* permuted bytes a token and element of n, k */

/* vLLM where it has no table for a shape; its tables for the H100 differ
 * little. 4 bits: Marlin, by the picks of the batch on each expert here. */
double el_moe_tile(double tokens, double top_k, double experts,
                   double weight_bits)
{
    double each = tokens * top_k / experts;

    if (weight_bits > 5.0)
        return tokens <= experts ? 16.0 : 64.0;
    return each <= 14.0 ? 16.0 : each <= 29.0 ? 32.0 : 64.0;
}

bool el_routing_parse(const char *text, el_routing *routing, double *a)
{
    static const struct {
        const char *name;
        el_routing routing;
    } known[] = {{"dirichlet:", EL_ROUTING_DIRICHLET},
                 {"powerlaw:", EL_ROUTING_POWERLAW}};
    char *end;

    *routing = EL_ROUTING_UNIFORM;
    *a = 1.0;
    if (!text || !*text || strcmp(text, "uniform") == 0)
        return true;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t n = strlen(known[i].name);
        double value;

        if (strncmp(text, known[i].name, n) != 0)
            continue;
        value = strtod(text + n, &end);
        if (end == text + n || *end || !(value > 0.0 && value < 1e6))
            return false;
        *a = value;
        *routing = known[i].routing;
        return true;
    }
    return false;
}

/*
 * Rows of the grouped kernel for block-scaled experts (DeepGEMM, contiguous
 * layout); 0: another kernel.
 *
 * Each expert's rows are filled up to align_rows A. vLLM sizes the buffer
 * before the loads are known, for every pick of the batch, also those of
 * experts elsewhere, and A - 1 rows more of each expert here:
 *
 *   R = ceil_A(tokens top_k + experts (A - 1))
 *
 * (compute_aligned_M of fused_moe/deep_gemm_utils.py, 0.11), and multiplies all
 * of it: rows of no expert go to the first one (deepgemm_moe_permute). 10
 * requests on MiniMax-M2 over 4 H100s so take 32.2 ms a token, 16.4 ms with
 * other kernels (vllm-project/recipes, pull request 112; here 34.2), over 4
 * H20s 82.8 ms (MiniMax/MiniMax-M2.md there; here 103). No constant was fitted.
 */
static double aligned_rows(const el_device *d, const el_op *op)
{
    double a = d->align_rows;

    if (!op->aligned || !op->blocks || !(a > 0.0))
        return 0.0;
    return a *
           el_ceil_pos((op->tokens * op->top_k + op->experts * (a - 1.0)) / a);
}

/* Rows that are multiplied, of `padded` by tiles. */
static double run_rows(const el_device *d, const el_op *op, double padded)
{
    double aligned = aligned_rows(d, op);

    return aligned > 0.0 ? aligned : padded;
}

static double tile_of(const el_device *d, const el_op *op)
{
    if (aligned_rows(d, op) > 0.0)
        return d->align_rows;
    return el_moe_tile(op->tokens, op->top_k, el_larger(op->experts, 1.0),
                       op->weight_bits);
}

static void load_from_op(const el_device *d, const el_op *op,
                         el_expert_load *load)
{
    el_routing routing;
    double a, mean = op->batch * op->m; /* tokens of this rank */
    double ranks = mean > 0.0 ? op->tokens * op->top_k / mean : 1.0;
    double here = op->experts > 0.0 ? op->experts : op->batch;
    double experts;

    ranks = el_larger(ranks, 1.0);
    ranks = (double)(long long)(ranks + 0.5);
    experts = here * ranks;
    (void)el_routing_parse(op->routing, &routing, &a);
    el_expert_load_of(routing, a, experts, op->top_k, op->tokens, ranks,
                      tile_of(d, op), load);
}

/* Rows that go through memory: of experts elsewhere the kernel writes zeros,
 * and what follows reads them. */
static double passed_rows(const el_device *d, const el_op *op, double own)
{
    double aligned = aligned_rows(d, op);

    if (aligned > 0.0)
        return aligned;
    return op->own_rows ? own : el_larger(op->tokens * op->top_k, own);
}

/* Bytes that a row moves. Aligned: 8 bits in, 16 out, and 9 f between the two
 * products (SwiGLU in 16 bits, quantisation), shared out as 3 min(n, k). */
static double row_bytes(const el_device *d, const el_op *op)
{
    if (aligned_rows(d, op) > 0.0)
        return op->k + 2.0 * op->n + 3.0 * el_smaller(op->n, op->k);
    return (op->n + op->k) * MOE_BYTES;
}

static double moe_time(const el_device *d, const el_op *op, const el_math *math,
                       const el_expert_load *load)
{
    double tile = tile_of(d, op), aligned = aligned_rows(d, op);
    double rows = run_rows(d, op, load->padded_max);
    double reached = aligned > 0.0 ? 1.0 : MOE_MATH; /* of large GEMMs' rate */
    double share = load->active_max / el_larger(op->experts, 1.0);
    double memory =
        op->weight_bytes * share / (d->bw_bytes_s * d->bw_efficiency * MOE_BW);
    double flop = 2.0 * rows * op->n * op->k;
    double compute = flop / (math->flop_s * math->efficiency * reached);
    double l2 = rows / tile * op->n * op->k * math->weight_bytes /
                (d->l2_bw_bytes_s * MOE_L2);
    double most = el_larger(memory, el_larger(compute, l2));
    double permute = passed_rows(d, op, load->rank_tokens_max) *
                     row_bytes(d, op) / (d->bw_bytes_s * d->bw_efficiency);
    double start = (op->launches ? MOE_T0 : 0.0) + MOE_K * op->k;

    return start * d->latency_scale + most +
           MOE_BETA * (memory + compute + l2 - most) + permute;
}

/* What was measured stands for itself, whatever kernel it was. */
static bool is_measured(const el_device *d, const el_op *op)
{
    return d->kernel_table &&
           el_is_known(el_kernel_table_ratio(d->kernel_table, op));
}

static void moe_cost(const el_device *d, const el_op *op,
                     const el_expert_load *load, el_cost *out)
{
    el_expert_load own;
    el_math math = el_math_of(d, op->weight_bits);
    double here = el_larger(op->experts, 1.0), even, rows, time;
    el_work work;

    if (!load) {
        load_from_op(d, op, &own);
        load = &own;
    }
    even = op->batch * op->m; /* rows that op->act_bytes and flop assume */
    rows = even > 0.0 ? load->rank_tokens_avg / even : 0.0;
    time = el_measured_time(d, op, moe_time(d, op, &math, load));
    work = (el_work){
        .flop = op->flop * rows,
        .weight_bytes = op->weight_bytes * load->active_avg / here,
        .act_bytes = even > 0.0 ? op->act_bytes / even *
                                      passed_rows(d, op, load->rank_tokens_avg)
                                : 0.0};
    /* tiles multiply what fills them up as well as tokens */
    work.executed = el_larger(work.flop, 2.0 * op->n * op->k *
                                             run_rows(d, op, load->padded_avg));
    el_cost_finish(d, op, time, &work, out);
}

void el_moe_cost(const el_device *d, const el_op *op,
                 const el_expert_load *load, el_cost *out)
{
    el_op plain;

    if (!op->aligned || !is_measured(d, op)) {
        moe_cost(d, op, load, out);
        return;
    }
    plain = *op;
    plain.aligned = false;
    moe_cost(d, &plain, load, out);
}

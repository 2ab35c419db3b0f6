/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/kernel.h"

#include "model/kernel_part.h"

/*
 * Elementwise kernels, fitted by eye on eight published times of Llama-3-70B
 * on the A100 (analytic notes, V4): 0.9 of the bandwidth, and 9.9 simple
 * operations per SM and clock beside it (norm 0.73 TB/s against add 1.68).
 */
#define EL_ELEMENTWISE_BW   0.90
#define EL_ELEMENTWISE_RATE 9.9
/*
 * Decode: share of the peak bandwidth that vLLM's selective_state_update
 * reaches with fp32 states and its default launch: 2.83 and 2.85 of 4.8 TB/s
 * on an H200 (4,096 and 8,192 heads of 64 x 128, vllm-project/vllm pull request
 * 44251); 0.49 to 0.62 on a B200 (43083), 0.76 once tuned, since mid-2026.
 * Prompts: Mamba-2's chunked scan passes FlashAttention-2 at 2,048 tokens and
 * 64 states (arXiv 2405.21060, figure 10) with 768 against 4,096 operations a
 * channel, so it runs at a fifth of attention's rate, in five kernels.
 * Mamba-1's scan: fp32 lanes, assumed.
 */
#define EL_SCAN_BW      0.59
#define EL_SCAN_RATE    40.0 /* flop per SM and clock */
#define EL_CHUNK_RATE   0.19 /* of attention's */
#define EL_CHUNK_LAUNCH 5.0

static double elementwise_time(const el_device *d, const el_op *op)
{
    double bytes = op->act_bytes + op->weight_bytes + op->kv_bytes;

    return bytes / (d->bw_bytes_s * EL_ELEMENTWISE_BW) +
           op->flop / (d->n_sm * d->clock_hz * EL_ELEMENTWISE_RATE) +
           (op->launches ? d->launch_s : 0.0);
}

static double scan_time(const el_device *d, const el_op *op)
{
    double bytes = op->act_bytes + op->weight_bytes + op->kv_bytes;
    double memory = bytes / (d->bw_bytes_s * EL_SCAN_BW);
    bool chunked = op->m > 0.0;
    double rate = chunked
                      ? d->flop_s_16 * d->attention_efficiency * EL_CHUNK_RATE
                      : d->n_sm * d->clock_hz * EL_SCAN_RATE;
    double start = d->launch_s * (chunked ? EL_CHUNK_LAUNCH : 1.0);

    return el_larger(memory, op->flop / rate) + (op->launches ? start : 0.0);
}

static double embed_time(const el_device *d, const el_op *op)
{
    return (op->weight_bytes + op->act_bytes) /
               (d->bw_bytes_s * d->bw_efficiency) +
           (op->launches ? d->launch_s : 0.0);
}

void el_kernel_cost(const el_device *d, const el_op *op, el_cost *out)
{
    el_work work = {op->flop, op->flop, op->weight_bytes, op->kv_bytes,
                    op->act_bytes};
    double t = 0.0;

    switch (op->kind) {
    case EL_OP_GEMM:
        t = el_gemm_time(d, op);
        break;
    case EL_OP_ATTENTION:
        t = el_attention_time(d, op);
        break;
    case EL_OP_MOE:
        el_moe_cost(d, op, NULL, out);
        return;
    case EL_OP_SCAN:
        t = scan_time(d, op);
        break;
    case EL_OP_ELEMENTWISE:
        t = elementwise_time(d, op);
        break;
    case EL_OP_EMBED:
        t = embed_time(d, op);
        break;
    case EL_OP_COMM: /* no kernel of its own */
        *out = (el_cost){0};
        return;
    }
    t = el_measured_time(d, op, t);
    el_cost_finish(d, op, t, &work, out);
}

double el_eager_floor(const el_device *d, double n_kernels)
{
    return d->eager_s * n_kernels;
}

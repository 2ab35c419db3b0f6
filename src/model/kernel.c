/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/kernel.h"

#include <math.h>

#include "energylens/kernel_table.h"
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
/* Unpacking 4-bit weights to 16 bits costs a fifth of the rate: assumed. */
#define EL_DEQUANT 0.8
/* The clock can fall to three quarters of itself before time alone grows. */
#define EL_CAP_CLOCK 0.75

el_math el_math_of(const el_device *d, double weight_bits)
{
    el_math sixteen = {d->flop_s_16, d->math_efficiency, d->j_per_flop_16, 2.0,
                       2.0};

    if (weight_bits > 9.0 || !(weight_bits > 0.0))
        return sixteen;
    sixteen.weight_bytes = weight_bits / 8.0;
    if (weight_bits > 5.0 && d->flop_s_8 > 0.0)
        return (el_math){d->flop_s_8, d->math_efficiency_8, d->j_per_flop_8,
                         weight_bits / 8.0, 1.0};
    if (weight_bits <= 5.0 && d->flop_s_4 > 0.0)
        return (el_math){d->flop_s_4, d->math_efficiency_4, d->j_per_flop_4,
                         weight_bits / 8.0, weight_bits / 8.0};
    sixteen.efficiency *= EL_DEQUANT;
    return sixteen;
}

double el_elementwise_time(const el_device *d, const el_op *op)
{
    double bytes = op->act_bytes + op->weight_bytes + op->kv_bytes;

    return bytes / (d->bw_bytes_s * EL_ELEMENTWISE_BW) +
           op->flop / (d->n_sm * d->clock_hz * EL_ELEMENTWISE_RATE) +
           (op->launches ? d->launch_s : 0.0);
}

double el_scan_time(const el_device *d, const el_op *op)
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

double el_embed_time(const el_device *d, const el_op *op)
{
    return (op->weight_bytes + op->act_bytes) /
               (d->bw_bytes_s * d->bw_efficiency) +
           (op->launches ? d->launch_s : 0.0);
}

double el_kernel_energy(const el_device *d, double flop, double weight_bits,
                        double stream_bytes, double act_bytes)
{
    double j_per_flop = el_math_of(d, weight_bits).j_per_flop;

    return d->volt_ratio2 * (j_per_flop * flop + d->j_per_byte * act_bytes) +
           d->j_per_byte_stream * stream_bytes;
}

void el_cost_cap(const el_device *d, el_cost *cost)
{
    double room = d->cap_w - d->idle_w, ratio, r;

    if (!(cost->energy_j > room * cost->time_s))
        return;
    ratio = cost->energy_j / (room * cost->time_s);
    r = el_smaller(sqrt(ratio), 1.0 / EL_CAP_CLOCK);
    cost->energy_j /= r;
    cost->time_s = cost->energy_j / room;
}

/* Weights that are turned into 16 bits before they are multiplied. */
static double unpacked(const el_device *d, double bits, double bytes)
{
    bool native = bits > 5.0 || d->flop_s_4 > 0.0;

    return native || !(bits > 0.0) ? 0.0 : 8.0 * bytes / bits;
}

void el_cost_finish(const el_device *d, const el_op *op, double time_s,
                    const el_work *w, el_cost *out)
{
    el_math math = el_math_of(d, op->weight_bits);
    double unpack = unpacked(d, op->weight_bits, w->weight_bytes);

    out->flop_s_bound = w->flop / math.flop_s;
    out->bytes_s_bound =
        (w->weight_bytes + w->kv_bytes + w->act_bytes) / d->bw_bytes_s;
    out->time_s = time_s;
    out->energy_j = d->volt_ratio2 * (math.j_per_flop * w->executed +
                                      d->j_per_byte * w->act_bytes +
                                      d->j_per_unpack * unpack) +
                    d->j_per_byte_stream * w->weight_bytes +
                    d->j_per_byte_kv * w->kv_bytes;
    el_cost_cap(d, out);
}

double el_measured_time(const el_device *d, const el_op *op, double time_s)
{
    double ratio = d->kernel_table ? el_kernel_table_ratio(d->kernel_table, op)
                                   : EL_UNKNOWN;

    if (!el_is_known(ratio))
        return time_s;
    /* between measured shapes too, no kernel is faster than its arithmetic */
    return el_larger(ratio * time_s,
                     op->flop / el_math_of(d, op->weight_bits).flop_s);
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
        t = el_scan_time(d, op);
        break;
    case EL_OP_ELEMENTWISE:
        t = el_elementwise_time(d, op);
        break;
    case EL_OP_EMBED:
        t = el_embed_time(d, op);
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

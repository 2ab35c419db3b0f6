/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attention over a KV cache. batch = requests x KV heads, m = query tokens x
 * query heads per KV head, n = context, k = head dimension.
 *
 * Decode (one block per request and KV head, split over the context where
 * blocks are few):
 *   t = t0 + q + sqrt(lat^2 + kv^2), lat = u t_block + tok min(c/split, c1) /
 *       (1 + g u), u = blocks per SM, kv = KV bytes over the bandwidth
 * Fitted on data/kernels/a100_sxm_attention_decode.csv (bf16, TensorRT-LLM
 * 1.0.0), apart for one and for several query heads per KV head; 2026-11.
 * Many rows with grouped heads read their KV faster than the DRAM can (up to
 * 1.6 times its peak: the harness reads half of it, it seems). They were left
 * out (above 3/4 of the peak), so that times stay above the roofline; the
 * rest has a median error of 8 %. Above 32 query heads per KV head that table
 * shows a fallback kernel and was left out too.
 *
 * Prefill: t = t0 + max(tiles / SMs, longest tile) + QKV pass. Fitted on
 * a100_sxm_attention_prefill.csv, median error 5.1 %.
 */
#include <math.h>

#include "model/kernel_part.h"

#define PREFILL_T0       11.31e-6
#define PREFILL_TILE     1.592e-6 /* start of 128 queries of one head */
#define PREFILL_PASS     0.6048   /* bandwidth of rotary embedding, KV write */
#define PREFILL_TAIL     0.8      /* of the longest tile that shows */
#define PREFILL_ROWS     128.0
#define DECODE_MAX_QUERY 8.0 /* speculative tokens still go this way */

typedef struct decode {
    double t0, block, token, longest, least, overlap;
} decode;

/* t0 and times of an A100 at 1410 MHz; tokens of 256 elements */
static const decode one_head = {10.37e-6, 1.78e-6, 37.74e-9,
                                18080.0,  124.6,   0.974};
static const decode grouped = {10.53e-6, 6.128e-6, 45.86e-9,
                               897.0,    149.8,    0.628};

static double decode_time(const el_device *d, const el_op *op, double group,
                          double t0_share)
{
    const decode *p = group > 1.0 ? &grouped : &one_head;
    double u = op->batch / d->n_sm;
    double most = el_larger(1.0, op->context / p->least);
    double split = el_smaller(el_larger(1.0 / u, 1.0), most);
    double tokens = el_smaller(op->context / split, p->longest);
    double lat = (u * p->block + p->token * tokens / (1.0 + u * p->overlap)) *
                 d->latency_scale;
    double kv = op->kv_bytes / (d->bw_bytes_s * d->bw_efficiency);
    double q = op->act_bytes / (d->bw_bytes_s * d->bw_efficiency);
    double math = op->flop / (d->flop_s_16 * d->attention_efficiency);

    return t0_share * p->t0 + q + el_larger(sqrt(lat * lat + kv * kv), math);
}

static double prefill_time(const el_device *d, const el_op *op, double query,
                           double t0_share)
{
    double heads = op->batch * op->m / query; /* requests x query heads */
    double rows = el_smaller(query, PREFILL_ROWS);
    double tiles = heads * el_ceil_pos(query / PREFILL_ROWS);
    double rate = d->flop_s_16 * d->attention_efficiency;
    double start = PREFILL_TILE * d->latency_scale;
    /* the diagonal tiles compute both halves: rows / 2 tokens more */
    double flop = op->flop * (1.0 + 0.5 * rows / el_larger(op->context, 1.0));
    double longest = el_larger(op->n, op->context) * 4.0 * op->k *
                     PREFILL_ROWS * PREFILL_TAIL;
    double even = tiles / d->n_sm * start + flop / rate;
    double pass = op->act_bytes / (d->bw_bytes_s * PREFILL_PASS);

    return t0_share * PREFILL_T0 +
           el_larger(even, start + longest * d->n_sm / rate) +
           el_larger(pass, op->kv_bytes / (d->bw_bytes_s * d->bw_efficiency));
}

double el_attention_time(const el_device *d, const el_op *op)
{
    double group = op->kv_heads > 0.0 ? op->heads / op->kv_heads : 1.0;
    double query = op->m / el_larger(group, 1.0);
    double t0 = op->launches ? d->latency_scale : 0.0;
    double bytes = op->kv_bytes + op->act_bytes;

    if (!(op->batch > 0.0 && op->m > 0.0)) /* shape unknown: a roofline */
        return t0 * PREFILL_T0 +
               el_larger(bytes / (d->bw_bytes_s * d->bw_efficiency),
                         op->flop / (d->flop_s_16 * d->attention_efficiency));
    if (query <= DECODE_MAX_QUERY)
        return decode_time(d, op, group, t0);
    return prefill_time(d, op, el_larger(query, 1.0), t0);
}

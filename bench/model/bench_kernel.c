/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of kernel costs, and of a Llama-70B layer stack in both phases. */
#include <string.h>

#include "../support/el_bench.h"
#include "energylens/kernel.h"

#define N_CALLS 20000u

typedef struct bench {
    el_device device;
    el_op op[32];
    size_t n_op;
    double sum;
} bench;

static double round_ops(void *ctx)
{
    bench *b = ctx;
    el_cost c;

    for (unsigned i = 0; i < N_CALLS; i++) {
        for (size_t j = 0; j < b->n_op; j++) {
            b->op[j].m += (i & 1u) ? 1.0 : -1.0; /* nothing to hoist */
            if (b->op[j].comm != EL_COMM_NONE) {
                el_overlap_cost(&b->device, &b->op[j], NULL, NULL, &c);
            } else {
                el_kernel_cost(&b->device, &b->op[j], &c);
            }
            b->sum += c.time_s + c.energy_j;
        }
    }
    return N_CALLS;
}

static el_op *add(bench *b, el_op_kind kind)
{
    el_op *op = &b->op[b->n_op++];

    memset(op, 0, sizeof *op);
    op->kind = kind;
    op->launches = true;
    op->weight_bits = 16;
    op->batch = 1;
    return op;
}

static void add_gemm(bench *b, double m, double n, double k)
{
    el_op *op = add(b, EL_OP_GEMM);

    op->m = m;
    op->n = n;
    op->k = k;
    op->flop = 2 * m * n * k;
    op->weight_bytes = 2 * n * k;
    op->act_bytes = 2 * (m * k + m * n);
}

static void add_elementwise(bench *b, double elements)
{
    el_op *op = add(b, EL_OP_ELEMENTWISE);

    op->flop = 4 * elements;
    op->act_bytes = 4 * elements;
}

static void add_reduce(bench *b)
{
    el_op *op = &b->op[b->n_op - 1];

    op->comm = EL_COMM_ALL_REDUCE;
    op->comm_bytes = 2 * op->m * op->n;
    op->comm_degree = 4;
}

static void add_attention(bench *b, double requests, double s, double t)
{
    el_op *op = add(b, EL_OP_ATTENTION);

    op->batch = requests * 2;
    op->m = s * 8;
    op->n = t;
    op->k = op->head_dim = 128;
    op->heads = 16;
    op->kv_heads = 2;
    op->context = s > 1 ? (s + 1) / 2 : t;
    op->flop = 4 * requests * 16 * s * op->context * 128;
    op->kv_bytes = 4 * requests * 2 * t * 128;
    op->act_bytes = 4 * requests * s * 16 * 128;
}

/* Llama-3-70B over four GPUs: 13 ops and the head. */
static void add_layer(bench *b, double requests, double s, double t)
{
    double m = requests * s;

    add_elementwise(b, m * 8192);
    add_gemm(b, m, 2560, 8192);
    add_elementwise(b, m * 2304);
    add_attention(b, requests, s, t);
    add_gemm(b, m, 8192, 2048);
    add_reduce(b);
    add_elementwise(b, m * 8192);
    add_gemm(b, m, 14336, 8192);
    add_elementwise(b, m * 7168);
    add_gemm(b, m, 8192, 7168);
    add_reduce(b);
    add_elementwise(b, m * 8192);
    add_gemm(b, requests, 32064, 8192);
}

static void add_moe(bench *b, double tokens, double n, double k)
{
    el_op *op = add(b, EL_OP_MOE);

    op->batch = op->experts = 32;
    op->top_k = 8;
    op->tokens = tokens;
    op->m = tokens * 8 / 128;
    op->n = n;
    op->k = k;
    op->flop = 2 * op->m * 32 * n * k;
    op->weight_bytes = 2 * 32 * n * k;
    op->act_bytes = 2 * op->m * 32 * (n + k);
    op->routing = "dirichlet:0.7";
}

static double ns_per_op(bench *b)
{
    return 1e9 / (el_bench_rate(round_ops, b) * (double)b->n_op);
}

int main(void)
{
    static const el_gpu gpu = {.slug = "h100-sxm5-80gb",
                               .arch = "Hopper",
                               .link = "NVLink4",
                               .memory_bytes = 85899345920.0,
                               .mem_bw_bytes_s = 3.352e12,
                               .fp16_flop_s = 9.894e14,
                               .fp8_flop_s = 1.9789e15,
                               .int8_op_s = 1.9789e15,
                               .fp4_flop_s = EL_UNKNOWN,
                               .tdp_w = 700,
                               .idle_w = 71.8,
                               .idle_context_w = 121.6,
                               .boost_hz = 1.98e9,
                               .n_sm = 132,
                               .l2_bytes = 52428800,
                               .link_bytes_s = 9e11,
                               .mem_j_per_byte = 9.36e-11};
    static bench b;

    if (el_device_make(&gpu, EL_UNKNOWN, EL_UNKNOWN, &b.device, NULL) != EL_OK)
        return 1;
    add_gemm(&b, 64, 8192, 8192);
    el_bench_print("gemm_decode", ns_per_op(&b), "ns");
    b.n_op = 0;
    add_gemm(&b, 4096, 8192, 8192);
    el_bench_print("gemm_prefill", ns_per_op(&b), "ns");
    b.n_op = 0;
    add_attention(&b, 64, 1, 2048);
    el_bench_print("attention_decode", ns_per_op(&b), "ns");
    b.n_op = 0;
    add_moe(&b, 256, 1536, 2048);
    el_bench_print("moe_dirichlet", ns_per_op(&b), "ns");
    b.n_op = 0;
    add_gemm(&b, 64, 8192, 2048);
    add_reduce(&b);
    el_bench_print("gemm_all_reduce", ns_per_op(&b), "ns");
    b.n_op = 0;
    add_layer(&b, 4, 2048, 2048);
    add_layer(&b, 64, 1, 2048);
    el_bench_print("llama70b_both_phases", el_bench_rate(round_ops, &b),
                   "predictions/s");
    add_moe(&b, 8192, 1536, 2048);
    add_moe(&b, 8192, 2048, 768);
    add_moe(&b, 64, 1536, 2048);
    add_moe(&b, 64, 2048, 768);
    el_bench_print("moe_both_phases", el_bench_rate(round_ops, &b),
                   "predictions/s");
    return b.sum > 0.0 ? 0 : 1;
}

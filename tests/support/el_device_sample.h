/* SPDX-License-Identifier: Apache-2.0 */
/* Two GPUs and an op of each kind for tests of kernels. */
#ifndef EL_DEVICE_SAMPLE_H
#define EL_DEVICE_SAMPLE_H
#include "el_test.h"

#include "energylens/kernel.h"

static inline el_gpu el_sample_a100(void)
{
    return (el_gpu){.slug = "a100-sxm4-80gb",
                    .name = "A100",
                    .vendor = "NVIDIA",
                    .arch = "Ampere",
                    .form = "SXM4",
                    .memory_type = "HBM2e",
                    .link = "NVLink3",
                    .memory_bytes = 85899345920.0,
                    .mem_bw_bytes_s = 2.039e12,
                    .fp16_flop_s = 3.12e14,
                    .fp8_flop_s = EL_UNKNOWN,
                    .int8_op_s = 6.24e14,
                    .fp4_flop_s = EL_UNKNOWN,
                    .tdp_w = 400,
                    .idle_w = 60.5,
                    .idle_context_w = 82.3,
                    .boost_hz = 1.41e9,
                    .n_sm = 108,
                    .l2_bytes = 41943040,
                    .link_bytes_s = 6e11,
                    .mem_j_per_byte = 1.0488e-10,
                    .matrix_j_per_flop = 7e-13};
}

/* Nothing measured: constants by family and from the power limit. */
static inline el_gpu el_sample_b200(void)
{
    el_gpu g = el_sample_a100();

    g.slug = "b200-sxm-180gb";
    g.arch = "Blackwell";
    g.link = "NVLink5";
    g.mem_bw_bytes_s = 7.7e12;
    g.fp16_flop_s = 2.25e15;
    g.fp8_flop_s = 4.5e15;
    g.fp4_flop_s = 9e15;
    g.tdp_w = 1000;
    g.idle_w = 137;
    g.idle_context_w = 246.5;
    g.boost_hz = 1.965e9;
    g.n_sm = 148;
    g.l2_bytes = EL_UNKNOWN;
    g.link_bytes_s = EL_UNKNOWN;
    g.mem_j_per_byte = EL_UNKNOWN;
    return g;
}

static inline el_device el_sample_device(el_gpu gpu)
{
    el_device d;

    assert_int_equal(el_device_make(&gpu, EL_UNKNOWN, EL_UNKNOWN, &d, NULL),
                     EL_OK);
    return d;
}

static inline el_op el_sample_gemm(double m, double n, double k)
{
    return (el_op){.kind = EL_OP_GEMM,
                   .batch = 1,
                   .m = m,
                   .n = n,
                   .k = k,
                   .flop = 2 * m * n * k,
                   .weight_bytes = 2 * n * k,
                   .act_bytes = 2 * (m * k + m * n),
                   .weight_bits = 16,
                   .launches = true};
}

/* b requests, s query and t context tokens, h query and kv KV heads of 128 */
static inline el_op el_sample_attention(double b, double s, double t, double h,
                                        double kv)
{
    double context = s > 1 ? t - (s - 1) / 2 : t;

    return (el_op){.kind = EL_OP_ATTENTION,
                   .batch = b * kv,
                   .m = s * h / kv,
                   .n = t,
                   .k = 128,
                   .heads = h,
                   .kv_heads = kv,
                   .head_dim = 128,
                   .context = context,
                   .flop = 4 * b * h * s * context * 128,
                   .kv_bytes = 4 * b * kv * t * 128,
                   .act_bytes = 4 * b * s * h * 128,
                   .weight_bits = 16,
                   .launches = true};
}

/* n experts over ep ranks, one product of m x f */
static inline el_op el_sample_moe(double tokens, double n, double top_k,
                                  double ep, const char *routing)
{
    double rows = tokens * top_k / ep, w = 2048.0 * 1536.0;

    return (el_op){.kind = EL_OP_MOE,
                   .batch = n / ep,
                   .m = rows / (n / ep),
                   .n = 1536,
                   .k = 2048,
                   .flop = 2 * rows * w,
                   .weight_bytes = 2 * w * n / ep,
                   .act_bytes = 2 * rows * 3584,
                   .weight_bits = 16,
                   .launches = true,
                   .experts = n / ep,
                   .top_k = top_k,
                   .tokens = tokens,
                   .routing = routing};
}
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* An op of each kind for tests of kernels, and what runs them. */
#ifndef EL_DEVICE_SAMPLE_H
#define EL_DEVICE_SAMPLE_H
#include "el_gpu_sample.h"
#include "el_test.h"

#include "energylens/kernel.h"

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

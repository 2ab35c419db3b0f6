/* SPDX-License-Identifier: Apache-2.0 */
/* Two GPUs, as the catalogue has them. */
#ifndef EL_GPU_SAMPLE_H
#define EL_GPU_SAMPLE_H
#include "energylens/catalog.h"

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

#endif

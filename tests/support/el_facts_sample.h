/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of made-up but plausible models for tests. */
#ifndef EL_FACTS_SAMPLE_H
#define EL_FACTS_SAMPLE_H
#include "energylens/facts.h"

/* 7 B parameters, 32 layers, grouped heads, on a 40 GB card. */
static inline el_facts el_sample_dense(void)
{
    el_facts f = {.arch = EL_ARCH_DENSE,
                  .layers = 32,
                  .hidden = 4096,
                  .params = 7e9,
                  .active_params = 7e9,
                  .dense_bytes = 14e9,
                  .kv_bytes_per_token = 131072,
                  .gpu_memory_bytes = 40.0 * 1073741824.0,
                  .gpu_bw_bytes_s = 1.555e12,
                  .gpu_flop_s = 312e12,
                  .gpu_idle_w = 55,
                  .gpu_tdp_w = 400};
    return f;
}

/* 64 experts, 4 a token; half of the layers see a 1,024-token window. */
static inline el_facts el_sample_moe(void)
{
    el_facts f = el_sample_dense();

    f.arch = EL_ARCH_MOE;
    f.params = 20e9;
    f.active_params = 3e9;
    f.dense_bytes = 4e9;
    f.expert_bytes = 36e9;
    f.experts = 64;
    f.top_k = 4;
    f.kv_window = 1024;
    f.kv_window_bytes_per_token = 65536;
    f.gpu_memory_bytes *= 2.0;
    return f;
}

/* No KV cache. */
static inline el_facts el_sample_ssm(void)
{
    el_facts f = el_sample_dense();

    f.arch = EL_ARCH_SSM;
    f.kv_bytes_per_token = 0;
    return f;
}

#endif

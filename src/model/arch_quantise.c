/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/arch.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "model/arch_parts.h"
#include "model/name_format.h"

typedef struct format {
    const char *name;
    double bits; /* scales included */
} format;

/* Group scales: 16-bit scale and 4-bit zero per 128 weights (AWQ, GPTQ);
 * one byte per 32 (MXFP4, OCP MX 1.0) or 16 (NVFP4) weights. */
static const format known[] = {
    {"bfloat16", 16},
    {"float16", 16},
    {"bf16", 16},
    {"fp16", 16},
    {"fp8", 8},
    {"int8", 8},
    {"awq", 4 + 20.0 / 128},
    {"gptq", 4 + 20.0 / 128},
    {"int4", 4 + 20.0 / 128},
    {"mxfp4", 4 + 8.0 / 32},
    {"nvfp4", 4 + 8.0 / 16},
};

double el_arch_format_bits(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (el_str_eq_nocase(name, known[i].name))
            return known[i].bits;
    return el_gguf_bits(name);
}

/* By the config.json of the published FP8 checkpoints; those of Llama 4 and
 * GLM 4.5 scale rows. */
bool el_arch_block_scaled(const el_arch_desc *arch)
{
    static const char *const prefix[] = {"deepseek", "kimi", "minimax", "qwen"};
    double bits =
        arch->expert_bits > 0.0 ? arch->expert_bits : arch->weight_bits;

    if (!(bits == 8.0) || strcmp(arch->quantisation, "int8") == 0)
        return false;
    for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++)
        if (strncmp(arch->family, prefix[i], strlen(prefix[i])) == 0)
            return true;
    return false;
}

static void set_weights(el_arch_desc *a, const char *name, double bits)
{
    bool experts_only = el_str_eq_nocase(name, "mxfp4") && a->experts > 0;

    a->weight_bits = experts_only ? 16 : bits;
    a->attn_bits = a->ffn_bits = a->shared_bits = a->ssm_bits = a->weight_bits;
    a->expert_bits = bits;
    a->embed_bits = 16;
    el_str_copy(a->quantisation, sizeof a->quantisation, bits < 16 ? name : "");
}

el_status el_arch_quantise(el_arch_desc *arch, const char *weights,
                           const char *kv, el_error *err)
{
    el_arch_desc a;
    el_status st;

    if (!arch)
        return el_fail(err, EL_E_ARG, "arch quantise: NULL architecture");
    a = *arch;
    if (weights && *weights) {
        double bits = el_arch_format_bits(weights);

        if (isnan(bits))
            return el_fail(err, EL_E_ARG,
                           "weight format: unknown \"%.40s\" (bfloat16, "
                           "float16, fp8, int8, awq, gptq, int4, mxfp4, nvfp4, "
                           "q4_k, q8_0 ...)",
                           weights);
        set_weights(&a, weights, bits);
    }
    if (kv && *kv) {
        double bits = el_arch_format_bits(kv);

        if (!(bits >= 8)) /* NaN too: nobody serves a 4-bit cache */
            return el_fail(err, EL_E_ARG,
                           "KV cache format: unknown \"%.40s\" (bfloat16, "
                           "float16, fp8, int8)",
                           kv);
        a.kv_bits = bits;
    }
    st = el_arch_count(&a, err);
    if (st == EL_OK)
        *arch = a;
    return st;
}

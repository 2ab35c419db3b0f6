/* SPDX-License-Identifier: Apache-2.0 */
#include "model/arch_parts.h"

static double or_else(double value, double otherwise)
{
    return value > 0 ? value : otherwise;
}

static void add_gqa(const el_arch_desc *a, const el_arch_block *b,
                    el_arch_parts *p)
{
    double w = or_else(b->head_dim, a->head_dim);
    double q = or_else(b->heads, a->heads) * w;
    double kv = or_else(b->kv_heads, a->kv_heads) * w;

    p->attn_in =
        a->hidden * (q * (a->attn_gate ? 2 : 1) + kv * (b->k_is_v ? 1 : 2));
    p->attn_out = q * a->hidden;
    p->rest += a->qkv_bias ? q + 2 * kv : 0;
    p->rest += a->out_bias ? a->hidden : 0;
    p->rest += a->qk_norm ? 2 * w : 0;
    if (b->mixer == EL_MIXER_CROSS)
        p->rest += 2; /* two gates */
}

/* DeepSeek-V2, arXiv 2405.04434, section 2.1; indexer of DeepSeek-V3.2. */
static void add_mla(const el_arch_desc *a, const el_arch_block *b,
                    el_arch_parts *p)
{
    double heads = or_else(b->heads, a->heads);
    double q = heads * (a->qk_nope_dim + a->qk_rope_dim);
    double from = or_else(a->q_lora_rank, a->hidden);
    double v = heads * a->v_head_dim;

    p->attn_in = a->hidden * a->q_lora_rank + from * q +
                 a->hidden * (a->kv_lora_rank + a->qk_rope_dim);
    if (!a->absorbed)
        p->attn_in +=
            a->kv_lora_rank * heads * (a->qk_nope_dim + a->v_head_dim);
    p->attn_in += a->index_heads * a->index_dim * from +
                  a->hidden * (a->index_dim + a->index_heads);
    p->attn_out = v * a->hidden;
    if (a->o_lora_rank > 0)
        p->attn_out =
            v * a->o_lora_rank + a->o_groups * a->o_lora_rank * a->hidden;
    p->rest += a->q_lora_rank + a->kv_lora_rank;
}

/* Gu and Dao, arXiv 2312.00752: one convolution, dt through a bottleneck. */
static void add_ssm(const el_arch_desc *a, el_arch_parts *p)
{
    double d = a->ssm_inner, state = a->ssm_state;

    p->ssm = 3 * a->hidden * d + d * (a->ssm_dt_rank + 2 * state) +
             a->ssm_dt_rank * d;
    p->rest += d * (a->ssm_conv + 1) + d * state + 2 * d;
}

/* Dao and Gu, arXiv 2405.21060, section 7. */
static void add_ssm2(const el_arch_desc *a, el_arch_parts *p)
{
    double d = a->ssm_inner, bc = 2 * a->ssm_groups * a->ssm_state;

    p->ssm = a->hidden * (2 * d + bc + a->ssm_heads) + d * a->hidden;
    p->rest += (d + bc) * (a->ssm_conv + 1) + 3 * a->ssm_heads + d;
}

/* Gated delta net as in Qwen3-Next: q, k, v, z, two gates per value head. */
static void add_linear(const el_arch_desc *a, el_arch_parts *p)
{
    double k = a->linear_key_heads * a->linear_key_dim;
    double v = a->linear_value_heads * a->linear_value_dim;

    p->ssm =
        a->hidden * (2 * k + 2 * v + 2 * a->linear_value_heads) + v * a->hidden;
    p->rest += (2 * k + v) * a->linear_conv + 2 * a->linear_value_heads +
               a->linear_value_dim;
}

static void add_mixer(const el_arch_desc *a, const el_arch_block *b,
                      el_arch_parts *p)
{
    switch (b->mixer) {
    case EL_MIXER_GQA:
    case EL_MIXER_CROSS:
        add_gqa(a, b, p);
        break;
    case EL_MIXER_MLA:
        add_mla(a, b, p);
        break;
    case EL_MIXER_SSM:
        add_ssm(a, p);
        break;
    case EL_MIXER_SSM2:
        add_ssm2(a, p);
        break;
    case EL_MIXER_LINEAR:
        add_linear(a, p);
        break;
    case EL_MIXER_NONE:
        return;
    }
    p->rest += a->norm_vectors * a->hidden;
}

static void add_ffn(const el_arch_desc *a, const el_arch_block *b,
                    el_arch_parts *p)
{
    double per_width = a->mlp_matrices * a->hidden;
    double bias = a->mlp_bias ? a->mlp_matrices - 1 : 0;
    double width = or_else(b->intermediate, a->intermediate);

    if (b->ffn == EL_FFN_NONE)
        return;
    p->rest += a->norm_vectors * a->hidden;
    if (b->ffn == EL_FFN_DENSE) {
        p->ffn = per_width * width;
        p->rest += bias > 0 ? bias * width + a->hidden : 0;
        return;
    }
    p->expert = per_width * a->moe_intermediate;
    if (bias > 0)
        p->expert += bias * a->moe_intermediate + a->hidden;
    p->shared = per_width * a->shared_intermediate * a->shared_experts;
    p->rest += a->experts * a->hidden;
}

el_arch_parts el_arch_parts_of(const el_arch_desc *arch,
                               const el_arch_block *block)
{
    el_arch_parts parts = {0};

    add_mixer(arch, block, &parts);
    add_ffn(arch, block, &parts);
    return parts;
}

double el_arch_kv_values(const el_arch_desc *arch, const el_arch_block *block)
{
    if (block->kv_shared)
        return 0;
    if (block->mixer == EL_MIXER_MLA)
        return arch->kv_lora_rank + arch->qk_rope_dim;
    if (block->mixer == EL_MIXER_GQA || block->mixer == EL_MIXER_CROSS)
        return 2 * or_else(block->kv_heads, arch->kv_heads) *
               or_else(block->head_dim, arch->head_dim);
    return 0;
}

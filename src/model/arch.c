/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/arch.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "model/arch_parts.h"

#define MAX_SIZE   0x1p31 /* no width, vocabulary or rank comes near */
#define MAX_PARAMS 0x1p53 /* counts stay exact */

typedef struct size_field {
    const char *name;
    size_t offset;
} size_field;

#define FIELD(name)                                                            \
    {                                                                          \
#name, offsetof(el_arch_desc, name)                                    \
    }
static const size_field field[] = {FIELD(hidden),
                                   FIELD(vocab),
                                   FIELD(positions),
                                   FIELD(heads),
                                   FIELD(kv_heads),
                                   FIELD(head_dim),
                                   FIELD(v_head_dim),
                                   FIELD(q_lora_rank),
                                   FIELD(kv_lora_rank),
                                   FIELD(qk_nope_dim),
                                   FIELD(qk_rope_dim),
                                   FIELD(o_lora_rank),
                                   FIELD(o_groups),
                                   FIELD(index_heads),
                                   FIELD(index_dim),
                                   FIELD(index_topk),
                                   FIELD(norm_vectors),
                                   FIELD(intermediate),
                                   FIELD(mlp_matrices),
                                   FIELD(experts),
                                   FIELD(top_k),
                                   FIELD(shared_experts),
                                   FIELD(moe_intermediate),
                                   FIELD(shared_intermediate),
                                   FIELD(ssm_inner),
                                   FIELD(ssm_state),
                                   FIELD(ssm_conv),
                                   FIELD(ssm_dt_rank),
                                   FIELD(ssm_heads),
                                   FIELD(ssm_groups),
                                   FIELD(linear_key_heads),
                                   FIELD(linear_value_heads),
                                   FIELD(linear_key_dim),
                                   FIELD(linear_value_dim),
                                   FIELD(linear_conv),
                                   FIELD(weight_bits),
                                   FIELD(attn_bits),
                                   FIELD(ffn_bits),
                                   FIELD(shared_bits),
                                   FIELD(ssm_bits),
                                   FIELD(expert_bits),
                                   FIELD(embed_bits),
                                   FIELD(kv_bits)};

static bool is_size(double value)
{
    return value >= 0 && value <= MAX_SIZE; /* false for NaN */
}

static el_status fail_size(const el_arch_desc *a, const char *what,
                           double value, el_error *err)
{
    return el_fail(err, EL_E_DATA, "%s: %s: absurd size (%g, limit 0 to %g)",
                   a->name[0] ? a->name : "architecture", what, value,
                   MAX_SIZE);
}

static el_status need(const el_arch_desc *a, const char *what, double value,
                      el_error *err)
{
    if (value > 0)
        return EL_OK;
    return el_fail(err, EL_E_DATA, "%s: %s: missing (%g, must be above 0)",
                   a->name[0] ? a->name : "architecture", what, value);
}

static el_status check_mixer(const el_arch_desc *a, const el_arch_block *b,
                             el_error *err)
{
    el_status st = EL_OK;

    switch (b->mixer) {
    case EL_MIXER_GQA:
    case EL_MIXER_CROSS:
        st = need(a, "heads", b->heads, err);
        if (st == EL_OK)
            st = need(a, "kv_heads", b->kv_heads, err);
        if (st == EL_OK)
            st = need(a, "head_dim", b->head_dim, err);
        break;
    case EL_MIXER_MLA:
        st = need(a, "heads", b->heads, err);
        if (st == EL_OK)
            st = need(a, "kv_lora_rank", a->kv_lora_rank, err);
        if (st == EL_OK)
            st = need(a, "v_head_dim", a->v_head_dim, err);
        break;
    case EL_MIXER_SSM:
    case EL_MIXER_SSM2:
        st = need(a, "ssm_inner", a->ssm_inner, err);
        break;
    case EL_MIXER_LINEAR:
        st = need(a, "linear_value_heads", a->linear_value_heads, err);
        break;
    case EL_MIXER_NONE:
        break;
    }
    return st;
}

static el_status check_ffn(const el_arch_desc *a, const el_arch_block *b,
                           el_error *err)
{
    el_status st = EL_OK;

    if (b->ffn == EL_FFN_DENSE)
        return need(a, "intermediate", b->intermediate, err);
    if (b->ffn == EL_FFN_MOE) {
        st = need(a, "experts", a->experts, err);
        if (st == EL_OK)
            st = need(a, "moe_intermediate", a->moe_intermediate, err);
    }
    return st;
}

static el_status check_block(const el_arch_desc *a, const el_arch_block *b,
                             el_error *err)
{
    const double size[] = {b->count,        b->stored,   b->window,
                           b->heads,        b->kv_heads, b->head_dim,
                           b->intermediate, b->kv_ratio};
    static const char *const name[] = {"layers",       "stored",   "window",
                                       "heads",        "kv_heads", "head_dim",
                                       "intermediate", "kv_ratio"};
    el_status st;

    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        if (!is_size(size[i]))
            return fail_size(a, name[i], size[i], err);
    st = check_mixer(a, b, err);
    return st == EL_OK ? check_ffn(a, b, err) : st;
}

static el_status check(const el_arch_desc *a, el_error *err)
{
    el_status st = need(a, "hidden", a->hidden, err);

    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        double v;

        memcpy(&v, (const char *)a + field[i].offset, sizeof v);
        if (!is_size(v))
            return fail_size(a, field[i].name, v, err);
    }
    if (st == EL_OK)
        st = need(a, "vocab", a->vocab, err);
    if (st == EL_OK && (a->n_block < 1 || a->n_block > EL_ARCH_MAX_BLOCKS))
        st = el_fail(err, EL_E_DATA, "%s: blocks: out of range (%zu, 1 to %u)",
                     a->name, a->n_block, EL_ARCH_MAX_BLOCKS);
    for (size_t i = 0; st == EL_OK && i < a->n_block; i++)
        st = check_block(a, &a->block[i], err);
    if (st != EL_OK)
        return st;
    if (!(el_arch_layers(a) <= EL_ARCH_MAX_LAYERS))
        return el_fail(err, EL_E_DATA, "%s: layers: absurd (%g, limit %u)",
                       a->name, el_arch_layers(a), EL_ARCH_MAX_LAYERS);
    return EL_OK;
}

static void fill(double *value, double otherwise)
{
    if (*value == 0.0)
        *value = otherwise;
}

static void fill_zeros(el_arch_desc *a)
{
    fill(&a->weight_bits, 16);
    fill(&a->attn_bits, a->weight_bits);
    fill(&a->ffn_bits, a->weight_bits);
    fill(&a->shared_bits, a->weight_bits);
    fill(&a->ssm_bits, a->weight_bits);
    fill(&a->expert_bits, a->weight_bits);
    fill(&a->embed_bits, 16);
    fill(&a->kv_bits, 16);
    fill(&a->mlp_matrices, 3);
    fill(&a->norm_vectors, 1);
    fill(&a->v_head_dim, a->head_dim);
    fill(&a->moe_intermediate, a->experts > 0 ? a->intermediate : 0);
    fill(&a->shared_intermediate,
         a->shared_experts > 0 ? a->moe_intermediate : 0);
    for (size_t i = 0; i < a->n_block && i < EL_ARCH_MAX_BLOCKS; i++) {
        fill(&a->block[i].heads, a->heads);
        fill(&a->block[i].kv_heads, a->kv_heads);
        fill(&a->block[i].head_dim, a->head_dim);
        fill(&a->block[i].intermediate, a->intermediate);
    }
}

static void add_block(el_arch_desc *a, const el_arch_block *b, double *linear,
                      double *linear_bits)
{
    el_arch_parts p = el_arch_parts_of(a, b);
    double stored = b->stored > 0 ? b->stored : b->count;
    double attn = p.attn_in + p.attn_out;
    double dense = attn + p.ssm + p.ffn + p.shared;
    double bits = attn * a->attn_bits + p.ssm * a->ssm_bits +
                  p.ffn * a->ffn_bits + p.shared * a->shared_bits;

    *linear += b->count * dense;
    *linear_bits += b->count * bits;
    a->params += stored * (dense + p.rest + p.expert * a->experts);
    a->body_params += b->count * (dense + p.rest + p.expert * a->top_k);
    a->weight_bytes +=
        stored * (bits + p.expert * a->experts * a->expert_bits + p.rest * 16) /
        8;
}

/* That the text's cross-attention reads, of an image of the default size. */
static double image_tokens(const el_arch_desc *a)
{
    el_image_work work;

    el_tower_image(&a->vision, EL_ARCH_IMAGE_SIDE, EL_ARCH_IMAGE_SIDE, &work);
    return work.tokens;
}

static void add_cache(el_arch_desc *a, const el_arch_block *b)
{
    double bytes = el_arch_kv_values(a, b) * a->kv_bits / 8;
    double k = a->linear_key_heads * a->linear_key_dim;
    double v = a->linear_value_heads * a->linear_value_dim;
    double ratio = b->kv_ratio > 1 ? b->kv_ratio : 1;

    if (b->mixer == EL_MIXER_CROSS)
        a->kv_bytes_per_image += b->count * bytes * image_tokens(a);
    else
        a->kv_bytes_per_token += b->count * bytes / ratio;
    if (b->mixer == EL_MIXER_MLA && bytes > 0)
        a->kv_bytes_per_token += b->count * a->index_dim / ratio;
    if (b->mixer == EL_MIXER_SSM)
        a->state_bytes +=
            b->count * a->ssm_inner * (a->ssm_state * 4 + a->ssm_conv * 2);
    if (b->mixer == EL_MIXER_SSM2)
        a->state_bytes +=
            b->count * (a->ssm_inner * a->ssm_state * 4 +
                        (a->ssm_inner + 2 * a->ssm_groups * a->ssm_state) *
                            a->ssm_conv * 2);
    if (b->mixer == EL_MIXER_LINEAR)
        a->state_bytes += b->count * (v * a->linear_key_dim * 4 +
                                      (2 * k + v) * a->linear_conv * 2);
}

el_status el_arch_count(el_arch_desc *arch, el_error *err)
{
    el_arch_desc a;
    double linear = 0, linear_bits = 0, embedding, copies;
    el_status st;

    if (!arch)
        return el_fail(err, EL_E_ARG, "arch count: NULL architecture");
    a = *arch;
    fill_zeros(&a);
    st = check(&a, err);
    if (st != EL_OK)
        return st;
    embedding = a.hidden * a.vocab;
    copies = a.tied ? 1 : 2;
    a.body_params = a.norm_vectors > 1 ? 2 * a.hidden : a.hidden;
    a.params = a.body_params + copies * embedding + a.positions * a.hidden +
               a.other_params;
    a.weight_bytes = a.body_params * 2 + copies * embedding * a.embed_bits / 8 +
                     (a.positions * a.hidden + a.other_params) * 2;
    a.kv_bytes_per_token = a.kv_bytes_per_image = a.state_bytes = 0;
    for (size_t i = 0; i < a.n_block; i++) {
        add_block(&a, &a.block[i], &linear, &linear_bits);
        add_cache(&a, &a.block[i]);
    }
    a.active_params = a.body_params + embedding;
    if (linear > 0)
        a.weight_bits = linear_bits / linear;
    if (!(a.params >= 0 && a.params <= MAX_PARAMS))
        return el_fail(
            err, EL_E_DATA, "%s: parameters: absurd number (%g, limit %g)",
            a.name[0] ? a.name : "architecture", a.params, MAX_PARAMS);
    *arch = a;
    return EL_OK;
}

double el_arch_layers(const el_arch_desc *arch)
{
    double n = 0;

    for (size_t i = 0; i < arch->n_block; i++)
        n += arch->block[i].count;
    return n;
}

double el_arch_kv_bytes(const el_arch_desc *arch, double context)
{
    double total = 0;

    for (size_t i = 0; i < arch->n_block; i++) {
        const el_arch_block *b = &arch->block[i];
        double bytes = el_arch_kv_values(arch, b) * arch->kv_bits / 8;
        double near = b->window > 0 ? fmin(context, b->window) : context;

        if (b->mixer == EL_MIXER_CROSS)
            continue;
        if (b->mixer == EL_MIXER_MLA && bytes > 0)
            bytes += arch->index_dim;
        if (b->kv_ratio > 1)
            near = context / b->kv_ratio +
                   (b->window > 0 ? fmin(context, b->window) : 0);
        total += b->count * bytes * near;
    }
    return total;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue knows fewer facts than a config.json: fill in the rest. */
#include "energylens/arch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "model/arch_parts.h"

#define CLOSE 0.01 /* a count within this is the published one */

/* How many layers have a mixer or FFN of some kind. */
typedef struct share {
    el_arch_block kind;
    double count;
} share;

static double known(double value, double otherwise)
{
    return el_is_known(value) ? value : otherwise;
}

static bool starts(const char *text, const char *with)
{
    return text && strncmp(text, with, strlen(with)) == 0;
}

/* What stands in the layers that have no growing cache. */
static el_mixer other_mixer(const el_llm *m)
{
    if (starts(m->family, "qwen3"))
        return EL_MIXER_LINEAR;
    if (starts(m->family, "mllama"))
        return EL_MIXER_CROSS;
    if (starts(m->family, "nemotron_nas"))
        return EL_MIXER_NONE;
    if (starts(m->family, "nemotron") || starts(m->family, "granite") ||
        starts(m->family, "mamba2") || starts(m->family, "zamba2"))
        return EL_MIXER_SSM2;
    return EL_MIXER_SSM;
}

static void set_sizes(const el_llm *m, el_arch_desc *a)
{
    el_str_copy(a->name, sizeof a->name, m->name ? m->name : "");
    el_str_copy(a->family, sizeof a->family, m->family ? m->family : "");
    a->hidden = m->hidden;
    a->vocab = m->vocab;
    a->heads = known(m->heads, 0);
    a->kv_heads = known(m->kv_heads, a->heads);
    a->head_dim = known(m->head_dim, a->heads > 0 ? a->hidden / a->heads : 0);
    a->intermediate = known(m->intermediate, 0);
    a->mlp_matrices = known(m->mlp_matrices, 3);
    a->norm_vectors = a->mlp_matrices < 3 && m->arch != EL_ARCH_HYBRID ? 2 : 1;
    a->mlp_bias = a->qkv_bias = a->norm_vectors > 1;
    a->experts = known(m->experts, 0);
    a->top_k = known(m->top_k, 0);
    a->shared_experts = known(m->shared_experts, 0);
    a->moe_intermediate = known(m->moe_intermediate, 0);
    if (starts(m->family, "opt"))
        a->positions = 2050;
    if (starts(m->family, "gemma4") && a->experts > 0) {
        a->shared_experts = 1; /* the dense MLP beside the experts */
        a->shared_intermediate = a->intermediate;
    }
}

/* Full layers of Gemma 4: heads twice as wide, a quarter of the KV heads. */
static void widen_full(el_arch_desc *a)
{
    for (size_t i = 0; i < a->n_block; i++)
        if (!(a->block[i].window > 0)) {
            a->block[i].head_dim = 2 * a->head_dim;
            a->block[i].kv_heads = a->kv_heads / 4;
            a->block[i].k_is_v = true;
        }
}

/* The cache is narrower than heads x head_dim: latent attention. */
static bool set_mla(const el_llm *m, el_arch_desc *a)
{
    double width = m->kv_bytes_per_token / (2 * known(m->attention_layers, 0));

    if (!(width > 64 && width < 1.9 * a->kv_heads * a->head_dim) ||
        a->kv_heads < a->heads)
        return false;
    a->qk_rope_dim = width < 400 ? 32 : 64;
    a->kv_lora_rank = width - a->qk_rope_dim;
    a->v_head_dim = a->head_dim;
    a->qk_nope_dim = a->head_dim > 128 ? a->head_dim - 64 : a->head_dim;
    a->q_lora_rank = a->hidden < 2500 ? 0 : a->hidden < 4096 ? 768 : 1536;
    if (starts(m->family, "glm_moe_dsa")) {
        a->q_lora_rank = 2048;
        a->index_heads = 32;
        a->index_dim = 128;
        a->index_topk = 2048;
    }
    return true;
}

static double given(double value, double otherwise)
{
    return value > 0 ? value : otherwise;
}

static void set_scan(const el_llm *m, el_mixer mixer, el_arch_desc *a)
{
    bool second = mixer == EL_MIXER_SSM2;

    if (mixer == EL_MIXER_LINEAR) {
        a->linear_key_heads = 16;
        a->linear_value_heads = 32;
        a->linear_key_dim = a->linear_value_dim = 128;
        a->linear_conv = 4;
        a->attn_gate = true;
        return;
    }
    a->ssm_inner = given(m->ssm_inner, 2 * a->hidden);
    a->ssm_state = given(m->ssm_state, second ? 128 : 16);
    a->ssm_conv = 4;
    a->ssm_dt_rank = second ? 0 : ceil(a->hidden / 16);
    if (!second)
        return;
    a->ssm_heads = given(m->ssm_heads, floor(a->ssm_inner / 64));
    a->ssm_groups = given(m->ssm_groups, 8);
}

/* Pair mixers with FFNs in order; the pairing itself does not cost. */
static void pair(share *mixer, size_t n_mixer, share *ffn, size_t n_ffn,
                 el_arch_desc *a)
{
    size_t i = 0, j = 0;

    while (i < n_mixer && j < n_ffn) {
        double n = fmin(mixer[i].count, ffn[j].count);

        if (n > 0) {
            a->block[a->n_block] = mixer[i].kind;
            a->block[a->n_block].ffn = ffn[j].kind.ffn;
            a->block[a->n_block++].count = n;
        }
        mixer[i].count -= n;
        ffn[j].count -= n;
        if (!(mixer[i].count > 0))
            i++;
        else
            j++;
    }
}

/* Nemotron-H gives a layer either a mixer or an FFN. */
static void set_blocks(const el_llm *m, bool mla, el_mixer other,
                       el_arch_desc *a)
{
    double layers = m->layers,
           attn = fmin(known(m->attention_layers, layers), layers);
    double moe =
        a->experts > 0 ? fmin(known(m->moe_layers, layers), layers) : 0;
    bool split = starts(m->family, "nemotron_h");
    double half = moe > 0 ? moe : floor((layers - attn) / 2);
    double rest = m->ssm_layers > 0 ? layers - attn - m->ssm_layers : half;
    double ffn = split ? fmax(0, fmin(rest, layers - attn)) : 0;
    double windowed = fmin(known(m->window_layers, 0), attn);
    double dense = layers - moe;
    bool has_ffn = a->intermediate > 0;
    share mixers[] = {
        {{.mixer = mla ? EL_MIXER_MLA : EL_MIXER_GQA,
          .window = known(m->sliding_window, 0)},
         windowed},
        {{.mixer = mla ? EL_MIXER_MLA : EL_MIXER_GQA}, attn - windowed},
        {{.mixer = other}, layers - attn - ffn},
        {{.mixer = EL_MIXER_NONE}, ffn},
    };
    share ffns[] = {
        {{.ffn = has_ffn ? EL_FFN_DENSE : EL_FFN_NONE}, dense},
        {{.ffn = EL_FFN_MOE}, moe},
    };

    if (split) {
        ffns[0].kind.ffn = EL_FFN_NONE;
        ffns[0].count = layers - ffn;
        ffns[1].kind.ffn = moe > 0 ? EL_FFN_MOE : EL_FFN_DENSE;
        ffns[1].count = ffn;
    }
    pair(mixers, 4, ffns, 2, a);
}

/*
 * One embedding matrix or two. What is inactive of a dense network is the
 * embedding; of others the count that is nearer decides.
 */
static el_status choose_tied(const el_llm *m, el_arch_desc *a, el_error *err)
{
    el_arch_desc tied = *a;
    bool dense = !(a->experts > 0) && el_is_known(m->active_params);
    el_status st;

    if (dense) {
        a->tied = m->params - m->active_params < a->hidden * a->vocab / 2;
        return el_arch_count(a, err);
    }
    tied.tied = true;
    st = el_arch_count(a, err);
    if (st == EL_OK)
        st = el_arch_count(&tied, err);
    if (st == EL_OK &&
        fabs(tied.params - m->params) < fabs(a->params - m->params))
        *a = tied;
    return st;
}

/* Newton on the one width that is unknown: the count is linear in it. */
static el_status fit_width(const el_llm *m, double *width, double grain,
                           el_arch_desc *a, el_error *err)
{
    double before = a->params, was = *width, slope;
    el_status st;

    *width = was + grain;
    st = el_arch_count(a, err);
    if (st != EL_OK)
        return st;
    slope = (a->params - before) / grain;
    if (slope > 0)
        *width = fmax(
            grain, grain * round((was + (m->params - before) / slope) / grain));
    if (a->ssm_heads > 0)
        a->ssm_heads = fmax(1, floor(a->ssm_inner / 64));
    return el_arch_count(a, err);
}

static double *unknown_width(el_mixer other, el_arch_desc *a)
{
    if (other == EL_MIXER_LINEAR)
        return &a->linear_value_heads;
    if (other == EL_MIXER_NONE) /* pruned layers: their FFN */
        return &a->block[a->n_block - 1].intermediate;
    return &a->ssm_inner;
}

static el_status set_bits(const el_llm *m, el_arch_desc *a, el_error *err)
{
    double bits = known(m->weight_bits, 16);

    if (!(bits < 16))
        return el_arch_count(a, err);
    if (starts(a->family, "gpt_oss"))
        return el_arch_quantise(a, "mxfp4", "", err);
    a->weight_bits = a->attn_bits = a->ffn_bits = a->shared_bits = bits;
    a->ssm_bits = a->expert_bits = bits;
    el_str_copy(a->quantisation, sizeof a->quantisation,
                bits > 7 ? "fp8" : "int4");
    return el_arch_count(a, err);
}

static void explain(const el_llm *m, bool guessed, el_arch_desc *a)
{
    double off = m->params > 0 ? a->params / m->params - 1 : 0;

    a->generic = guessed || fabs(off) > CLOSE;
    if (fabs(off) > CLOSE)
        (void)snprintf(a->note, sizeof a->note,
                       "shape from the catalogue counts %.2f B parameters, "
                       "published are %.2f B: give config.json",
                       a->params / 1e9, m->params / 1e9);
    else if (guessed)
        (void)snprintf(a->note, sizeof a->note,
                       "the catalogue lacks latent or state sizes: chosen by "
                       "family and parameter count; give config.json");
}

el_status el_arch_from_llm(const el_llm *llm, el_arch_desc *out, el_error *err)
{
    el_arch_desc a = {0};
    el_mixer other;
    bool mla, scan, guessed;
    el_status st;

    if (!llm || !out)
        return el_fail(err, EL_E_ARG, "arch from catalogue: NULL argument");
    if (!(llm->layers >= 1 && llm->hidden >= 1 && llm->vocab >= 1))
        return el_fail(err, EL_E_DATA,
                       "%s: the catalogue has no layers, hidden or vocab: "
                       "give its config.json",
                       llm->slug ? llm->slug : "model");
    set_sizes(llm, &a);
    other = other_mixer(llm);
    mla = set_mla(llm, &a);
    scan = known(llm->attention_layers, llm->layers) < llm->layers &&
           other != EL_MIXER_CROSS;
    if (scan && other != EL_MIXER_NONE)
        set_scan(llm, other, &a);
    if (llm->vision_params > 0)
        el_tower_usual(llm, &a.vision);
    set_blocks(llm, mla, other, &a);
    if (starts(llm->family, "gemma4"))
        widen_full(&a);
    st = choose_tied(llm, &a, err);
    guessed = mla || (scan && !(llm->ssm_inner > 0));
    if (st == EL_OK && guessed && scan && llm->params > 0)
        st = fit_width(llm, unknown_width(other, &a),
                       other == EL_MIXER_SSM2 ? 64 : 16, &a, err);
    if (st == EL_OK)
        st = set_bits(llm, &a, err);
    if (st != EL_OK)
        return st;
    explain(llm, guessed, &a);
    *out = a;
    return EL_OK;
}

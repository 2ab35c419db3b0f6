/* SPDX-License-Identifier: Apache-2.0 */
/* The families: one row each, and readers for what the usual keys miss. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/hf_config_reader.h"

#define REQUIRED ((double)NAN)

static void refuse(el_hf *r)
{
    el_hf_fail(r, "model_type",
               "\"%s\" is not a decoder-only language model: nothing to "
               "predict (encoder, tower or diffusion)",
               r->family->type);
}

/* One KV head where multi_query says so (Falcon, GPT-BigCode). */
static void read_multi_query(el_hf *r)
{
    bool grouped = el_hf_flag(r, "new_decoder_architecture", false);
    bool one = el_hf_flag(r, "multi_query", true) && !grouped;

    el_hf_read_plain(r);
    if (one) /* GQA blocks take their heads from here, by el_arch_count */
        r->arch.kv_heads = 1;
}

static void read_qwen(el_hf *r) /* 1: the width of gate and up together */
{
    el_hf_read_plain(r);
    r->arch.intermediate = floor(r->arch.intermediate / 2);
}

/* Every other layer reads blocks of 64 tokens, about one in eight. */
static void read_phi3small(el_hf *r)
{
    el_hf_read_plain(r);
    if (el_hf_has(r, "blocksparse_block_size"))
        (void)snprintf(r->arch.note, sizeof r->arch.note,
                       "block-sparse attention counted as full");
}

static void read_opt(el_hf *r)
{
    el_hf_read_plain(r);
    r->arch.positions += 2; /* padding rows */
}

static void read_llama4(el_hf *r)
{
    el_arch_desc *a = &r->arch;
    const json_t *no_rope = el_hf_get(r->at, "no_rope_layers");
    size_t every = (size_t)el_hf_int(r, "nope_layer_interval", 1, 4096, 4);

    el_hf_shape(r);
    a->moe_intermediate = a->intermediate;
    a->intermediate =
        el_hf_int(r, "intermediate_size_mlp", 1, EL_HF_MAX_WIDTH, REQUIRED);
    a->shared_experts = a->experts > 0 ? 1 : 0;
    a->shared_intermediate = a->moe_intermediate;
    if (json_array_size(no_rope) > 0)
        no_rope = el_hf_layer_list(r, "no_rope_layers");
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        el_arch_block b = {.mixer = EL_MIXER_GQA};
        const json_t *rope = json_array_get(no_rope, i);
        bool whole =
            rope ? json_integer_value(rope) == 0 : (i + 1) % every == 0;

        b.ffn = el_hf_ffn_of(r, i);
        b.window = whole ? 0 : el_hf_window_of(r, i);
        el_hf_add(r, &b);
    }
}

static bool is_listed(const json_t *list, size_t i)
{
    for (size_t k = 0; k < json_array_size(list); k++) {
        const json_t *value = json_array_get(list, k);

        if (json_is_integer(value) &&
            json_integer_value(value) == (json_int_t)i)
            return true;
    }
    return false;
}

static void read_mllama(el_hf *r)
{
    const json_t *cross = el_hf_get(r->at, "cross_attention_layers");

    el_hf_shape(r);
    if (!json_is_array(cross))
        el_hf_fail(r, "cross_attention_layers", "missing or not a list");
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        el_arch_block b = {.ffn = EL_FFN_DENSE};

        b.mixer = is_listed(cross, i) ? EL_MIXER_CROSS : EL_MIXER_GQA;
        el_hf_add(r, &b);
    }
}

/* Dense MLP and experts side by side; wider heads in full layers. */
static void gemma4_sizes(el_hf *r)
{
    el_arch_desc *a = &r->arch;
    double per_layer =
        el_hf_int(r, "hidden_size_per_layer_input", 0, EL_HF_MAX_WIDTH, 0);

    el_hf_shape(r);
    if (!el_hf_flag(r, "enable_moe_block", false))
        a->experts = 0;
    if (a->experts > 0) {
        a->shared_experts = 1;
        a->shared_intermediate = a->intermediate;
    }
    if (per_layer > 0)
        a->other_params = per_layer * (double)r->layers *
                          el_hf_int(r, "vocab_size_per_layer_input", 1,
                                    EL_HF_MAX_VOCAB, a->vocab);
}

static void read_gemma4(el_hf *r)
{
    el_arch_desc *a = &r->arch;
    el_arch_block wide = {.mixer = EL_MIXER_GQA};
    double own;

    gemma4_sizes(r);
    wide.k_is_v = el_hf_flag(r, "attention_k_eq_v", false);
    wide.head_dim =
        el_hf_int(r, "global_head_dim", 0, EL_HF_MAX_WIDTH, a->head_dim);
    wide.kv_heads = el_hf_int(r, "num_global_key_value_heads", 0,
                              EL_HF_MAX_WIDTH, a->kv_heads);
    own = (double)r->layers -
          el_hf_int(r, "num_kv_shared_layers", 0, EL_ARCH_MAX_LAYERS, 0);
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        double window = el_hf_window_of(r, i);
        el_arch_block b = {.mixer = EL_MIXER_GQA};

        if (window == 0)
            b = wide;
        b.window = window;
        b.ffn = a->experts > 0 ? EL_FFN_MOE : EL_FFN_DENSE;
        b.kv_shared = (double)i >= own;
        if (b.kv_shared && el_hf_flag(r, "use_double_wide_mlp", false))
            b.intermediate = 2 * a->intermediate;
        el_hf_add(r, &b);
    }
}

/* DeepSeek-V4: one latent head is key and value, kept for a window and
 * compressed beyond it; queries and outputs in two steps. */
static void deepseek_v4_sizes(el_hf *r)
{
    el_arch_desc *a = &r->arch;

    el_hf_shape(r);
    a->absorbed = true;
    a->q_lora_rank = el_hf_int(r, "q_lora_rank", 1, EL_HF_MAX_WIDTH, REQUIRED);
    a->qk_rope_dim =
        el_hf_int(r, "qk_rope_head_dim", 0, a->head_dim - 1, REQUIRED);
    a->qk_nope_dim = a->kv_lora_rank = a->head_dim - a->qk_rope_dim;
    a->v_head_dim = a->head_dim;
    a->o_lora_rank = el_hf_int(r, "o_lora_rank", 0, EL_HF_MAX_WIDTH, 0);
    a->o_groups = el_hf_int(r, "o_groups", 1, EL_HF_MAX_WIDTH, 1);
    a->index_topk = el_hf_int(r, "index_topk", 0, 0x1p30, 0);
    a->index_heads = el_hf_int(r, "index_n_heads", 0, EL_HF_MAX_WIDTH, 0);
    a->index_dim = el_hf_int(r, "index_head_dim", 0, EL_HF_MAX_WIDTH, 0);
    a->intermediate = 0; /* every layer has experts */
}

static void read_deepseek_v4(el_hf *r)
{
    const json_t *ratios;

    deepseek_v4_sizes(r);
    ratios = el_hf_layer_list(r, "compress_ratios");
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        const json_t *ratio = json_array_get(ratios, i);
        el_arch_block b = {.mixer = EL_MIXER_MLA, .ffn = EL_FFN_MOE};

        b.kv_ratio = json_number_value(ratio);
        b.window = el_hf_int(r, "sliding_window", 0, 0x1p30, 0);
        if (!(b.kv_ratio >= 0 && b.kv_ratio <= 0x1p20))
            el_hf_fail(r, "compress_ratios",
                       "layer %zu is out of range (%g, limit 0 to 2^20)", i,
                       b.kv_ratio);
        el_hf_add(r, &b);
    }
    (void)snprintf(r->arch.note, sizeof r->arch.note,
                   "compressed attention: hyper-connections and compressors "
                   "(0.1 %% of the parameters) are not counted");
}

/* Nemotron-NAS: what each layer has is listed. */
static void nas_attention(el_hf *r, const json_t *part, el_arch_block *b)
{
    const json_t *group = el_hf_get(part, "n_heads_in_group");
    const json_t *kv = el_hf_get(part, "num_key_value_heads");
    double heads = json_number_value(group);

    if (json_is_true(json_object_get(part, "no_op")))
        return;
    b->mixer = EL_MIXER_GQA;
    b->kv_heads = kv ? json_number_value(kv) : r->arch.heads / heads;
    b->window = json_number_value(el_hf_get(part, "window_length"));
    if (!(b->kv_heads >= 1 && b->kv_heads <= r->arch.heads && b->window >= 0 &&
          fmod(r->arch.heads, b->kv_heads) == 0.0))
        el_hf_fail(r, "block_configs",
                   "attention.n_heads_in_group is missing or does not divide "
                   "num_attention_heads (%g, heads %g)",
                   heads, r->arch.heads);
}

static void nas_ffn(el_hf *r, const json_t *part, el_arch_block *b)
{
    const json_t *width = el_hf_get(part, "intermediate_size");
    double mult = json_number_value(el_hf_get(part, "ffn_mult"));

    if (json_is_true(json_object_get(part, "no_op")))
        return;
    b->ffn = EL_FFN_DENSE;
    /* 2/3 of the width, since gated, in whole tiles of 256 (modeling_decilm) */
    b->intermediate =
        width ? json_number_value(width)
              : 256 * ceil(floor(2 * mult * r->arch.hidden / 3) / 256);
    if (!(b->intermediate >= 1 && b->intermediate <= EL_HF_MAX_WIDTH))
        el_hf_fail(r, "block_configs", "ffn.ffn_mult is missing or absurd (%g)",
                   mult);
}

static void read_nas(el_hf *r)
{
    const json_t *blocks;

    el_hf_shape(r);
    blocks = el_hf_layer_list(r, "block_configs");
    if (!blocks)
        el_hf_fail(r, "block_configs", "missing");
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        const json_t *one = json_array_get(blocks, i);
        const json_t *attention = json_object_get(one, "attention");
        const json_t *ffn = json_object_get(one, "ffn");
        el_arch_block b = {0};

        if (!json_is_object(attention) || !json_is_object(ffn) ||
            json_is_true(json_object_get(attention, "replace_with_linear")) ||
            json_is_true(json_object_get(ffn, "replace_with_linear"))) {
            el_hf_fail(r, "block_configs",
                       "layer %zu is not understood (wants attention and ffn "
                       "without replace_with_linear)",
                       i);
            return;
        }
        nas_attention(r, attention, &b);
        nas_ffn(r, ffn, &b);
        el_hf_add(r, &b);
    }
}

/* DBRX keeps part of its sizes in two objects. */
static void read_dbrx(el_hf *r)
{
    el_arch_desc *a = &r->arch;

    el_hf_shape(r);
    if (el_hf_enter(r, "attn_config")) {
        a->kv_heads = el_hf_int(r, "kv_n_heads", 1, a->heads, REQUIRED);
        el_hf_leave(r);
    }
    if (!el_hf_has(r, "ffn_config"))
        el_hf_fail(r, "ffn_config", "missing");
    if (el_hf_enter(r, "ffn_config")) {
        a->experts = el_hf_int(r, "moe_num_experts", 2, 65536, REQUIRED);
        a->top_k = el_hf_int(r, "moe_top_k", 1, a->experts, REQUIRED);
        a->moe_intermediate =
            el_hf_int(r, "ffn_hidden_size", 1, EL_HF_MAX_WIDTH, REQUIRED);
        el_hf_leave(r);
    }
    for (size_t i = 0; i < r->layers; i++)
        el_hf_add(r, &(el_arch_block){.mixer = EL_MIXER_GQA,
                                      .ffn = el_hf_ffn_of(r, i)});
}

/* What the configuration classes of transformers 4.5x assume. */
static const el_hf_defaults llama = {4096, 32, 32, 32, 0, 11008, 32000};
static const el_hf_defaults mistral = {4096, 32, 32, 8, 0, 14336, 32000};
static const el_hf_defaults qwen2 = {4096, 32, 32, 32, 0, 22016, 151936};
static const el_hf_defaults gemma2 = {2304, 26, 8, 4, 256, 9216, 256000};
static const el_hf_defaults gemma3 = {2304, 26, 8, 4, 256, 9216, 262208};
static const el_hf_defaults mllama = {4096, 40, 32, 8, 0, 14336, 128256};

/* clang-format off */
enum {
    GPT = EL_HF_MLP2 | EL_HF_BIAS | EL_HF_LAYER_NORM,
    FALCON = EL_HF_MLP2 | EL_HF_TIED | EL_HF_LAYER_NORM | EL_HF_PARALLEL |
             EL_HF_INNER_4H,
    GEMMA = EL_HF_TIED | EL_HF_NORM4
};

static const el_hf_family families[] = {
    {"llama", el_hf_read_plain, 0, &llama, 0},
    {"mistral", el_hf_read_plain, 0, &mistral, 0},
    {"mistral3", el_hf_read_plain, 0, &mistral, 0},
    {"ministral", el_hf_read_plain, 0, &mistral, 0},
    {"ministral3", el_hf_read_plain, 0, &mistral, 0},
    {"pixtral", el_hf_read_plain, 0, &mistral, 0},
    {"mixtral", el_hf_read_plain, 0, NULL, 0},
    {"llava", el_hf_read_plain, 0, &llama, 0},
    {"llava_next", el_hf_read_plain, 0, &llama, 0},
    {"llava_mistral", el_hf_read_plain, 0, &mistral, 0},
    {"llama4", read_llama4, EL_HF_QK_NORM, NULL, 0},
    {"llama4_text", read_llama4, EL_HF_QK_NORM, NULL, 0},
    {"mllama", read_mllama, 0, &mllama, 0},
    {"mllama_text_model", read_mllama, 0, &mllama, 0},
    {"nemotron-nas", read_nas, EL_HF_NO_FFN, NULL, 0},
    {"nemotron", el_hf_read_plain, EL_HF_MLP2 | EL_HF_LAYER_NORM, NULL, 0},
    {"nemotron_h", el_hf_read_nemotron_h, EL_HF_MLP2 | EL_HF_NO_FFN, NULL, 0},
    {"qwen", read_qwen, EL_HF_QKV_BIAS, NULL, 0},
    {"qwen2", el_hf_read_plain, EL_HF_QKV_BIAS, &qwen2, 0},
    {"qwen2_moe", el_hf_read_plain, EL_HF_QKV_BIAS, NULL, 0},
    {"qwen2_vl", el_hf_read_plain, EL_HF_QKV_BIAS, NULL, 0},
    {"qwen2_vl_text", el_hf_read_plain, EL_HF_QKV_BIAS, NULL, 0},
    {"qwen2_5_vl", el_hf_read_plain, EL_HF_QKV_BIAS, NULL, 0},
    {"qwen2_5_vl_text", el_hf_read_plain, EL_HF_QKV_BIAS, NULL, 0},
    {"qwen2_5_omni_text", el_hf_read_plain, EL_HF_QKV_BIAS, NULL, 0},
    {"qwen2_audio", el_hf_read_plain, EL_HF_QKV_BIAS, &qwen2, 0},
    {"qwen3", el_hf_read_plain, EL_HF_QK_NORM, NULL, 0},
    {"qwen3_moe", el_hf_read_plain, EL_HF_QK_NORM, NULL, 0},
    {"qwen3_vl_text", el_hf_read_plain, EL_HF_QK_NORM, NULL, 0},
    {"qwen3_vl_moe_text", el_hf_read_plain, EL_HF_QK_NORM, NULL, 0},
    {"qwen3_omni_moe_text", el_hf_read_plain, EL_HF_QK_NORM, NULL, 0},
    {"qwen3_next", el_hf_read_linear, EL_HF_QK_NORM, NULL, 4},
    {"qwen3_5", el_hf_read_linear, EL_HF_QK_NORM, NULL, 4},
    {"qwen3_5_text", el_hf_read_linear, EL_HF_QK_NORM, NULL, 4},
    {"qwen3_5_moe", el_hf_read_linear, EL_HF_QK_NORM, NULL, 4},
    {"qwen3_5_moe_text", el_hf_read_linear, EL_HF_QK_NORM, NULL, 4},
    {"gemma", el_hf_read_plain, EL_HF_TIED, NULL, 0},
    {"gemma2", el_hf_read_plain, GEMMA, &gemma2, 2},
    {"gemma3", el_hf_read_plain, GEMMA | EL_HF_QK_NORM, &gemma3, 6},
    {"gemma3_text", el_hf_read_plain, GEMMA | EL_HF_QK_NORM, &gemma3, 6},
    {"gemma4", read_gemma4, GEMMA | EL_HF_QK_NORM, NULL, 6},
    {"gemma4_text", read_gemma4, GEMMA | EL_HF_QK_NORM, NULL, 6},
    {"phi", el_hf_read_plain, GPT | EL_HF_PARALLEL, NULL, 0},
    {"phi3", el_hf_read_plain, 0, NULL, 0},
    {"phi3_v", el_hf_read_plain, 0, NULL, 0},
    {"phi4mm", el_hf_read_plain, EL_HF_TIED, NULL, 0},
    {"phi3small", read_phi3small,
     EL_HF_BIAS | EL_HF_TIED | EL_HF_LAYER_NORM, NULL, 0},
    {"phimoe", el_hf_read_plain, EL_HF_BIAS | EL_HF_LAYER_NORM, NULL, 0},
    {"falcon", read_multi_query, FALCON, NULL, 0},
    {"RefinedWeb", read_multi_query, FALCON, NULL, 0},
    {"RefinedWebModel", read_multi_query, FALCON, NULL, 0},
    {"opt", read_opt, GPT | EL_HF_TIED | EL_HF_POSITIONS, NULL, 0},
    {"gpt2", el_hf_read_plain,
     GPT | EL_HF_TIED | EL_HF_POSITIONS | EL_HF_INNER_4H, NULL, 0},
    {"gpt_bigcode", read_multi_query,
     GPT | EL_HF_TIED | EL_HF_POSITIONS | EL_HF_INNER_4H, NULL, 0},
    {"gpt_neo", el_hf_read_plain,
     GPT | EL_HF_TIED | EL_HF_POSITIONS | EL_HF_INNER_4H, NULL, 0},
    {"gptj", el_hf_read_plain,
     EL_HF_MLP2 | EL_HF_LAYER_NORM | EL_HF_PARALLEL | EL_HF_INNER_4H, NULL, 0},
    {"gpt_neox", el_hf_read_plain, GPT | EL_HF_PARALLEL | EL_HF_INNER_4H,
     NULL, 0},
    {"mpt", el_hf_read_plain, EL_HF_MLP2 | EL_HF_TIED | EL_HF_INNER_4H,
     NULL, 0},
    {"bloom", el_hf_read_plain, GPT | EL_HF_TIED | EL_HF_INNER_4H, NULL, 0},
    {"starcoder2", el_hf_read_plain, GPT | EL_HF_TIED, NULL, 0},
    {"stablelm", el_hf_read_plain, EL_HF_LAYER_NORM, NULL, 0},
    {"granite", el_hf_read_plain, 0, NULL, 0},
    {"granitemoe", el_hf_read_plain, EL_HF_TIED, NULL, 0},
    {"granitemoehybrid", el_hf_read_mamba_hybrid, EL_HF_TIED | EL_HF_NO_FFN,
     NULL, 0},
    {"bamba", el_hf_read_mamba_hybrid, 0, NULL, 0},
    {"olmo", el_hf_read_plain, 0, NULL, 0},
    {"olmo2", el_hf_read_plain, EL_HF_QK_NORM, NULL, 0},
    {"olmo3", el_hf_read_plain, EL_HF_QK_NORM, NULL, 4},
    {"olmoe", el_hf_read_plain, EL_HF_QK_NORM, NULL, 0},
    {"glm", el_hf_read_plain, EL_HF_QKV_BIAS, NULL, 0},
    {"glm4", el_hf_read_plain, EL_HF_QKV_BIAS | EL_HF_NORM4, NULL, 0},
    {"chatglm", el_hf_read_plain, EL_HF_QKV_BIAS, NULL, 0},
    {"glm4_moe", el_hf_read_plain, EL_HF_QKV_BIAS, NULL, 0},
    {"glm_moe_dsa", el_hf_read_plain, 0, NULL, 0},
    {"deepseek_v2", el_hf_read_plain, 0, NULL, 0},
    {"deepseek_v3", el_hf_read_plain, 0, NULL, 0},
    {"deepseek_v32", el_hf_read_plain, 0, NULL, 0},
    {"deepseek_v4", read_deepseek_v4, EL_HF_NO_FFN, NULL, 0},
    {"kimi_k2", el_hf_read_plain, 0, NULL, 0},
    {"minicpm", el_hf_read_plain, EL_HF_TIED, NULL, 0},
    {"minicpm3", el_hf_read_plain, EL_HF_TIED, NULL, 0},
    {"minimax_m2", el_hf_read_plain, EL_HF_QK_NORM, NULL, 0},
    {"minimax", el_hf_read_lightning, 0, NULL, 0},
    {"minimax_text_01", el_hf_read_lightning, 0, NULL, 0},
    {"gpt_oss", el_hf_read_plain, EL_HF_BIAS, NULL, 2},
    {"step3p5", el_hf_read_plain, 0, NULL, 0},
    {"step3p7", el_hf_read_plain, 0, NULL, 0},
    {"exaone", el_hf_read_plain, 0, NULL, 0},
    {"exaone4", el_hf_read_plain, EL_HF_QK_NORM, NULL, 4},
    {"cohere", el_hf_read_plain, EL_HF_TIED | EL_HF_PARALLEL, NULL, 0},
    {"cohere2", el_hf_read_plain, EL_HF_TIED | EL_HF_PARALLEL, NULL, 4},
    {"dbrx", read_dbrx, EL_HF_NO_FFN, NULL, 0},
    {"internlm2", el_hf_read_plain, 0, NULL, 0},
    {"internvl_chat", el_hf_read_plain, EL_HF_QKV_BIAS, &qwen2, 0},
    {"baichuan", el_hf_read_plain, 0, NULL, 0},
    {"smollm3", el_hf_read_plain, EL_HF_TIED, NULL, 0},
    {"mamba", el_hf_read_mamba, EL_HF_NO_ATTENTION | EL_HF_TIED, NULL, 0},
    {"falcon_mamba", el_hf_read_mamba, EL_HF_NO_ATTENTION, NULL, 0},
    {"mamba2", el_hf_read_mamba2, EL_HF_NO_ATTENTION | EL_HF_TIED, NULL, 0},
    {"falcon_h1", el_hf_read_falcon_h1, 0, NULL, 0},
    {"jamba", el_hf_read_jamba, 0, NULL, 0},
    {"zamba2", el_hf_read_zamba2, EL_HF_TIED, NULL, 0},
    {"clip", refuse, 0, NULL, 0},
    {"clip_vision_model", refuse, 0, NULL, 0},
    {"clip_text_model", refuse, 0, NULL, 0},
    {"siglip", refuse, 0, NULL, 0},
    {"siglip_vision_model", refuse, 0, NULL, 0},
    {"t5", refuse, 0, NULL, 0},
    {"bart", refuse, 0, NULL, 0},
    {"whisper", refuse, 0, NULL, 0},
    {"vit", refuse, 0, NULL, 0},
};
/* clang-format on */

const el_hf_family *el_hf_family_of(const char *type)
{
    for (size_t i = 0; type && i < sizeof families / sizeof *families; i++)
        if (strcmp(type, families[i].type) == 0)
            return &families[i];
    return NULL;
}

/* Letters and digits of a class name are those of its type: "Qwen2MoeFor". */
static bool is_class_of(const char *name, const char *type)
{
    for (; *type; type++) {
        if (*type == '_' || *type == '-')
            continue;
        if ((*name | 0x20) != (*type | 0x20))
            return false;
        name++;
    }
    return strncmp(name, "For", 3) == 0 || strncmp(name, "LMHead", 6) == 0;
}

const el_hf_family *el_hf_family_of_class(const char *name)
{
    for (size_t i = 0; name && i < sizeof families / sizeof *families; i++)
        if (is_class_of(name, families[i].type))
            return &families[i];
    return NULL;
}

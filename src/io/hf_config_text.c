/* SPDX-License-Identifier: Apache-2.0 */
/* The language model by the keys that most families share. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/csv_text.h"
#include "io/hf_config_reader.h"

#define REQUIRED ((double)NAN)

/* A default of a nested text_config, or missing. */
static double nested(const el_hf *r, double value)
{
    bool inside = r->text != r->root;

    return inside && r->family->nested && value > 0 ? value : REQUIRED;
}

static el_hf_defaults defaults_of(const el_hf *r)
{
    static const el_hf_defaults none = {0};
    el_hf_defaults d = r->family->nested ? *r->family->nested : none;

    d.hidden = nested(r, d.hidden);
    d.layers = nested(r, d.layers);
    d.heads = nested(r, d.heads);
    d.vocab = nested(r, d.vocab);
    d.kv_heads = nested(r, d.kv_heads);
    d.head_dim = nested(r, d.head_dim);
    d.intermediate = nested(r, d.intermediate);
    return d;
}

static void read_head_dim(el_hf *r, const el_hf_defaults *d)
{
    el_arch_desc *a = &r->arch;
    bool latent = el_hf_has(r, "kv_lora_rank");

    a->head_dim = el_hf_int(
        r, "head_dim|attention_head_dim|kv_channels|hidden_size_per_head", 1,
        EL_HF_MAX_WIDTH, isnan(d->head_dim) ? 0 : d->head_dim);
    if (r->st != EL_OK || a->head_dim > 0)
        return;
    if (latent) /* has its own widths */
        a->head_dim = ceil(a->hidden / a->heads);
    else if (fmod(a->hidden, a->heads) != 0.0)
        el_hf_fail(r, "num_attention_heads",
                   "does not divide hidden_size and head_dim is missing "
                   "(%g, hidden_size %g)",
                   a->heads, a->hidden);
    else
        a->head_dim = a->hidden / a->heads;
}

static void read_attention(el_hf *r, const el_hf_defaults *d)
{
    el_arch_desc *a = &r->arch;
    double kv;

    a->heads = el_hf_int(r, "num_attention_heads|n_head|n_heads|num_heads", 1,
                         EL_HF_MAX_WIDTH, d->heads);
    kv = isnan(d->kv_heads) || el_hf_has(r, "num_attention_heads")
             ? a->heads
             : d->kv_heads;
    if (!isnan(d->kv_heads) && d->kv_heads < d->heads)
        kv = d->kv_heads; /* grouped by default */
    a->kv_heads = el_hf_int(r,
                            "num_key_value_heads|num_kv_heads|n_head_kv|"
                            "multi_query_group_num|num_query_groups",
                            1, EL_HF_MAX_WIDTH, kv);
    if (r->st != EL_OK)
        return;
    if (fmod(a->heads, a->kv_heads) != 0.0)
        el_hf_fail(r, "num_key_value_heads",
                   "does not divide num_attention_heads (%g, heads %g)",
                   a->kv_heads, a->heads);
    read_head_dim(r, d);
}

static void read_latent(el_hf *r)
{
    el_arch_desc *a = &r->arch;

    if (!el_hf_has(r, "kv_lora_rank"))
        return;
    a->kv_lora_rank = el_hf_int(r, "kv_lora_rank", 1, EL_HF_MAX_WIDTH, 0);
    a->q_lora_rank = el_hf_int(r, "q_lora_rank", 0, EL_HF_MAX_WIDTH, 0);
    a->qk_rope_dim =
        el_hf_int(r, "qk_rope_head_dim", 0, EL_HF_MAX_WIDTH, REQUIRED);
    a->qk_nope_dim =
        el_hf_int(r, "qk_nope_head_dim", 1, EL_HF_MAX_WIDTH, REQUIRED);
    a->v_head_dim =
        el_hf_int(r, "v_head_dim", 1, EL_HF_MAX_WIDTH,
                  a->hidden / (a->heads > 0 ? a->heads : 1)); /* MiniCPM3 */
    if (el_hf_has(r, "index_topk")) {
        a->index_topk = el_hf_int(r, "index_topk", 1, 0x1p30, 0);
        a->index_heads =
            el_hf_int(r, "index_n_heads", 1, EL_HF_MAX_WIDTH, REQUIRED);
        a->index_dim =
            el_hf_int(r, "index_head_dim", 1, EL_HF_MAX_WIDTH, REQUIRED);
    }
}

static void read_shared(el_hf *r)
{
    el_arch_desc *a = &r->arch;
    double width = el_hf_int(r,
                             "shared_expert_intermediate_size|share_expert_dim|"
                             "moe_shared_expert_intermediate_size|"
                             "shared_intermediate_size",
                             0, EL_HF_MAX_WIDTH, 0);

    a->shared_experts = el_hf_int(
        r, "n_shared_experts|num_shared_experts|moe_num_shared_experts", 0,
        65536, width > 0 ? 1 : 0);
    a->shared_intermediate = width > 0               ? width
                             : a->shared_experts > 0 ? a->moe_intermediate
                                                     : 0;
}

static void read_experts(el_hf *r)
{
    static const char count[] =
        "num_local_experts|num_experts|n_routed_experts|moe_num_experts";
    el_arch_desc *a = &r->arch;
    double n = el_hf_int(r, count, 0, 65536, 0);

    if (r->st != EL_OK || n < 2)
        return;
    a->experts = n;
    a->top_k = el_hf_int(r,
                         "num_experts_per_tok|num_experts_per_token|"
                         "experts_per_token|top_k_experts|moe_topk|moe_top_k",
                         1, 65536, REQUIRED);
    if (r->st == EL_OK && a->top_k > n)
        el_hf_fail(r, "num_experts_per_tok",
                   "more than there are experts (%g, limit %g)", a->top_k, n);
    a->moe_intermediate = el_hf_int(
        r,
        "moe_intermediate_size|expert_ffn_hidden_size|moe_ffn_hidden_size|"
        "expert_intermediate_size",
        1, EL_HF_MAX_WIDTH, a->intermediate > 0 ? a->intermediate : REQUIRED);
    read_shared(r);
}

static void read_flags(el_hf *r)
{
    el_arch_desc *a = &r->arch;
    unsigned f = r->family->flags;
    bool all = (f & EL_HF_BIAS) != 0;
    bool tied = (f & EL_HF_TIED) != 0;
    const json_t *outer = el_hf_get(r->root, "tie_word_embeddings");

    if (json_is_boolean(outer))
        tied = json_is_true(outer);
    a->tied = el_hf_flag(r, "tie_word_embeddings", tied);
    a->out_bias = el_hf_flag(r, "attention_bias|bias", all);
    a->qkv_bias = el_hf_flag(r, "add_qkv_bias|qkv_bias|attention_bias|bias",
                             a->out_bias || (f & EL_HF_QKV_BIAS) != 0);
    a->mlp_bias = el_hf_flag(r, "mlp_bias|use_bias|bias", all);
    a->qk_norm = el_hf_flag(r, "use_qk_norm", (f & EL_HF_QK_NORM) != 0);
    a->attn_gate = el_hf_flag(r, "attn_output_gate", false);
    a->parallel_residual = el_hf_flag(r, "parallel_attn|use_parallel_residual",
                                      (f & EL_HF_PARALLEL) != 0);
    a->norm_vectors = f & (EL_HF_LAYER_NORM | EL_HF_NORM4) ? 2 : 1;
    a->mlp_matrices = f & EL_HF_MLP2 ? 2 : 3;
    if (f & EL_HF_POSITIONS)
        a->positions = el_hf_int(r, "max_position_embeddings|n_positions|n_ctx",
                                 0, EL_HF_MAX_VOCAB, 0);
    a->mtp_layers = el_hf_int(
        r, "num_nextn_predict_layers|mtp_num_hidden_layers|num_mtp_modules", 0,
        EL_ARCH_MAX_LAYERS, 0);
}

static void read_ffn(el_hf *r, const el_hf_defaults *d)
{
    static const char width[] =
        "intermediate_size|n_inner|ffn_dim|ffn_hidden_size|"
        "ff_intermediate_size|inner_hidden_size|mlp_hidden_size";
    el_arch_desc *a = &r->arch;
    bool moe = el_hf_has(
        r, "moe_intermediate_size|expert_ffn_hidden_size|moe_ffn_hidden_size");
    double missing = moe ? 0 : d->intermediate;

    if (r->family->flags & EL_HF_INNER_4H)
        missing = 4 * a->hidden;
    if (r->family->flags & (EL_HF_NO_ATTENTION | EL_HF_NO_FFN))
        missing = 0;
    a->intermediate = el_hf_int(r, width, 0, EL_HF_MAX_WIDTH, missing);
}

void el_hf_shape(el_hf *r)
{
    el_hf_defaults d = defaults_of(r);
    el_arch_desc *a = &r->arch;

    a->hidden = el_hf_int(r, "hidden_size|n_embd|d_model|hidden_dim|model_dim",
                          1, EL_HF_MAX_WIDTH, d.hidden);
    r->layers =
        (size_t)el_hf_int(r, "num_hidden_layers|n_layer|num_layers|n_layers", 1,
                          EL_ARCH_MAX_LAYERS, d.layers);
    a->vocab = el_hf_int(r, "padded_vocab_size|vocab_size|n_vocab", 1,
                         EL_HF_MAX_VOCAB, d.vocab);
    if (!(r->family->flags & EL_HF_NO_ATTENTION))
        read_attention(r, &d);
    read_latent(r);
    read_ffn(r, &d);
    read_experts(r);
    read_flags(r);
}

static bool same(const el_arch_block *a, const el_arch_block *b)
{
    const double x[] = {a->window,       b->window,   a->heads,
                        b->heads,        a->kv_heads, b->kv_heads,
                        a->head_dim,     b->head_dim, a->intermediate,
                        b->intermediate, a->kv_ratio, b->kv_ratio};

    for (size_t i = 0; i < sizeof x / sizeof *x; i += 2)
        if (x[i] != x[i + 1])
            return false;
    return a->mixer == b->mixer && a->ffn == b->ffn && a->k_is_v == b->k_is_v &&
           a->kv_shared == b->kv_shared;
}

/* Layers added so far. */
static size_t n_added(const el_hf *r)
{
    return (size_t)el_arch_layers(&r->arch);
}

void el_hf_add(el_hf *r, const el_arch_block *block)
{
    el_arch_desc *a = &r->arch;
    size_t i = 0, layer = n_added(r);

    if (r->st != EL_OK)
        return;
    while (i < a->n_block && !same(&a->block[i], block))
        i++;
    if (i == EL_ARCH_MAX_BLOCKS || layer == EL_ARCH_MAX_LAYERS) {
        el_hf_fail(r, "num_hidden_layers",
                   "too many kinds of layer (above %u) or layers (above %u)",
                   EL_ARCH_MAX_BLOCKS, EL_ARCH_MAX_LAYERS);
        return;
    }
    if (i == a->n_block) {
        a->block[a->n_block++] = *block;
        a->block[i].count = 0;
    }
    a->block[i].count++;
    r->block_of[layer] = (unsigned char)i;
}

static bool list_has(const json_t *list, size_t value)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_integer_value(json_array_get(list, i)) == (json_int_t)value &&
            json_is_integer(json_array_get(list, i)))
            return true;
    return false;
}

/* A list that says so for every layer: 0/1, or "dense"/"sparse". */
static bool listed_moe(const json_t *list, size_t i)
{
    const json_t *value = json_array_get(list, i);
    const char *word = json_string_value(value);

    return word ? strcmp(word, "sparse") == 0 || strcmp(word, "moe") == 0
                : json_number_value(value) > 0;
}

/* (i + shift) divisible by a period that may be missing. */
static bool periodic(el_hf *r, const char *period, size_t i, size_t shift)
{
    size_t n = (size_t)el_hf_int(r, period, 1, EL_ARCH_MAX_LAYERS, 1);

    return n < 2 || (i + shift) % n == 0;
}

el_ffn el_hf_ffn_of(el_hf *r, size_t i)
{
    const json_t *list = el_hf_get(r->at, "mlp_layer_types|moe_layer_freq");
    double first;
    bool moe;

    if (!(r->arch.experts > 0))
        return r->arch.intermediate > 0 ? EL_FFN_DENSE : EL_FFN_NONE;
    if (json_is_array(list)) {
        list = el_hf_layer_list(r, "mlp_layer_types|moe_layer_freq");
        return listed_moe(list, i) ? EL_FFN_MOE : EL_FFN_DENSE;
    }
    if (json_is_array(el_hf_get(r->at, "moe_layers")))
        return list_has(el_hf_get(r->at, "moe_layers"), i) ? EL_FFN_MOE
                                                           : EL_FFN_DENSE;
    first = el_hf_int(r, "first_k_dense_replace|num_dense_layers", 0,
                      EL_ARCH_MAX_LAYERS, 0);
    moe = (double)i >= first && periodic(r, "moe_layer_freq", i, 0) &&
          periodic(r, "decoder_sparse_step|interleave_moe_layer_step", i, 1) &&
          !list_has(el_hf_get(r->at, "mlp_only_layers"), i);
    if (!moe && r->st == EL_OK && !(r->arch.intermediate > 0))
        el_hf_fail(r, "intermediate_size", "missing (layer %zu is dense)", i);
    return moe ? EL_FFN_MOE : EL_FFN_DENSE;
}

static double window_size(el_hf *r, bool chunked)
{
    double w = el_hf_int(r,
                         chunked ? "attention_chunk_size|sliding_window"
                                 : "sliding_window|sliding_window_size|"
                                   "attention_chunk_size|window_size",
                         0, 0x1p30, 0);
    double longest = el_hf_int(r, "max_position_embeddings", 1, 0x1p40, 0x1p40);

    return w < longest ? w : 0; /* Phi-3 writes a window it never reaches */
}

double el_hf_window_of(el_hf *r, size_t i)
{
    const json_t *types = el_hf_layer_list(r, "layer_types");
    const char *type = json_string_value(json_array_get(types, i));
    size_t pattern;

    if (type)
        return strncmp(type, "sliding", 7) == 0 ||
                       strncmp(type, "chunked", 7) == 0
                   ? window_size(r, *type == 'c')
                   : 0;
    if (!el_hf_flag(r, "use_sliding_window", true))
        return 0;
    pattern =
        (size_t)el_hf_int(r, "sliding_window_pattern|_sliding_window_pattern",
                          1, EL_ARCH_MAX_LAYERS, (double)r->family->full_every);
    if (pattern > 0 && (i + 1) % pattern == 0)
        return 0;
    if (el_hf_has(r, "use_sliding_window") && el_hf_has(r, "max_window_layers"))
        return (double)i >= el_hf_int(r, "max_window_layers", 0, 0x1p30, 0)
                   ? window_size(r, false)
                   : 0;
    return window_size(r, false);
}

static bool is_attention(const char *type)
{
    return strcmp(type, "attention") == 0 ||
           strcmp(type, "full_attention") == 0 ||
           strcmp(type, "sliding_attention") == 0 ||
           strcmp(type, "chunked_attention") == 0;
}

/* Only attention may stand in layer_types of a plain network. */
static void check_types(el_hf *r)
{
    const json_t *types = el_hf_layer_list(r, "layer_types");

    for (size_t i = 0; i < json_array_size(types); i++) {
        const char *type = json_string_value(json_array_get(types, i));
        char shown[EL_SHOW_SIZE];

        if (type && is_attention(type))
            continue;
        el_text_show(shown, type ? type : "?", type ? strlen(type) : 1);
        el_hf_fail(r, "layer_types", "layer %zu is not understood (%s)", i,
                   shown);
    }
}

void el_hf_read_plain(el_hf *r)
{
    el_hf_shape(r);
    if (r->st == EL_OK)
        check_types(r);
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        el_arch_block b = {.mixer = r->arch.kv_lora_rank > 0 ? EL_MIXER_MLA
                                                             : EL_MIXER_GQA};

        b.ffn = el_hf_ffn_of(r, i);
        b.window = el_hf_window_of(r, i);
        el_hf_add(r, &b);
    }
}

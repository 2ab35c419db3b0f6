/* SPDX-License-Identifier: Apache-2.0 */
/* State-space, linear-attention and hybrid networks. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/hf_config_reader.h"

#define REQUIRED ((double)NAN)

/* Mamba-1 sizes; prefixed keys are those of hybrids. */
static void scan_sizes(el_hf *r)
{
    el_arch_desc *a = &r->arch;
    double expand = el_hf_real(r, "mamba_expand|expand", 0.01, 64, 2);
    const json_t *rank = el_hf_get(r->at, "mamba_dt_rank|time_step_rank");

    a->ssm_state =
        el_hf_int(r, "mamba_d_state|state_size|d_state", 1, 0x1p20, 16);
    a->ssm_conv = el_hf_int(r, "mamba_d_conv|conv_kernel|d_conv", 0, 1024, 4);
    a->ssm_inner = floor(expand * a->hidden);
    a->ssm_dt_rank = ceil(a->hidden / 16);
    if (rank && !json_is_string(rank)) /* "auto" */
        a->ssm_dt_rank =
            el_hf_int(r, "mamba_dt_rank|time_step_rank", 1, EL_HF_MAX_WIDTH, 0);
}

/* Mamba-2 sizes. "auto" for the width of heads is what is left. */
static void scan2_sizes(el_hf *r)
{
    static const char width[] =
        "mamba_head_dim|mamba_d_head|mamba_headdim|head_dim";
    el_arch_desc *a = &r->arch;
    double expand = el_hf_real(r, "mamba_expand|expand", 0.01, 64, 2);
    double head = 64;

    a->ssm_state =
        el_hf_int(r, "mamba_d_state|ssm_state_size|state_size", 1, 0x1p20, 128);
    a->ssm_conv = el_hf_int(r, "mamba_d_conv|conv_kernel", 0, 1024, 4);
    a->ssm_groups =
        el_hf_int(r, "mamba_n_groups|n_groups|mamba_ngroups", 1, 65536, 1);
    a->ssm_heads =
        el_hf_int(r, "mamba_n_heads|mamba_num_heads|num_heads|n_mamba_heads", 1,
                  65536, REQUIRED);
    if (r->st != EL_OK)
        return;
    if (!json_is_string(el_hf_get(r->at, width)))
        head = el_hf_int(r, width, 1, 65536, 64);
    else
        head = expand * a->hidden / a->ssm_heads;
    a->ssm_inner = el_hf_int(r, "mamba_d_ssm", 1, EL_HF_MAX_WIDTH,
                             floor(head * a->ssm_heads));
}

static void fill_layers(el_hf *r, el_arch_block b)
{
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++)
        el_hf_add(r, &b);
}

static void round_vocab(el_hf *r)
{
    double multiple = el_hf_int(r, "pad_vocab_size_multiple", 1, 65536, 1);

    if (r->st == EL_OK)
        r->arch.vocab = multiple * ceil(r->arch.vocab / multiple);
}

void el_hf_read_mamba(el_hf *r)
{
    el_hf_shape(r);
    round_vocab(r);
    r->arch.intermediate = 0; /* HF writes the scan's width there */
    scan_sizes(r);
    fill_layers(r, (el_arch_block){.mixer = EL_MIXER_SSM});
}

void el_hf_read_mamba2(el_hf *r)
{
    el_hf_shape(r);
    round_vocab(r);
    r->arch.intermediate = 0;
    scan2_sizes(r);
    fill_layers(r, (el_arch_block){.mixer = EL_MIXER_SSM2});
}

static bool every(el_hf *r, const char *period, const char *offset, size_t i)
{
    double n = el_hf_int(r, period, 1, EL_ARCH_MAX_LAYERS, REQUIRED);
    double from = el_hf_int(r, offset, 0, EL_ARCH_MAX_LAYERS, REQUIRED);

    return r->st == EL_OK && fmod((double)i, n) == fmod(from, n);
}

void el_hf_read_jamba(el_hf *r)
{
    el_hf_shape(r);
    scan_sizes(r);
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        el_arch_block b = {.mixer = EL_MIXER_SSM, .ffn = EL_FFN_DENSE};

        if (every(r, "attn_layer_period", "attn_layer_offset", i))
            b.mixer = EL_MIXER_GQA;
        if (r->arch.experts > 0 &&
            every(r, "expert_layer_period", "expert_layer_offset", i))
            b.ffn = EL_FFN_MOE;
        el_hf_add(r, &b);
    }
}

/* One letter a layer: M Mamba-2, * attention, - MLP, E experts. */
static void nemotron_layer(el_hf *r, size_t i, char kind)
{
    el_arch_block b = {0};

    switch (kind) {
    case 'M':
        b.mixer = EL_MIXER_SSM2;
        break;
    case '*':
        b.mixer = EL_MIXER_GQA;
        break;
    case '-':
        b.ffn = EL_FFN_DENSE;
        break;
    case 'E':
        b.ffn = EL_FFN_MOE;
        break;
    default:
        el_hf_fail(r, "hybrid_override_pattern",
                   "layer %zu is not one of M * - E (code %d)", i,
                   (int)(unsigned char)kind);
        return;
    }
    el_hf_add(r, &b);
}

void el_hf_read_nemotron_h(el_hf *r)
{
    const char *pattern = el_hf_text(r, "hybrid_override_pattern");

    el_hf_shape(r);
    scan2_sizes(r);
    if (r->st != EL_OK)
        return;
    if (!pattern)
        el_hf_fail(r, "hybrid_override_pattern", "missing");
    else if (strlen(pattern) != r->layers)
        el_hf_fail(r, "hybrid_override_pattern",
                   "wrong length (%zu, num_hidden_layers is %zu)",
                   strlen(pattern), r->layers);
    else
        for (size_t i = 0; r->st == EL_OK && i < r->layers; i++)
            nemotron_layer(r, i, pattern[i]);
}

static bool listed(const json_t *list, size_t i)
{
    for (size_t k = 0; k < json_array_size(list); k++)
        if (json_is_integer(json_array_get(list, k)) &&
            json_integer_value(json_array_get(list, k)) == (json_int_t)i)
            return true;
    return false;
}

void el_hf_read_mamba_hybrid(el_hf *r)
{
    el_arch_desc *a = &r->arch;
    const json_t *types, *indices;

    el_hf_shape(r);
    scan2_sizes(r);
    if (!(a->experts > 0)) { /* the shared MLP is then the only one */
        double shared =
            el_hf_int(r, "shared_intermediate_size", 0, EL_HF_MAX_WIDTH, 0);

        a->intermediate = shared > 0 ? shared : a->intermediate;
    }
    types = el_hf_layer_list(r, "layer_types|layers_block_type");
    indices = el_hf_get(r->at, "attn_layer_indices");
    if (!types && !json_is_array(indices))
        el_hf_fail(r, "layer_types", "missing");
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        const char *type = json_string_value(json_array_get(types, i));
        el_arch_block b = {.mixer = EL_MIXER_SSM2};

        if (type ? strstr(type, "attention") != NULL : listed(indices, i))
            b.mixer = EL_MIXER_GQA;
        b.ffn = el_hf_ffn_of(r, i);
        el_hf_add(r, &b);
    }
}

/* Attention and scan share a layer: written as two layers, the second with
 * the MLP, which costs the same. */
void el_hf_read_falcon_h1(el_hf *r)
{
    el_hf_shape(r);
    scan2_sizes(r);
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        el_hf_add(r, &(el_arch_block){.mixer = EL_MIXER_GQA});
        el_hf_add(
            r, &(el_arch_block){.mixer = EL_MIXER_SSM2, .ffn = EL_FFN_DENSE});
    }
}

/*
 * Zamba2: every layer is Mamba-2; before some stands one of a few shared
 * blocks whose attention reads hidden and embedding (2 h wide) and whose
 * result passes a matrix of its own. The width beyond h and those matrices
 * are counted as memory only.
 */
void el_hf_read_zamba2(el_hf *r)
{
    el_arch_desc *a = &r->arch;
    const json_t *ids = el_hf_get(r->at, "hybrid_layer_ids");
    double n = (double)json_array_size(ids);
    double copies = el_hf_int(r, "num_mem_blocks", 1, 64, 1);
    double h2;

    el_hf_shape(r);
    scan2_sizes(r);
    if (!(n >= 1 && n <= (double)r->layers))
        el_hf_fail(r, "hybrid_layer_ids", "missing or too long (%g, limit %zu)",
                   n, r->layers);
    h2 = a->hidden * a->hidden;
    a->head_dim = floor(2 * a->hidden / (a->heads > 0 ? a->heads : 1));
    a->other_params = 6 * h2 * copies + n * h2;
    fill_layers(r, (el_arch_block){.mixer = EL_MIXER_SSM2});
    for (size_t i = 0; r->st == EL_OK && i < (size_t)n; i++)
        el_hf_add(r,
                  &(el_arch_block){.mixer = EL_MIXER_GQA, .ffn = EL_FFN_DENSE});
    if (r->st != EL_OK)
        return;
    a->block[a->n_block - 1].stored = copies < n ? copies : n;
    (void)snprintf(a->note, sizeof a->note,
                   "shared attention counted h wide, adapters left out");
}

static void linear_sizes(el_hf *r)
{
    el_arch_desc *a = &r->arch;

    a->linear_key_heads =
        el_hf_int(r, "linear_num_key_heads", 1, 65536, REQUIRED);
    a->linear_value_heads =
        el_hf_int(r, "linear_num_value_heads", 1, 65536, REQUIRED);
    a->linear_key_dim = el_hf_int(r, "linear_key_head_dim", 1, 65536, REQUIRED);
    a->linear_value_dim =
        el_hf_int(r, "linear_value_head_dim", 1, 65536, REQUIRED);
    a->linear_conv = el_hf_int(r, "linear_conv_kernel_dim", 0, 1024, 4);
}

void el_hf_read_linear(el_hf *r)
{
    const json_t *types;
    size_t full;

    el_hf_shape(r);
    linear_sizes(r);
    r->arch.attn_gate = el_hf_flag(r, "attn_output_gate", true);
    types = el_hf_layer_list(r, "layer_types");
    full = (size_t)el_hf_int(r, "full_attention_interval", 1,
                             EL_ARCH_MAX_LAYERS, (double)r->family->full_every);
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        const char *type = json_string_value(json_array_get(types, i));
        el_arch_block b = {.mixer = EL_MIXER_LINEAR};

        if (type ? strncmp(type, "linear", 6) != 0 : (i + 1) % full == 0)
            b.mixer = EL_MIXER_GQA;
        b.ffn = el_hf_ffn_of(r, i);
        el_hf_add(r, &b);
    }
}

/* MiniMax-Text-01: 1 is attention, 0 linear attention over as many heads. */
void el_hf_read_lightning(el_hf *r)
{
    el_arch_desc *a = &r->arch;
    const json_t *kinds;

    el_hf_shape(r);
    a->linear_key_heads = a->linear_value_heads = a->heads;
    a->linear_key_dim = a->linear_value_dim = a->head_dim;
    kinds = el_hf_layer_list(r, "attn_type_list|layer_types");
    if (!kinds)
        el_hf_fail(r, "attn_type_list", "missing");
    for (size_t i = 0; r->st == EL_OK && i < r->layers; i++) {
        const json_t *kind = json_array_get(kinds, i);
        const char *word = json_string_value(kind);
        el_arch_block b = {.mixer = EL_MIXER_LINEAR};

        if (word ? strcmp(word, "full_attention") == 0
                 : json_integer_value(kind) == 1)
            b.mixer = EL_MIXER_GQA;
        b.ffn = el_hf_ffn_of(r, i);
        el_hf_add(r, &b);
    }
}

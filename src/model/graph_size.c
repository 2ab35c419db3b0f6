/* SPDX-License-Identifier: Apache-2.0 */
/* Names that descriptions know: sizes of the architecture, words of keys. */
#include <math.h>
#include <string.h>

#include "model/graph.h"

const char *const el_axis_word[] = {"tp", "ep", "cp", NULL};
const char *const el_when_word[] = {"always", "prefill", "decode", NULL};
const char *const el_kv_word[] = {"cache", "shared", "seen", "plain", NULL};
const char *const el_comm_word[] = {"auto",  "ar",   "rs_ag", "a2a",
                                    "later", "none", NULL};
const char *const el_mask_word[] = {"auto", "causal", "full", NULL};

static const struct {
    const char *text;
    double flop;
} kind[] = {
#define X(name, text, flop) {text, flop},
    EL_KIND_LIST(X)
#undef X
};

const char *el_node_kind_text(el_node_kind k)
{
    return kind[k].text;
}

double el_node_kind_flop(el_node_kind k)
{
    return kind[k].flop;
}

typedef enum size_what {
    NUMBER,
    FLAG,
    LAYERS,
    IMAGE,
    MERGE,
    OF_BLOCK
} size_what;

typedef struct size_name {
    const char *name;
    size_what what;
    size_t offset;
} size_name;

#define NUM(name)                                                              \
    {                                                                          \
#name, NUMBER, offsetof(el_arch_desc, name)                            \
    }
#define TOWER(name)                                                            \
    {                                                                          \
        "vision_" #name, NUMBER, offsetof(el_arch_desc, vision.name)           \
    }
#define YES(name)                                                              \
    {                                                                          \
#name, FLAG, offsetof(el_arch_desc, name)                              \
    }
/* Facts of one block: 0 unless the layer declares them. */
#define BLOCK(name)                                                            \
    {                                                                          \
#name, OF_BLOCK, 0                                                     \
    }

static const size_name size[] = {NUM(hidden),
                                 NUM(vocab),
                                 YES(tied),
                                 NUM(positions),
                                 NUM(heads),
                                 NUM(kv_heads),
                                 NUM(head_dim),
                                 NUM(v_head_dim),
                                 NUM(q_lora_rank),
                                 NUM(kv_lora_rank),
                                 NUM(qk_nope_dim),
                                 NUM(qk_rope_dim),
                                 NUM(o_lora_rank),
                                 NUM(o_groups),
                                 NUM(index_heads),
                                 NUM(index_dim),
                                 NUM(index_topk),
                                 YES(absorbed),
                                 YES(qk_norm),
                                 YES(attn_gate),
                                 YES(parallel_residual),
                                 NUM(intermediate),
                                 NUM(mlp_matrices),
                                 NUM(experts),
                                 NUM(top_k),
                                 NUM(shared_experts),
                                 NUM(moe_intermediate),
                                 NUM(shared_intermediate),
                                 NUM(ssm_inner),
                                 NUM(ssm_state),
                                 NUM(ssm_conv),
                                 NUM(ssm_dt_rank),
                                 NUM(ssm_heads),
                                 NUM(ssm_groups),
                                 NUM(linear_key_heads),
                                 NUM(linear_value_heads),
                                 NUM(linear_key_dim),
                                 NUM(linear_value_dim),
                                 NUM(linear_conv),
                                 TOWER(layers),
                                 TOWER(hidden),
                                 TOWER(heads),
                                 TOWER(intermediate),
                                 TOWER(mlp_matrices),
                                 TOWER(patch),
                                 {"vision_merge", MERGE, 0},
                                 {"image_tokens", IMAGE, 0},
                                 {"layers", LAYERS, 0},
                                 BLOCK(window),
                                 BLOCK(kv_ratio),
                                 BLOCK(k_is_v),
                                 BLOCK(kv_shared)};

#define N_SIZE (sizeof size / sizeof *size)

int el_size_find(const char *name)
{
    for (size_t i = 0; i < N_SIZE; i++)
        if (strcmp(size[i].name, name) == 0)
            return (int)i;
    return -1;
}

const char *el_size_name(int index)
{
    return size[index].name;
}

static double layers_of(const el_arch_desc *arch)
{
    double n = 0;

    for (size_t i = 0; i < arch->n_block && i < EL_ARCH_MAX_BLOCKS; i++)
        n += arch->block[i].count;
    return n;
}

/* 0 without a tower: descriptions then leave the cross-attention out. */
static double image_tokens(const el_arch_desc *arch)
{
    el_image_work work;

    el_tower_image(&arch->vision, EL_ARCH_IMAGE_SIDE, EL_ARCH_IMAGE_SIDE,
                   &work);
    return work.tokens;
}

double el_size_value(const el_arch_desc *arch, int index)
{
    const size_name *s = &size[index];
    double number;
    bool flag;

    if (s->what == OF_BLOCK)
        return 0;
    if (!arch)
        return NAN;
    switch (s->what) {
    case FLAG:
        memcpy(&flag, (const char *)arch + s->offset, sizeof flag);
        return flag;
    case LAYERS:
        return layers_of(arch);
    case IMAGE:
        return image_tokens(arch);
    case MERGE:
        return arch->vision.merge > 0 ? arch->vision.merge : 1;
    default:
        memcpy(&number, (const char *)arch + s->offset, sizeof number);
        return number;
    }
}

static double bits_or(double bits, double otherwise)
{
    return bits > 0 ? bits : otherwise;
}

static double part_bits(const el_arch_desc *arch, const char *word)
{
    double all = bits_or(arch->weight_bits, 16);

    if (strcmp(word, "attn") == 0)
        return bits_or(arch->attn_bits, all);
    if (strcmp(word, "ffn") == 0)
        return bits_or(arch->ffn_bits, all);
    if (strcmp(word, "shared") == 0)
        return bits_or(arch->shared_bits, all);
    if (strcmp(word, "ssm") == 0)
        return bits_or(arch->ssm_bits, all);
    if (strcmp(word, "expert") == 0)
        return bits_or(arch->expert_bits, all);
    if (strcmp(word, "embed") == 0)
        return bits_or(arch->embed_bits, 16);
    if (strcmp(word, "kv") == 0)
        return bits_or(arch->kv_bits, 16);
    return strcmp(word, "linear") == 0 ? all : (double)NAN;
}

/* Scales included: 4-bit formats carry 8 bits for 32 (OCP MX) or 16 values
   (NVFP4), int4 20 bits for 128 (AWQ, GPTQ). */
static const struct {
    const char *word;
    double bits;
} format[] = {{"fp32", 32}, {"bf16", 16},      {"fp16", 16},    {"fp8", 8},
              {"int8", 8},  {"int4", 4.15625}, {"mxfp4", 4.25}, {"nvfp4", 4.5}};

double el_dtype_bits(const el_arch_desc *arch, const char *word)
{
    static const el_arch_desc none = {.weight_bits = 0};

    for (size_t i = 0; i < sizeof format / sizeof *format; i++)
        if (strcmp(format[i].word, word) == 0)
            return format[i].bits;
    return part_bits(arch ? arch : &none, word);
}

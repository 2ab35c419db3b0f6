/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/arch.h
 * @brief The shape of a network: what config.json says, in one struct.
 *
 * Layer: model. Plain data; counts and sizes are doubles because they are
 * multiplied, all exact below 2^53. What a network does not have is 0.
 */
#ifndef EL_ARCH_H
#define EL_ARCH_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/catalog.h"

#define EL_ARCH_MAX_BLOCKS 16u
#define EL_ARCH_MAX_LAYERS 4096u

/** How a block mixes tokens. */
typedef enum el_mixer {
    EL_MIXER_NONE,
    EL_MIXER_GQA,   /**< attention with (grouped) key-value heads */
    EL_MIXER_MLA,   /**< multi-head latent attention (DeepSeek) */
    EL_MIXER_SSM,   /**< Mamba-1 selective scan */
    EL_MIXER_SSM2,  /**< Mamba-2 (heads, scalar decay) */
    EL_MIXER_CROSS, /**< attention over image tokens */
    EL_MIXER_LINEAR /**< gated delta net and other linear attention */
} el_mixer;

typedef enum el_ffn { EL_FFN_NONE, EL_FFN_DENSE, EL_FFN_MOE } el_ffn;

/** Equal layers; their order in the network does not matter to cost. */
typedef struct el_arch_block {
    double count;
    el_mixer mixer;
    el_ffn ffn;
    double window; /**< tokens an attention layer looks back; 0 = all */
} el_arch_block;

/** A vision tower with its projector; params 0 = none. */
typedef struct el_tower {
    double layers, hidden, heads, intermediate, mlp_matrices;
    double patch;            /**< pixels per side */
    double tokens_per_image; /**< that join the prompt, at the default size */
    double params;
} el_tower;

typedef struct el_arch_desc {
    char name[96];
    char family[48]; /**< model_type of config.json, or the catalogue's */
    bool generic;    /**< shape guessed: note says from what */
    char note[160];

    double hidden, vocab;
    bool tied; /**< embedding and head are one matrix */
    double positions; /**< learned position embeddings (OPT, GPT) */
    double heads, kv_heads, head_dim;
    double v_head_dim; /**< MLA; else head_dim */
    double q_lora_rank, kv_lora_rank, qk_nope_dim, qk_rope_dim;
    bool qkv_bias, out_bias, mlp_bias;
    bool parallel_residual; /**< attention and MLP side by side (Falcon) */

    double intermediate, mlp_matrices; /**< dense FFN; 3 = gated */
    double experts, top_k, shared_experts;
    double moe_intermediate, shared_intermediate;

    double ssm_inner, ssm_state, ssm_conv, ssm_dt_rank, ssm_heads, ssm_groups;

    el_tower vision;
    size_t n_block;
    el_arch_block block[EL_ARCH_MAX_BLOCKS];

    char quantisation[32]; /**< "", "fp8", "awq", "gptq", "mxfp4", "nvfp4"... */
    double weight_bits;    /**< of linear layers, scales included */
    double expert_bits;    /**< of routed experts */
    double embed_bits;     /**< embedding and head */
    double kv_bits;        /**< KV cache */

    /* Set by el_arch_count. */
    double params;         /**< with embeddings, without the tower */
    double active_params;  /**< used for one token */
    double body_params;    /**< active, without embedding and head */
    double weight_bytes;   /**< as stored, without the tower */
    double kv_bytes_per_token; /**< layers without a window and with */
    double state_bytes;    /**< SSM and convolution state per request */
} el_arch_desc;

/** Fill the counts from the shape. EL_E_DATA: a size is absurd (names it). */
EL_NODISCARD el_status el_arch_count(el_arch_desc *arch, el_error *err);

/** Shape from a catalogue entry (el_llm holds fewer facts: see note). */
EL_NODISCARD el_status el_arch_from_llm(const el_llm *llm, el_arch_desc *out,
                                        el_error *err);

/**
 * Another weight format: "bfloat16", "float16", "fp8", "int8", "awq", "gptq",
 * "int4", "mxfp4", "nvfp4"; sets the bits and recounts. kv: "", "fp8", "int8".
 */
EL_NODISCARD el_status el_arch_quantise(el_arch_desc *arch, const char *weights,
                                        const char *kv, el_error *err);

#endif

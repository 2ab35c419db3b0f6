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

#include "energylens/api.h"
#include "energylens/catalog.h"

EL_API_BEGIN

#define EL_ARCH_MAX_BLOCKS 64u
#define EL_ARCH_MAX_LAYERS 4096u
/** Pixels per side of an image where the model takes any size (Qwen-VL). */
#define EL_ARCH_IMAGE_SIDE 1024.0

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

/**
 * Equal layers; their order in the network does not matter to cost. Sizes of
 * 0 are those of the network: el_arch_count fills them in.
 */
typedef struct el_arch_block {
    double count;
    double stored; /**< copies of the weights, where layers share them
                      (Zamba); 0 = count */
    el_mixer mixer;
    el_ffn ffn;
    double window; /**< tokens an attention layer looks back; 0 = all */
    double heads, kv_heads, head_dim;
    double intermediate; /**< of a dense FFN */
    double kv_ratio;     /**< context tokens that share one cache entry
                            (DeepSeek V4); 0 or 1 = none do. With a ratio the
                            last `window` tokens are kept besides */
    bool k_is_v;         /**< no value projection (Gemma 4); cache as usual */
    bool kv_shared;      /**< reads the cache of an earlier layer */
} el_arch_block;

/** A vision tower with its projector; params 0 = none. */
typedef struct el_tower {
    double layers, hidden, heads, intermediate, mlp_matrices;
    double patch;     /**< pixels per side */
    double merge;     /**< patches a side that become one token; 0 = 1 */
    double side_px;   /**< of a tile; with any_size the most; 0 = no limit */
    bool any_size;    /**< takes images as they are; else resizes to one tile */
    double max_tiles; /**< larger images are cut into up to so many; 0 = 1 */
    bool thumbnail;   /**< beside the tiles goes the whole image */
    bool joined;      /**< patches see those of the image's other tiles */
    double window;    /**< patches that a patch sees; 0 = all */
    double all_layers;       /**< layers without that window */
    double frames;           /**< of a video that are encoded as one; 0 = 1 */
    double tokens_per_image; /**< of a tile, or at the default size */
    double params;
} el_tower;

/** What one image costs. */
typedef struct el_image_work {
    double tiles;   /**< sequences through the tower */
    double patches; /**< of each */
    double tokens;  /**< of all: for the text to read */
} el_image_work;

/**
 * Any size: sides are rounded to whole tokens, at least 1 x 1. Tiles: the grid
 * of at most max_tiles that shrinks the image least, with the fewest tiles.
 * Neither: one tile, whatever the size.
 *
 * @param width_px, height_px positive; EL_ARCH_IMAGE_SIDE where not known
 */
void el_tower_image(const el_tower *tower, double width_px, double height_px,
                    el_image_work *out);

typedef struct el_arch_desc {
    char name[96];
    char family[48]; /**< model_type of config.json, or the catalogue's */
    bool generic;    /**< shape guessed: note says from what */
    char note[160];

    double hidden, vocab;
    bool tied;        /**< embedding and head are one matrix */
    double positions; /**< learned position embeddings (OPT, GPT) */
    double heads, kv_heads, head_dim;
    double v_head_dim; /**< MLA; else head_dim */
    double q_lora_rank, kv_lora_rank, qk_nope_dim, qk_rope_dim;
    double o_lora_rank, o_groups; /**< output in two steps (DeepSeek V4) */
    /** Sparse attention: index_topk tokens are read, chosen by a scan over an
        fp8 cache of index_dim values per token with index_heads heads. */
    double index_heads, index_dim, index_topk;
    bool absorbed; /**< MLA whose value is the latent: no kv_b (DeepSeek V4) */
    bool qkv_bias, out_bias, mlp_bias;
    bool qk_norm;
    bool attn_gate;         /**< queries come with an output gate (Qwen3.5) */
    bool parallel_residual; /**< attention and MLP side by side (Falcon) */
    double norm_vectors;    /**< per sublayer: 1 RMS norm, 2 norm with bias */

    double intermediate, mlp_matrices; /**< dense FFN; 3 = gated */
    double experts, top_k, shared_experts;
    double moe_intermediate;    /**< of one routed expert */
    double shared_intermediate; /**< of one shared expert */

    double ssm_inner, ssm_state, ssm_conv, ssm_dt_rank, ssm_heads, ssm_groups;
    double linear_key_heads, linear_value_heads;
    double linear_key_dim, linear_value_dim, linear_conv; /**< dims per head */
    double other_params; /**< look-up tables and such: memory, no work */
    double mtp_layers;   /**< multi-token-prediction layers, not counted */

    el_tower vision;
    bool audio; /**< takes audio: its tokens join the prompt, tower unknown */
    size_t n_block;
    el_arch_block block[EL_ARCH_MAX_BLOCKS];

    char quantisation[32]; /**< "", "fp8", "awq", "gptq", "mxfp4", "nvfp4"... */
    double weight_bits;    /**< of linear layers, scales included: the mean of
                              the four below, set by el_arch_count */
    double attn_bits;      /**< attention projections; 0 = weight_bits */
    double ffn_bits;       /**< dense FFN; 0 = weight_bits */
    double shared_bits;    /**< shared experts; 0 = weight_bits */
    double ssm_bits;       /**< SSM and linear attention; 0 = weight_bits */
    double expert_bits;    /**< of routed experts; 0 = weight_bits */
    double embed_bits;     /**< embedding and head; 0 = 16 */
    double kv_bits;        /**< KV cache; 0 = 16 */

    /* Set by el_arch_count. */
    double params;             /**< with embeddings, without tower and MTP */
    double active_params;      /**< used for one token: body and head */
    double body_params;        /**< active, without embedding and head */
    double weight_bytes;       /**< as stored, without the tower */
    double kv_bytes_per_token; /**< layers without a window and with */
    double kv_bytes_per_image; /**< cross-attention (Llama 3.2 Vision), of an
                                    image of the default size */
    double state_bytes;        /**< SSM and convolution state per request */
} el_arch_desc;

/**
 * Fill the counts from the shape, and zeros of blocks and bits.
 *
 * Per layer, h hidden, w head width (norms, biases, routers, convolutions are
 * counted too):
 *   GQA     h w (2 heads + 2 kv_heads), the gate of attn_gate heads h w more
 *   MLA     h q + q heads (nope + rope) + h (kv + rope)
 *           + kv heads (nope + v) + heads v h
 *   SSM     3 h d + d (dt + 2 state) + dt d + d state
 *   SSM2    h (2 d + 2 groups state + heads) + d h
 *   LINEAR  h (2 k + 2 v + 2 value_heads) + v h, k and v over all heads
 *   FFN     mlp_matrices h intermediate, for each expert its own
 * State: 4 bytes per value of an SSM, 2 per value of a convolution.
 *
 * @param arch untouched on failure; idempotent
 * @retval EL_OK, EL_E_ARG (NULL), EL_E_DATA (a size is absurd: names it)
 */
EL_NODISCARD el_status el_arch_count(el_arch_desc *arch, el_error *err);

/** Layers of all blocks. */
double el_arch_layers(const el_arch_desc *arch);

/**
 * KV cache of one request at `context` tokens [bytes], windows applied:
 * sum over layers of min(context, window) x bytes. Counted arch.
 */
double el_arch_kv_bytes(const el_arch_desc *arch, double context);

/**
 * Shape from a catalogue entry, counted. An entry holds fewer facts than a
 * config.json: what is missing (MLA ranks, SSM sizes, head tying) is chosen
 * by family and so that the parameter count agrees; then generic is set and
 * note says so.
 *
 * @retval EL_OK, EL_E_ARG (NULL), EL_E_DATA (layers, hidden or vocab unknown)
 */
EL_NODISCARD el_status el_arch_from_llm(const el_llm *llm, el_arch_desc *out,
                                        el_error *err);

/**
 * Another weight format: "bfloat16", "float16", "fp8", "int8", "awq", "gptq",
 * "int4" (4 bits in groups of 128), "mxfp4" (of a MoE the routed experts
 * only, as GPT-OSS), "nvfp4", "q4_k" and other GGUF blocks; sets the bits and
 * recounts. Embedding and head stay at 16. kv: "bfloat16", "float16", "fp8",
 * "int8". NULL or "" leaves weights or cache as they are.
 *
 * @retval EL_OK, EL_E_ARG (unknown format: names those known), EL_E_DATA
 */
EL_NODISCARD el_status el_arch_quantise(el_arch_desc *arch, const char *weights,
                                        const char *kv, el_error *err);

EL_API_END

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/catalog.h
 * @brief Facts about GPUs and language models, and how names find them.
 *
 * Layer: model. Quantities that nobody published are NaN ("unknown"), never 0:
 * ask el_is_known(). A catalogue is immutable once loaded, so any number of
 * threads may read it.
 */
#ifndef EL_CATALOG_H
#define EL_CATALOG_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/api.h"
#include "energylens/error.h"
#include "energylens/known.h"

EL_API_BEGIN

/** One GPU (board, package or per-GPU share of a superchip). */
typedef struct el_gpu {
    const char *slug;        /**< lower case [a-z0-9.-] */
    const char *name;        /**< as the vendor writes it */
    const char *vendor;      /**< NVIDIA, AMD, Intel */
    const char *arch;        /**< Hopper, CDNA3, ... */
    const char *form;        /**< SXM5, PCIe, OAM, ...; "" unknown */
    const char *memory_type; /**< HBM3, ...; "" unknown */
    const char *link;        /**< NVLink4, xGMI, ...; "" unknown */
    double memory_bytes;     /**< nominal GB x 2^30 */
    double mem_bw_bytes_s;   /**< peak [bytes/s] */
    double fp16_flop_s;      /**< dense fp16/bf16 peak [FLOP/s] */
    double fp8_flop_s;       /**< dense */
    double int8_op_s;        /**< dense */
    double fp4_flop_s;       /**< dense */
    double tdp_w;            /**< board power limit */
    double idle_w;           /**< no process on it */
    double idle_context_w;   /**< context held, no work */
    double boost_hz;
    double n_sm;              /**< SMs, CUs or Xe cores */
    double l2_bytes;          /**< nominal MB x 2^20 */
    double link_bytes_s;      /**< GPU to GPU, total of both directions */
    double mem_j_per_byte;    /**< memory path energy */
    double matrix_j_per_flop; /**< fp16 matrix energy */
    double fit_const_w, fit_j_per_flop, fit_j_per_byte; /**< serving fits */
} el_gpu;

/**
 * What kind of network, as its publisher calls it. To decide whether a term
 * applies ask for the quantity instead: experts > 0, vision_params > 0,
 * kv_bytes_per_token > 0; one model can be all three.
 */
typedef enum el_arch {
    EL_ARCH_DENSE,
    EL_ARCH_MOE,
    EL_ARCH_SSM,    /**< no KV cache at all */
    EL_ARCH_HYBRID, /**< SSM or linear-attention layers beside attention */
    EL_ARCH_VLM     /**< takes images or video; the text part may be MoE */
} el_arch;

/** "dense", "moe", "ssm", "hybrid", "vlm". */
const char *el_arch_text(el_arch arch);

/**
 * One language model. Counts are plain numbers, not billions. Parts that the
 * model does not have are 0 (experts, window, vision); unknown is NaN.
 */
typedef struct el_llm {
    const char *slug;
    const char *name;
    const char *family;
    const char *base; /**< slug of the entry whose shape it has; "" none */
    el_arch arch;
    double layers, hidden, heads, kv_heads, head_dim;
    double attention_layers; /**< layers with a KV cache that grows */
    double sliding_window;   /**< tokens seen by a windowed layer; 0 none */
    double window_layers;    /**< how many of attention_layers are windowed */
    double intermediate, mlp_matrices, vocab;
    double experts, top_k, shared_experts, moe_intermediate; /**< 0: dense */
    double moe_layers;
    /** Of state-space layers; 0: none, or chosen by family (el_arch_from_llm).
        ssm_layers counts those of networks whose layers hold either a mixer or
        a feed-forward network (Nemotron-H). */
    double ssm_layers, ssm_inner, ssm_state, ssm_heads, ssm_groups;
    /** Vision tower; 0: none, or chosen by family. */
    double vision_layers, vision_hidden, vision_intermediate;
    double params;             /**< all weights, without vision tower */
    double active_params;      /**< used for one token */
    double body_params;        /**< active, without embedding and head */
    double vision_params;      /**< tower and projector; 0 without */
    double kv_bytes_per_token; /**< bf16, whole model, no window applied */
    double weight_bits;        /**< as released, mean over all weights: 16; 8
                                    for FP8; 4.6 for MXFP4 experts */
} el_llm;

/** One value of an entry, and who says so. */
typedef struct el_fact {
    const char *key;        /**< "tdp_w", as in the file */
    double value;           /**< NaN unknown */
    const char *source;     /**< never empty */
    const char *confidence; /**< confirmed inferred recalled approximate */
    const char *note;       /**< "" none */
} el_fact;

/** What the file of a GPU or model says besides its numbers. */
typedef struct el_entry {
    const char *slug;
    const char *path;  /**< "data/hw/l4.json" (compiled in) or a user's file */
    const char *notes; /**< "" none */
    const char *const *alias; /**< as written */
    size_t n_alias;
    const el_fact *fact; /**< in the order of the struct's members */
    size_t n_fact;
} el_entry;

typedef struct el_catalog el_catalog;

void el_catalog_free(el_catalog *catalog); /**< NULL is fine */

/** Entries are in the order of their slugs. i < n; borrowed. */
size_t el_catalog_n_gpus(const el_catalog *catalog);
size_t el_catalog_n_llms(const el_catalog *catalog);
const el_gpu *el_catalog_gpu_at(const el_catalog *catalog, size_t i);
const el_llm *el_catalog_llm_at(const el_catalog *catalog, size_t i);
const el_entry *el_catalog_gpu_entry(const el_catalog *catalog, size_t i);
const el_entry *el_catalog_llm_entry(const el_catalog *catalog, size_t i);

/** Names longer than this are unknown. */
#define EL_CATALOG_MAX_NAME 192

/**
 * Find a GPU or a model by slug, alias, nvidia-smi name, Hugging Face id.
 *
 * The name and all slugs, names and aliases are reduced to a key:
 *  1. ASCII lower case; "(R)" and "(TM)" dropped; every run of characters
 *     outside [a-z0-9] is one '-', but a point between digits; none at either
 *     end.
 *  2. A '-' after a letter is dropped, so "llama2-70b" is "Llama-2-70B" and
 *     "Max1550" is "Max 1550"; after a digit it stays, so that "glm-4-9b" is
 *     not "glm-49b".
 * Tried in this order, the first key that is known decides:
 *  a. the whole name;
 *  b. GPUs: without leading vendor words (NVIDIA, AMD, Intel, Tesla,
 *     GeForce, Quadro, Instinct, Radeon);
 *     models: what follows the last '/' (organisation or folder) or "--"
 *     (Hugging Face cache folders), then without leading publishers (meta,
 *     nvidia, google, ...);
 *  c. models: without words that leave the shape as it is, wherever they
 *     stand: precision (fp8, bf16, awq, gptq, int4, nvfp4, w4a16, gguf,
 *     ..., with the blocks of GGUF: q4_k_m, iq2_xxs), task (instruct, it, chat,
 * hf, base, thinking, reasoning, preview, ...) and a release date (four or
 * eight digits, as in -2507); GPUs: without form and memory (sxm5, oam, hbm3,
 * 192gb), if that memory is within a tenth of the entry's; d. models: also
 * without a context length (4k, 128k, 1m). A size is never dropped or changed,
 * so a name never finds another size. A MIG slice is not the GPU. "a100" could
 * mean four boards: unknown.
 *
 * @return borrowed from the catalogue, NULL if the name is unknown or
 *         ambiguous
 * Cost    a few hash look-ups; no allocation
 */
const el_gpu *el_catalog_find_gpu(const el_catalog *catalog, const char *name);
const el_llm *el_catalog_find_llm(const el_catalog *catalog, const char *name);

#define EL_CATALOG_MAX_SUGGEST 5

/**
 * Slugs that the user may have meant, nearest first.
 *
 * Entries one of whose keys starts with the name's key come first ("a100"),
 * then those within max(1, length / 3) edits (Levenshtein 1966).
 *
 * @param[out] slug room for EL_CATALOG_MAX_SUGGEST; borrowed
 * @return how many were written; 0 when nothing is near
 */
size_t el_catalog_suggest_gpu(const el_catalog *catalog, const char *name,
                              const char **slug);
size_t el_catalog_suggest_llm(const el_catalog *catalog, const char *name,
                              const char **slug);

/**
 * The same as el_catalog_find_*, but an unknown name is an error:
 * `unknown GPU "a100": did you mean a100-pcie-40gb, a100-pcie-80gb, ...?`
 *
 * @retval EL_OK, EL_E_DATA (unknown; *out untouched)
 */
EL_NODISCARD el_status el_catalog_need_gpu(const el_catalog *catalog,
                                           const char *name, const el_gpu **out,
                                           el_error *err);
EL_NODISCARD el_status el_catalog_need_llm(const el_catalog *catalog,
                                           const char *name, const el_llm **out,
                                           el_error *err);

EL_API_END

#endif

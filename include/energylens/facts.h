/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/facts.h
 * @brief The numbers about one model on one GPU that every form works from.
 *
 * Layer: model. A flat struct, so that a fit file can carry it and a fit
 * stays reproducible when the catalogue changes.
 */
#ifndef EL_FACTS_H
#define EL_FACTS_H
#include "energylens/api.h"
#include "energylens/catalog.h"
#include "energylens/text.h"

EL_API_BEGIN

/** Unknown is NaN; memory_bytes unknown means that capacity is not checked. */
typedef struct el_facts {
    double arch; /**< el_arch as a number */
    double layers, hidden;
    double params;             /**< every weight */
    double active_params;      /**< weights that one token uses */
    double dense_bytes;        /**< weights streamed at every step [bytes] */
    double expert_bytes;       /**< routed experts, all of them [bytes] */
    double experts, top_k;     /**< 0 without experts */
    double kv_bytes_per_token; /**< cache held per token [bytes]; 0 for SSM */
    double kv_window_bytes_per_token; /**< part of it in windowed layers */
    double kv_window;        /**< window [tokens]; 0 = no windowed layers */
    double gpu_memory_bytes; /**< nominal */
    double gpu_bw_bytes_s;
    double gpu_flop_s; /**< peak at this precision */
    double gpu_idle_w; /**< with a context; else bare; else 0.15 TDP */
    double gpu_tdp_w;
    double estimated; /**< 1: shape guessed from the parameter count */
} el_facts;

/** X(member) for every member, for reading and writing facts by name. */
#define EL_FACTS_LIST(X)                                                       \
    X(arch)                                                                    \
    X(layers)                                                                  \
    X(hidden)                                                                  \
    X(params)                                                                  \
    X(active_params)                                                           \
    X(dense_bytes)                                                             \
    X(expert_bytes)                                                            \
    X(experts)                                                                 \
    X(top_k)                                                                   \
    X(kv_bytes_per_token)                                                      \
    X(kv_window_bytes_per_token)                                               \
    X(kv_window)                                                               \
    X(gpu_memory_bytes)                                                        \
    X(gpu_bw_bytes_s)                                                          \
    X(gpu_flop_s)                                                              \
    X(gpu_idle_w)                                                              \
    X(gpu_tdp_w)                                                               \
    X(estimated)

/** Equal in every member; unknown equals unknown. */
bool el_facts_equal(const el_facts *a, const el_facts *b);

/** What a table says about a model that the catalogue does not know. */
typedef struct el_facts_hint {
    double params, active_params; /**< counts; NaN unknown */
    const char *arch;             /**< "dense", "moe", "ssm", "vlm" or "" */
} el_facts_hint;

/**
 * Facts for a model, a GPU and a weight precision.
 *
 * @param llm       catalogue entry or NULL; then hint->params must be known
 * @param gpu       catalogue entry or NULL (capacity and peaks unknown)
 * @param precision "bfloat16", "float16", "fp8", "int8", "awq", "gptq",
 *                  "int4", "mxfp4", "nvfp4"; others count as 16 bits
 * @param hint      may be NULL when llm is given
 * @retval EL_OK, EL_E_DATA (no entry and no parameter count: names what is
 *         missing)
 *
 * Method without an entry: h = 128 L (Llama's aspect), N = 12 L h^2, grouped
 * KV heads of h/4; out->estimated = 1.
 */
EL_NODISCARD el_status el_facts_make(const el_llm *llm, const el_gpu *gpu,
                                     const char *precision,
                                     const el_facts_hint *hint, el_facts *out,
                                     el_error *err);

/**
 * Weight bytes one decode step streams when `batch` requests share it.
 *
 *   dense + expert b / (b + n/k - 1)
 *
 * n experts of which each token takes k: k/n of them at b = 1, all for large
 * b. It is the law for routing whose popularities are Dirichlet(1), which
 * touches fewer experts than uniform routing because some are liked better.
 * On held-out halves of ML.ENERGY v3 it did better than uniform routing (5.1
 * against 5.6 % error, 2026-11).
 */
double el_facts_streamed_bytes(const el_facts *facts, double batch);

/**
 * Tokens of KV cache that tp x pp GPUs hold:
 * ((0.9 * 0.985 memory - 1.2e9) tp pp - weights) / bytes per token.
 *
 * @return NaN when memory is unknown, INFINITY without a KV cache, <= 0 when
 *         the weights do not fit
 * Source  vLLM's default 0.9 memory share; 1.2 GB activations and runtime per
 *         GPU and 0.985 usable of the nominal size (closed-form notes).
 */
double el_facts_kv_capacity(const el_facts *facts, double tp, double pp);

/** What the weights and a cache need of each GPU, and where they would fit. */
typedef struct el_room {
    double gpus;       /**< that share them */
    double need_bytes; /**< on each */
    double have_bytes; /**< usable on each; NaN: unknown */
    double tp, pp;     /**< smallest that fits; NaN: unknown, or none to 4096 */
} el_room;

/**
 * Room for the weights and a cache of `tokens` on tp x pp `gpus`, and the
 * smallest degrees that have it: tp a power of two up to one node, then pp.
 */
el_room el_facts_room(const el_facts *facts, double gpus, double node_gpus,
                      double tokens);

/** "needs 47.1 GiB per GPU on 8 GPUs, 20.1 GiB usable; the smallest that fits:
 * tp=8 pp=6 (48 GPUs)" */
void el_room_print(const el_room *room, el_buf *out);

/** Mean over all weights as they are stored; NaN where it is not known. */
double el_facts_weight_bits(const el_facts *facts);

/** KV bytes that attention reads for one token at context length `length`. */
double el_facts_kv_read_bytes(const el_facts *facts, double length);

EL_API_END

#endif

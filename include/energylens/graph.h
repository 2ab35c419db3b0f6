/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/graph.h
 * @brief Networks written as einsums, and the kernels that they become.
 *
 * Layer: model. text -> el_graph (parsed) -> el_plan (for one sharding) ->
 * el_op (for one batch, query and context length). A plan is made once and
 * asked millions of times.
 *
 * Run-time dims: b requests, s query tokens per request (prompt length in
 * prefill, 1 in decode), t context tokens that attention reads.
 */
#ifndef EL_GRAPH_H
#define EL_GRAPH_H
#include "energylens/arch.h"
#include "energylens/text.h"

typedef enum el_op_kind {
    EL_OP_GEMM,        /**< dense matrix product with a weight */
    EL_OP_ATTENTION,   /**< fused QK, softmax, AV over a KV cache */
    EL_OP_MOE,         /**< grouped GEMM over the experts of this rank */
    EL_OP_SCAN,        /**< state-space scan (and its convolution) */
    EL_OP_ELEMENTWISE, /**< norm, rope, activation, add, softmax, router top-k
                        */
    EL_OP_EMBED,       /**< table look-up */
    EL_OP_COMM         /**< a collective alone */
} el_op_kind;

typedef enum el_comm_kind {
    EL_COMM_NONE,
    EL_COMM_ALL_REDUCE,
    EL_COMM_REDUCE_SCATTER,
    EL_COMM_ALL_GATHER,
    EL_COMM_ALL_TO_ALL,
    EL_COMM_SEND /**< point to point, pipeline stages */
} el_comm_kind;

/** One kernel on one GPU, with what follows it on the wire. */
typedef struct el_op {
    const char *label; /**< borrowed from the plan */
    const char *layer;
    el_op_kind kind;
    double count;          /**< times it runs per forward pass on this GPU */
    double batch, m, n, k; /**< GEMM: batch x (m x k)(k x n), per GPU */
    double flop;           /**< of one run, multiply and add counted apart */
    double weight_bytes, act_bytes, kv_bytes; /**< of one run, DRAM traffic
                           without reuse; fused tensors are not in it */
    double weight_bits; /**< format of the weights; 16 = none packed */
    bool launches;      /**< false: fused into the op before it */
    double heads, kv_heads, head_dim, context; /**< attention, per GPU */
    double experts, top_k, tokens; /**< MoE: experts on this GPU (all of them
                           for ep = 1), picks per token, tokens of the batch */
    el_comm_kind comm;
    double comm_bytes; /**< whole tensor, per run */
    double comm_degree;
    double overlap_stages, overlap_sm; /**< 0 = no overlap */
} el_op;

/** How a forward pass is spread. */
typedef struct el_shard {
    double tp, pp, ep, cp;  /**< degrees, >= 1 */
    bool sequence_parallel; /**< ReduceScatter + AllGather for AllReduce */
} el_shard;

typedef struct el_graph el_graph;
typedef struct el_plan el_plan;

/**
 * Parse a description (grammar in docs/einsum.md).
 *
 * @param name stands in messages: "llama.ein:12:8: unknown key \"fuze\""
 * @retval EL_OK, EL_E_DATA (line and column), EL_E_NOMEM
 */
EL_NODISCARD el_status el_graph_parse(const char *text, size_t len,
                                      const char *name, el_graph **out,
                                      el_error *err);
void el_graph_free(el_graph *graph);

/** Canonical text: parse(print(g)) prints the same again. */
void el_graph_print(const el_graph *graph, el_buf *out);

/**
 * Lower a description for one architecture and sharding. Letters take their
 * sizes from the file's dims and from the architecture's.
 *
 * @retval EL_OK, EL_E_DATA (a sharded letter is not divisible: names letter,
 *         size and degree; KV heads below tp are replicated), EL_E_NOMEM
 */
EL_NODISCARD el_status el_plan_make(const el_graph *graph,
                                    const el_arch_desc *arch,
                                    const el_shard *shard, el_plan **out,
                                    el_error *err);
void el_plan_free(el_plan *plan);

size_t el_plan_n_ops(const el_plan *plan);
/** Sizes of op i for b requests, s query and t context tokens. O(1). */
void el_plan_op(const el_plan *plan, size_t i, double b, double s, double t,
                el_op *out);
/** "" or what was adjusted: "8 KV heads replicated over tp 16". */
const char *el_plan_note(const el_plan *plan);

#endif

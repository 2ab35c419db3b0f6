/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/graph.h
 * @brief Networks written as einsums, and the kernels that they become.
 *
 * Layer: model. text -> el_graph (parsed) -> el_plan (for one sharding) ->
 * el_op (for one batch, query and context length). A plan is made once and
 * asked millions of times; plans and graphs are immutable, so any number of
 * threads may ask.
 *
 * Run-time dims: b requests, s query tokens per request (prompt length in
 * prefill, 1 in decode), t context tokens that attention reads, those s among
 * them (t >= s).
 */
#ifndef EL_GRAPH_H
#define EL_GRAPH_H
#include "energylens/api.h"
#include "energylens/arch.h"
#include "energylens/text.h"

EL_API_BEGIN

typedef enum el_op_kind {
    EL_OP_GEMM,        /**< matrix product */
    EL_OP_ATTENTION,   /**< fused QK, softmax, AV over a KV cache */
    EL_OP_MOE,         /**< grouped GEMM over the experts of this rank */
    EL_OP_SCAN,        /**< state-space scan (and its convolution) */
    EL_OP_ELEMENTWISE, /**< norm, rope, activation, add, softmax, top-k */
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
    el_comm_kind comm; /**< what follows it on the wire */
    bool launches;     /**< false: fused into the op before it */
    bool own_rows; /**< MoE: all-to-all brought this rank its picks alone; else
                      it passes those of all, others' as zeros */
    bool blocks;   /**< MoE: 8-bit weights scaled by 128 x 128 blocks */
    bool aligned;  /**< MoE: by the grouped kernel that such weights have, where
                      the device has one (el_moe_cost) */
    double count;  /**< runs per forward pass on this GPU, of the stage with the
                      most layers; 0: not in this phase, skip it */
    double total;  /**< runs over all pipeline stages: of a pass's latency and
                      energy. count = total for pp = 1 */
    double batch, m, n, k; /**< GEMM: batch x (m x k)(k x n), per GPU; MoE:
                              batch = experts here, m = mean tokens of each;
                              scan: m = tokens of a chunk, 0 one by one */
    double flop;           /**< of one run, multiply and add counted apart */
    double weight_bytes;   /**< read in one run. Of an MoE all experts on this
                              GPU: scale by the share that is touched. Of an
                              embedding the rows looked up */
    double stored_bytes;   /**< weights held in memory for one run's layer */
    double act_bytes; /**< operands and results, once each; tensors made and
                         used inside a fused kernel are not in it */
    double kv_bytes;  /**< read from the KV cache; SSM state read and written */
    double weight_bits; /**< format of the weights; 16 = none packed */
    double heads, kv_heads, head_dim; /**< attention, per GPU */
    double context; /**< attention: mean tokens that a query attends, with
                       window and causal mask: (t + t - s + 1) / 2 */
    double experts, top_k, tokens; /**< MoE: experts on this GPU (all of them
                           for ep = 1), picks per token, tokens of the batch
                           over all ranks. flop assumes even load */
    const char *routing; /**< MoE: as in the description ("dirichlet:0.7"), or
                            "" */
    double comm_bytes;   /**< per run: the whole tensor; all-to-all: what one
                            rank sends; send: one rank's activations */
    double comm_degree;  /**< GPUs that take part */
    double overlap_stages, overlap_sm; /**< 0 = no overlap */
} el_op;

/** How the parts of an MoE layer on several GPUs are joined. */
typedef enum el_moe_comm {
    EL_MOE_AUTO,       /**< all-reduce for ep <= tp, else all-to-all */
    EL_MOE_ALL_REDUCE, /**< tokens everywhere, results summed */
    EL_MOE_RS_AG,      /**< tokens gathered, results reduce-scattered */
    EL_MOE_ALL_TO_ALL  /**< dispatch and combine */
} el_moe_comm;

/**
 * How a forward pass is spread, and how it is lowered.
 *
 * A replica has pp x cp x max(tp, ep) GPUs. Experts are spread over ep of
 * them, and each over tp / ep where tp > ep. With ep > tp the rest of the
 * layer runs on ep / tp groups, each with its share of the b requests (data
 * parallel attention); b is always that of the whole replica.
 */
typedef struct el_shard {
    double tp, pp, ep, cp;  /**< degrees, whole, 1 to EL_SHARD_MAX */
    bool sequence_parallel; /**< ReduceScatter + AllGather for AllReduce */
    bool unfused; /**< every op a kernel of its own, its tensors in memory, and
                     stacked products apart; QK, softmax and AV stay one */
    bool images;  /**< prompts hold some; without, layers of cross-attention are
                     skipped (and stored all the same) */
    el_moe_comm moe_comm; /**< where the description says auto */
} el_shard;

#define EL_SHARD_MAX 65536.0

typedef struct el_graph el_graph;
typedef struct el_plan el_plan;

#define EL_GRAPH_MAX_BYTES  (1u << 20)
#define EL_GRAPH_MAX_OPS    2048u
#define EL_GRAPH_MAX_LAYERS 256u
#define EL_GRAPH_MAX_DIMS   2048u

/**
 * Parse a description (grammar in docs/einsum.md).
 *
 * @param name stands in messages: "llama.ein:12:8: unknown key \"fuze\""
 * @param[out] out owned by the caller; written only on EL_OK
 * @retval EL_OK, EL_E_ARG (NULL), EL_E_DATA (line and column), EL_E_NOMEM
 */
EL_NODISCARD el_status el_graph_parse(const char *text, size_t len,
                                      const char *name, el_graph **out,
                                      el_error *err);
void el_graph_free(el_graph *graph); /**< NULL is fine */

/** Canonical text: parse(print(g)) prints the same again. */
void el_graph_print(const el_graph *graph, el_buf *out);

/**
 * Lower a description for one architecture and sharding. Letters take their
 * sizes from the file's dims and from the architecture's.
 *
 * With pp > 1 the counts are those of the stage with the most layers, plus
 * what comes before and after all layers (embedding, head) and the
 * activations it sends on.
 *
 * @param arch NULL where the description names no size of an architecture
 * @param[out] out owned by the caller, needs neither graph nor arch any more
 * @retval EL_OK, EL_E_ARG (NULL, a degree that is no whole number), EL_E_DATA
 *         (a sharded letter is not divisible: names letter, size and degree;
 *         KV heads below tp are replicated; more stages than layers; a size
 *         is missing or absurd), EL_E_NOMEM
 */
EL_NODISCARD el_status el_plan_make(const el_graph *graph,
                                    const el_arch_desc *arch,
                                    const el_shard *shard, el_plan **out,
                                    el_error *err);
void el_plan_free(el_plan *plan); /**< NULL is fine */

size_t el_plan_n_ops(const el_plan *plan);
/**
 * Sizes of op i for b requests, s query and t context tokens.
 *
 * s = 1 is decode, s > 1 prefill: ops of the other phase have count 0.
 * Cost: O(1), no allocation, about 20 ns.
 */
void el_plan_op(const el_plan *plan, size_t i, double b, double s, double t,
                el_op *out);
/** "" or what was adjusted: "8 KV heads replicated over tp 16". */
const char *el_plan_note(const el_plan *plan);
/** GPUs of the replica: pp x cp x max(tp, ep). */
double el_plan_gpus(const el_plan *plan);
/** Weights on one GPU of the stage that the plan describes [bytes]. */
double el_plan_weight_bytes(const el_plan *plan);
/** KV cache and state of one request with t tokens on one GPU [bytes]. */
double el_plan_cache_bytes(const el_plan *plan, double t);

EL_API_END

#endif

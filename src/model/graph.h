/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parsed description. Layer: model.
 *
 * Names are resolved while parsing: a reference is the index of a dim that
 * stands above, or of a size of the architecture. So dims cannot be circular
 * and are evaluated in one pass.
 */
#ifndef EL_MODEL_GRAPH_H
#define EL_MODEL_GRAPH_H
#include "base/str.h"
#include "energylens/graph.h"

#define EL_TENSOR_MAX 12 /* letters of one tensor */
#define EL_UNION_MAX  24 /* distinct letters of one op */
#define EL_MAX_IN     4
#define EL_MAX_SPLIT  4
#define EL_MAX_STACK  4
#define EL_NO_EXPR    (-1)
#define EL_NO_DIM     (-1)
#define EL_RUN_TIME   "bstT" /* letters without a size of their own */

/* name, as written, flop per element of the index space where elementwise:
   counts of additions, products and special functions of the usual formulas */
#define EL_KIND_LIST(X)                                                        \
    X(GEMM, "gemm", 2)                                                         \
    X(ATTN, "attn", 2)                                                         \
    X(MOE, "moe", 2)                                                           \
    X(ROUTER, "router", 2)                                                     \
    X(EMBED, "embed", 0)                                                       \
    X(SCAN, "scan", 7)                                                         \
    X(CONV, "conv", 2)                                                         \
    X(SOFTMAX, "softmax", 5)                                                   \
    X(RMSNORM, "rmsnorm", 4)                                                   \
    X(LAYERNORM, "layernorm", 7)                                               \
    X(ROPE, "rope", 3)                                                         \
    X(SWIGLU, "swiglu", 4)                                                     \
    X(GELU, "gelu", 8)                                                         \
    X(ADD, "add", 1)

typedef enum el_node_kind {
#define X(name, text, flop) EL_NODE_##name,
    EL_KIND_LIST(X)
#undef X
        EL_NODE_KINDS
} el_node_kind;

typedef enum el_axis { EL_AXIS_TP, EL_AXIS_EP, EL_AXIS_CP } el_axis;
typedef enum el_when {
    EL_WHEN_ALWAYS,
    EL_WHEN_PREFILL,
    EL_WHEN_DECODE
} el_when;

/* Where the second operand of an attention product comes from. */
typedef enum el_kv {
    EL_KV_CACHE,  /* held for each request, read at kv_bits */
    EL_KV_SHARED, /* read, but held by another layer */
    EL_KV_SEEN,   /* part of what the keys' product has read */
    EL_KV_PLAIN   /* an ordinary tensor */
} el_kv;

typedef enum el_node_comm {
    EL_JOIN_AUTO,
    EL_JOIN_AR,
    EL_JOIN_RS_AG,
    EL_JOIN_A2A,
    EL_JOIN_LATER, /* partial sums go into the next all-reduce */
    EL_JOIN_NONE
} el_node_comm;

typedef enum el_mask { EL_MASK_AUTO, EL_MASK_CAUSAL, EL_MASK_FULL } el_mask;

typedef struct el_graph_expr {
    char what; /* 'n' number, 'r' reference, '!', '+', '-', '*', '/' */
    double number;
    int ref; /* >= 0 a dim, < 0: size -1 - ref of the architecture */
    int left, right;
} el_graph_expr;

typedef struct el_dim {
    const char *name;
    int expr, line, column;
    int spill; /* dim that takes the rest of a degree above this one's size */
    bool pad;  /* the last rank's part may be short */
    bool gone; /* its layer has ended: no longer seen */
} el_dim;

typedef struct el_split {
    char letter;
    el_axis axis;
    bool optional; /* replicated where not divisible */
} el_split;

typedef char el_tensor[EL_TENSOR_MAX + 1];

/* One op statement. */
typedef struct el_node {
    int line, column;
    el_tensor in[EL_MAX_IN], out;
    int n_in;
    char letter[EL_UNION_MAX + 1]; /* distinct, in order of appearance */
    int ref[EL_UNION_MAX];         /* their sizes; unused for b s t T */
    el_node_kind kind;
    const char *label, *fuse, *routing, *dtype; /* "" none */
    const char *flops_text;                     /* as written: "" none */
    el_split split[EL_MAX_SPLIT];
    int n_split;
    int weight; /* operand that is a weight, 1 or 2; 0 none */
    int window, sparse, ratio, topk, experts, shared, cond; /* expressions */
    int chunk;               /* of a scan, expression */
    int stack[EL_MAX_STACK]; /* parts of the result, expressions */
    int n_stack;
    double flops; /* per element of the index space; < 0: the kind's */
    double overlap_stage, overlap_sm;
    el_node_comm comm;
    el_mask mask;
    el_when when;
    el_kv kv;
    bool stored; /* false: its weights are those of another op */
} el_node;

/* What stands in a row of the file, in order. */
typedef enum el_row_kind {
    EL_ROW_DIM,
    EL_ROW_OP,
    EL_ROW_LAYER,
    EL_ROW_END
} el_row_kind;
typedef struct el_row {
    el_row_kind kind;
    size_t index;
} el_row;

typedef struct el_layer {
    const char *name;
    int count;  /* expression */
    int stored; /* copies of the weights; EL_NO_EXPR: as many as layers */
    int line, column;
} el_layer;

struct el_graph {
    const char *name;
    el_strings strings;
    el_graph_expr *expr;
    el_dim *dim;
    el_node *node;
    el_layer *layer;
    el_row *row;
    size_t n_expr, n_dim, n_node, n_layer, n_row;
    size_t cap_expr, cap_dim, cap_node, cap_layer, cap_row;
    size_t n_prelude; /* dims that every description knows: not printed */
};

const char *el_node_kind_text(el_node_kind kind);
double el_node_kind_flop(el_node_kind kind);

/* Words of enums in the order of their values; NULL ends each. */
extern const char *const el_axis_word[],
    *const el_when_word[], *const el_kv_word[], *const el_comm_word[],
                                                    *const el_mask_word[];

/* Sizes of the architecture that expressions may name. -1: unknown name. */
int el_size_find(const char *name);
const char *el_size_name(int index);
double el_size_value(const el_arch_desc *arch, int index); /* NaN: no arch */

/* Bits of a dtype word: a part of the network or a format. NaN: unknown. */
double el_dtype_bits(const el_arch_desc *arch, const char *word);

/*
 * Value of an expression, NaN where undefined (division by 0, no
 * architecture). dim[] holds the values of the dims above it.
 */
double el_graph_expr_value(const el_graph *graph, int expr, const double *dim,
                           const el_arch_desc *arch);
void el_graph_expr_print(const el_graph *graph, int expr, el_buf *out);

#endif

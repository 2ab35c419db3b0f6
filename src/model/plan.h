/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lowering of a description. Layer: model.
 *
 * Every size is a sum of c b^i s^j t^k with i, j, k in {0, 1}: eight
 * coefficients, indexed by a mask of which run-time letters take part.
 */
#ifndef EL_MODEL_PLAN_H
#define EL_MODEL_PLAN_H
#include "model/graph.h"

#define EL_IN_B  1u
#define EL_IN_S  2u
#define EL_IN_T  4u
#define EL_MASKS 8

typedef struct el_mono {
    double c;
    unsigned mask;
} el_mono;

/* A kernel before b, s and t are known. */
typedef struct el_step {
    el_op op; /* what does not depend on them */
    el_mono batch, m, n, k, context, weight, comm;
    double flop[EL_MASKS], act[EL_MASKS], kv[EL_MASKS];
    double held;                  /* share of kv that stays in memory */
    double window, sparse, ratio; /* 0 = none */
    bool causal;
    bool ranged; /* one of the four: not every query sees all of t */
    bool wide;   /* b is that of all data-parallel groups */
    el_when when;
} el_step;

struct el_plan {
    el_strings strings;
    el_step *step;
    size_t n_step, cap_step;
    el_shard shard;
    double groups; /* data-parallel attention groups: ep / tp, at least 1 */
    double other_bytes;
    char note[512];
};

/* Sizes of the letters of one node on one GPU. */
typedef struct el_shape {
    const el_node *node;
    el_mono size[EL_UNION_MAX];
    double degree[EL_UNION_MAX]; /* that the letter was divided by */
} el_shape;

/* State of lowering. */
typedef struct el_lower {
    const el_graph *graph;
    const el_arch_desc *arch; /* may be NULL */
    el_plan *plan;
    el_error *err;
    double *dim;          /* values */
    double *local;        /* values where spilled letters are sharded */
    const el_node **node; /* of this layer, those whose if= holds */
    size_t n_node;
    const char *layer;
    double count, total;
    double stored;  /* share of the layers that have weights of their own */
    bool repeats;   /* the last op is followed by the first */
    bool split;     /* tokens lie spread over tp (sequence parallel) */
    double pending; /* degree of partial sums not yet joined; 1 none */
    /* of the MoE section, see plan_moe.c */
    bool in_moe;
    double experts, top_k, shared, moe_ep, moe_tp;
    const char *routing;
    el_node_comm join;
} el_lower;

el_status el_lower_fail(const el_lower *l, const el_node *node, const char *fmt,
                        ...) EL_PRINTF(3, 4);
/* Adds to the plan's note unless it is there already. */
void el_lower_note(el_lower *l, const char *fmt, ...) EL_PRINTF(2, 3);

/* plan_size.c: values of all dims, with and without spilling. */
void el_lower_dims(el_lower *l);
/* Value of an expression; `otherwise` for EL_NO_EXPR. */
double el_lower_value(const el_lower *l, int expr, double otherwise);
/*
 * part: of the `shared` experts that every token visits, not of the routed.
 * split: tokens are spread over tp.
 */
EL_NODISCARD el_status el_shape_make(el_lower *l, const el_node *node,
                                     bool part, bool split, el_shape *out);
el_mono el_shape_tensor(const el_shape *shape, const char *tensor);
/* Product of the degrees of sharded letters that are not in the result. */
double el_shape_contracted(const el_shape *shape);
el_mono el_mono_times(el_mono x, el_mono y);

/* plan_step.c */
EL_NODISCARD el_status el_step_make(el_lower *l, const el_shape *shape,
                                    el_step *out);
/* One attention kernel of several nodes; degree: of partial sums. */
EL_NODISCARD el_status el_step_attention(el_lower *l, const el_node **node,
                                         size_t n, el_step *out, el_shape *last,
                                         double *degree);
EL_NODISCARD el_status el_step_push(el_lower *l, const el_step *step);

/* plan_comm.c */
EL_NODISCARD el_status el_comm_push(el_lower *l, const char *label,
                                    el_comm_kind kind, el_mono bytes,
                                    double degree, bool wide);
/* Joins partial sums of degree parts of the tensor; pushes the step. */
EL_NODISCARD el_status el_comm_join(el_lower *l, el_step *step,
                                    const el_shape *shape, double degree);
/*
 * plan_unfused.c: of an unfused sharding, pushes the kernels that a fused one
 * merges into the step, which becomes the last of them.
 */
EL_NODISCARD el_status el_unfused_parts(el_lower *l, const el_shape *shape,
                                        el_step *step);

/* plan_moe.c: around the ops that have the letter T. */
EL_NODISCARD el_status el_moe_begin(el_lower *l, size_t i);
EL_NODISCARD el_status el_moe_dispatch(el_lower *l, const el_shape *shape);
EL_NODISCARD el_status el_moe_end(el_lower *l, el_step *step,
                                  const el_shape *shape);

/* plan_layer.c: all nodes of l->node. */
EL_NODISCARD el_status el_lower_layer(el_lower *l);

#define EL_ACT_BYTES 2.0 /* activations are 16 bit */

#endif

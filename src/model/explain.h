/* SPDX-License-Identifier: Apache-2.0 */
/* One forward pass, kernel by kernel. Layer: model. */
#ifndef EL_MODEL_EXPLAIN_H
#define EL_MODEL_EXPLAIN_H
#include "model/analytic_terms.h"

/* What a kernel's time is mostly made of. */
typedef enum el_bound {
    EL_BOUND_MATH,
    EL_BOUND_MEMORY,
    EL_BOUND_LAUNCH /* neither: start-up takes longer than its roofline */
} el_bound;

const char *el_bound_name(el_bound bound);        /* "math", ... */
const char *el_op_kind_name(el_op_kind kind);     /* "gemm", ... */
const char *el_comm_kind_name(el_comm_kind kind); /* "all-reduce"; "" none */

/*
 * One op, all its runs in a pass. flop and bytes: on one GPU (with pp > 1 on
 * one GPU of each stage, together), of an MoE the mean rank and only the
 * experts that tokens reach. Energies: all GPUs of the replica, with the idle
 * watts of that time.
 */
typedef struct el_explain_row {
    el_op op; /* of one run; labels are borrowed from the plan */
    double flop, weight_bytes, act_bytes, kv_bytes, comm_bytes;
    double time_s; /* kernels */
    double comm_s; /* collectives, as far as no kernel hides them */
    double energy_j, comm_j;
    el_bound bound;
    bool measured, comm_measured; /* by a user: kernel table, links */
} el_explain_row;

typedef struct el_explain {
    bool prefill;
    bool vision; /* images before their prompts; tokens are what they become */
    double requests, query, context; /* of this pass; of a tower: tiles,
                                        patches */
    double passes; /* prefill: of the whole batch; decode: micro-batches that
                      fill the pipeline */
    el_explain_row *row;
    size_t n;
    double host_s, host_j;   /* scheduling, sampling, waiting for launches */
    double time_s, energy_j; /* rows and host */
    double idle_j;           /* of it: watts of GPUs doing nothing */
    double roofline_s;       /* least time of these FLOP and bytes */
    double flop, bytes;      /* of one GPU */
    double comm_s, comm_j;
    double tokens; /* prompt tokens read, or tokens made */
    double tokens_per_s, j_per_token;
} el_explain;

/* The model that is asked, and how it is spread; all borrowed. */
typedef struct el_explain_source {
    const el_analytic *analytic;
    const el_device *device;
    const el_engine *engine;
    const el_plan *plan; /* of shard, prepared */
    const el_shard *shard;
} el_explain_source;

/*
 * Explain a prefill pass (as many prompts of point->batch as the engine takes
 * at once, the last chunk of a long one) or a decode step (half way through
 * the answers). Times and energies add up to el_analytic_pass and what the
 * engine adds. isl and osl of the point must be known.
 *
 * EL_E_NOMEM. out: el_explain_clear. Cost: about 10 us.
 */
EL_NODISCARD el_status el_explain_pass(const el_explain_source *source,
                                       const el_point *point, bool prefill,
                                       el_explain *out, el_error *err);
/*
 * The images of as many prompts as pass together. source: of the tower.
 * EL_E_NOMEM.
 */
EL_NODISCARD el_status el_explain_images(const el_explain_source *source,
                                         const el_sight *sight, double prompts,
                                         el_explain *out, el_error *err);
void el_explain_clear(el_explain *explain);

/* The same deployment with one thing changed; savings below 0 cost. */
typedef struct el_what_if {
    char change[48];
    double j_per_token, tpot_s, ttft_s; /* of the changed one */
    /* lo and hi: where all joules are off by what the band of the prediction
     * allows; that changes share the model's error, so that their order is
     * surer than their size, is assumed */
    double saved_j_per_token, saved_lo_j, saved_hi_j;
    double saved_tpot_s, saved_ttft_s;
    bool fits;
} el_what_if;

#define EL_MAX_WHAT_IF 18u

/* Everything that the verb answers. */
typedef struct el_explanation {
    const el_group_key *key;
    el_shard shard;
    el_point point;
    double gpus;
    double weight_bits; /* mean of all parameters, scales included */
    /* of one GPU [bytes]; cache: all requests at full length */
    double weight_bytes, cache_bytes, reserve_bytes, memory_bytes;
    bool fits;
    double fits_tp; /* least power of two that does; NaN unknown */
    const char *plan_note, *arch_note; /* "" none */
    size_t n_phase, n_what_if;
    el_explain phase[3];
    el_prediction prediction;           /* of the whole request */
    el_what_if what_if[EL_MAX_WHAT_IF]; /* most joules saved first */
} el_explanation;

#endif

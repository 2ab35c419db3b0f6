/* SPDX-License-Identifier: Apache-2.0 */
/* From passes to what a user asked: times, joules, shares, bands. Layer: model.
 */
#ifndef EL_MODEL_ANALYTIC_TERMS_H
#define EL_MODEL_ANALYTIC_TERMS_H
#include "energylens/analytic.h"
#include "model/shard.h"

/* The images of one prompt. */
typedef struct el_sight {
    double n; /* 0 none */
    el_image_work one;
    double joins; /* tokens that join the prompt */
    bool assumed; /* from the workload's label */
} el_sight;

/* Both phases of one configuration. prefill is of one prompt when steady,
 * else of the whole batch. */
typedef struct el_phases {
    el_point point;
    double isl, batch_size;
    double gpus;  /* of one replica */
    bool joins;   /* prompts share steps with the others' decoding */
    double waves; /* in which the batch runs; 1: all at once */
    double weight_bytes, cache_bytes; /* on one GPU; cache of one request */
    el_pass prefill, step;
    el_pass vision; /* of the prompts' images; part of prefill */
    el_sight sight;
} el_phases;

/* EL_E_DATA: images for a network without a tower, or more tokens than isl. */
EL_NODISCARD el_status el_sight_of(const el_arch_desc *arch,
                                   const el_point *point, const char *workload,
                                   el_sight *out, el_error *err);

/* Images of one prompt of each of n requests, as many at once as fit into a
 * prefill pass. Nothing where the analytic has no tower. */
void el_sight_pass(const el_analytic *analytic, const el_shard *shard,
                   const el_sight *sight, double n, double chunk_tokens,
                   el_pass *out);

/* Bytes on each GPU that weights and one request's cache have too few of. */
double el_phases_lack(const el_phases *f, const el_device *device);

void el_phases_predict(const el_phases *phases, const el_arch_desc *arch,
                       const el_device *device, el_prediction *out);

#endif

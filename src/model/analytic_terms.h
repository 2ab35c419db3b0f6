/* SPDX-License-Identifier: Apache-2.0 */
/* From passes to what a user asked: times, joules, shares, bands. Layer: model.
 */
#ifndef EL_MODEL_ANALYTIC_TERMS_H
#define EL_MODEL_ANALYTIC_TERMS_H
#include "energylens/analytic.h"

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
} el_phases;

void el_phases_predict(const el_phases *phases, const el_arch_desc *arch,
                       const el_device *device, el_prediction *out);

/* Tensor, pipeline, expert degrees of a configuration as an engine runs it. */
el_shard el_point_shard(const el_point *point);

#endif

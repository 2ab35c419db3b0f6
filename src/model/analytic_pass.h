/* SPDX-License-Identifier: Apache-2.0 */
/* Ops of a plan summed up to a pass. Layer: model. */
#ifndef EL_MODEL_ANALYTIC_PASS_H
#define EL_MODEL_ANALYTIC_PASS_H
#include "energylens/analytic.h"

/* GPUs of one pipeline stage. */
double el_stage_gpus(const el_shard *shard);

/* sum += times x p */
void el_pass_add(el_pass *sum, const el_pass *p, double times);

/* Prompts that share a step with decoding requests. */
typedef struct el_ride {
    double decoding, context;    /* requests, tokens of their caches */
    double prompts, query, seen; /* prompts, new tokens of each, with those of
                                    earlier chunks */
} el_ride;

/*
 * What the step takes more than without the prompts. Kernels that work on
 * tokens run once for both; attention runs apart.
 */
void el_pass_ride(const el_device *device, const el_engine *engine,
                  const el_plan *plan, double gpus, const el_ride *ride,
                  el_pass *out);

#endif

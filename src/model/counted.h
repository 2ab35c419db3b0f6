/* SPDX-License-Identifier: Apache-2.0 */
/* Joules of work that was only counted, not logged request by request. Layer:
 * model. */
#ifndef EL_MODEL_COUNTED_H
#define EL_MODEL_COUNTED_H
#include "model/replica.h"

/* What replicas did in a while; not below 0. */
typedef struct el_counted {
    double replica_s;     /* time, times replicas */
    double prompts;       /* begun */
    double prompt_tokens; /* read; not those from a prefix cache */
    double tokens;        /* made by steps: all but the first of each answer */
    double steps;         /* of all replicas; NaN: from in_flight */
    double in_flight;     /* mean of a busy replica, where steps is NaN */
    double context;       /* mean tokens of a request in flight */
} el_counted;

/*
 * b = tokens / steps requests decode together (at least 1, at most the batch):
 *
 *   decode   steps (step(b) + context(b) b context), linear between batches
 *   prefill  prompts pass(prompt_tokens / prompts)
 *   idle     the rest of replica_s, if there is one
 *
 * for seconds and joules of *out; its end_s, peak and n_refused are 0. Steps of
 * uneven size cost what their mean costs: exact where the step's cost is linear
 * in b. Prompts that share a pass cost a pass each: too much, by less than what
 * an empty pass takes.
 */
void el_replica_counted(const el_replica *replica, const el_counted *counted,
                        el_replica_sum *out);

#endif

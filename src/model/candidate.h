/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates of the search: which there are, what each one does. Layer: model.
 */
#ifndef EL_MODEL_CANDIDATE_H
#define EL_MODEL_CANDIDATE_H
#include "energylens/optimize.h"

/* Query numbers in range, and the fit has what they ask for. EL_E_ARG, DATA. */
EL_NODISCARD el_status el_optimize_check(const el_optimize_query *query,
                                         el_error *err);

/* Receives each configuration of the grid; an error ends the walk. */
typedef el_status (*el_config_fn)(void *ctx, const el_config *config,
                                  el_error *err);

/*
 * Every configuration that the query's axes span. With a rate and no batch
 * list, batch is NaN: el_candidate_make then finds the one that holds the load.
 */
EL_NODISCARD el_status el_config_walk(const el_optimize_query *query,
                                      el_config_fn fn, void *ctx,
                                      el_error *err);

/*
 * How many configurations the walk will hand out. EL_E_ARG above
 * EL_MAX_CANDIDATES - already.
 */
EL_NODISCARD el_status el_config_count(const el_optimize_query *query,
                                       size_t already, size_t *out,
                                       el_error *err);

/* GPUs that a configuration uses: pp dp max(tp, ep). */
double el_config_gpus(const el_config *config);

/* Requests whose KV cache fits, >= 1; INFINITY without a limit. */
double el_config_most_requests(const el_optimize_query *query,
                               const el_config *config);

/* Automatic batch sizes: 1, 2, 3, 4, 6, 8, 12, ..., EL_MAX_BATCH. */
double el_batch_next(double batch);

#endif

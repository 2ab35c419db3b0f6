/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates of the search: which there are, what each one does. Layer: model.
 */
#ifndef EL_MODEL_CANDIDATE_H
#define EL_MODEL_CANDIDATE_H
#include "energylens/optimize.h"
#include "model/queue.h"

/*
 * One axis of the grid. To add one: a member in el_config, its list in
 * el_optimize_query, and a row in el_grid_axes with its automatic values.
 */
typedef struct el_grid_axis {
    const char *name;
    size_t value; /* offset in el_config, a double */
    size_t list;  /* offset in el_optimize_query, an el_values */
    bool (*next)(const el_optimize_query *query, const el_config *config,
                 double *v);
} el_grid_axis;

#define EL_N_GRID_AXES 5u
extern const el_grid_axis el_grid_axes[EL_N_GRID_AXES];

double *el_grid_value(const el_grid_axis *axis, el_config *config);
const el_values *el_grid_list(const el_grid_axis *axis,
                              const el_optimize_query *query);

/* Query numbers in range, and the fit has what they ask for. EL_E_ARG, DATA. */
EL_NODISCARD el_status el_optimize_check(const el_optimize_query *query,
                                         el_error *err);

/* Receives each configuration of the grid; an error ends the walk. */
typedef el_status (*el_config_fn)(void *ctx, const el_config *config,
                                  el_error *err);

/*
 * Every configuration that the query's axes span, each once. With a rate and
 * no batch list, batch is NaN: el_candidate_make then finds the one that holds
 * the load.
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

/* What one configuration may share with the next: the times of its sharding. */
typedef struct el_candidate_memo {
    const el_optimize_query *query; /* NULL: of none so far */
    el_config config;
    el_queue_times times;
} el_candidate_memo;

/* As el_candidate_make, the same bits, for one configuration after another. */
EL_NODISCARD el_status el_candidate_next(const el_optimize_query *query,
                                         const el_config *config,
                                         el_candidate_memo *memo,
                                         el_candidate *out, el_error *err);

/* Hears of each candidate, in the order of the grid; an error ends it. */
typedef el_status (*el_candidate_fn)(void *ctx, const el_config *config,
                                     const el_candidate *candidate,
                                     el_error *err);

/* Where a search stands; one may go on over several walks. */
typedef struct el_search {
    const el_task *task; /* NULL: silent, one thread */
    size_t done, total;  /* set total first: el_config_count of all */
    el_candidate_fn fn;
    void *ctx;
} el_search;

/*
 * Walk the n queries one after another and make every candidate, on
 * task->threads threads; candidate->setup is the query's index. fn runs on
 * the calling thread, in the order of the walk whatever the threads. `config`
 * is as walked: dp or batch may be NaN.
 *
 * EL_E_NOMEM, EL_E_CANCELLED ("1,234 of 5,000 configurations"), or fn's own.
 * Memory: a chunk of some thousand candidates, however many there are.
 */
EL_NODISCARD el_status el_search_run(el_search *search,
                                     const el_optimize_query *query, size_t n,
                                     el_error *err);

/* GPUs that a configuration uses: pp dp max(tp, ep). */
double el_config_gpus(const el_config *config);

/* GPUs that fill up the last node. */
double el_spare_gpus(double gpus, double node_gpus);
/* Those whose idle watts are not in the fitted joules but in the scope. */
double el_query_spare_gpus(const el_optimize_query *query, double gpus);

/* Requests whose KV cache fits, >= 1; INFINITY without a limit. */
double el_config_most_requests(const el_optimize_query *query,
                               const el_config *config);

/* Batch of a server that was told none: vLLM's 256, or what fits. */
double el_config_usual_batch(const el_optimize_query *query,
                             const el_config *config);

/* Automatic batch sizes: 1, 2, 3, 4, 6, 8, 12, ..., EL_MAX_BATCH. */
double el_batch_next(double batch);

#endif

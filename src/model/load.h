/* SPDX-License-Identifier: Apache-2.0 */
/* What one configuration does at each batch size, as queues need it. Layer:
 * model. */
#ifndef EL_MODEL_LOAD_H
#define EL_MODEL_LOAD_H
#include "energylens/optimize.h"
#include "model/queue.h"

/* Prompt tokens that one pass takes: vLLM's max_num_batched_tokens on large
 * GPUs. */
#define EL_CHUNK_TOKENS 8192.0

/*
 * Predict a configuration with so many requests in flight in each replica:
 * steady, of a flow in which prompts arrive one by one, or of requests that
 * start together. Fits know no such difference. EL_E_NOMEM.
 */
EL_NODISCARD el_status el_config_predict(const el_optimize_query *query,
                                         const el_config *config, double batch,
                                         bool steady, el_prediction *out,
                                         el_error *err);

/* Ends of the 90 % intervals of a prediction, as shares of what it says. */
typedef struct el_bands {
    double energy_lo, energy_hi;
    double ttft_hi, tpot_hi; /* NaN: not known */
    el_source source;
} el_bands;

/* Those of a steady flow with so many in flight, at least one. False: it
 * cannot be predicted; *out then has energies of 1 and times of NaN. */
bool el_config_bands(const el_optimize_query *query, const el_config *config,
                     double in_flight, el_bands *out);

/*
 * TTFT + TPOT (O - 1), else the fitted run time; without either, prompts take
 * one step: a TPOT measured while serving has their work in it. [s]
 */
double el_request_latency(const el_prediction *prediction, double osl);

/*
 * Times of prompts and steps at batches 1, 2, 3, 4, 6, ... that reach `most`.
 * A fit that cannot tell them apart gives the steps all of its time.
 *
 * @param times in: n = 0, or times of the same query and sharding (tp, pp, ep,
 *              and dp where the fit has seen several): batches that they have
 *              are not asked for again. Unchanged on failure.
 * EL_E_NOMEM.
 */
EL_NODISCARD el_status el_queue_times_make(const el_optimize_query *query,
                                           const el_config *config, double most,
                                           el_queue_times *times,
                                           el_error *err);
/* Two configurations of a query have the same times. */
bool el_config_same_times(const el_optimize_query *query, const el_config *a,
                          const el_config *b);

/*
 * The smallest batch of the grid that holds the load's peak with the margin,
 * else `most`, and the queue then.
 */
double el_batch_choose(el_queue_flow *flow, double most, el_queue *out);

/* The queue of one replica at rate_hz with a batch of at most `batch`. */
el_queue_load el_queue_load_of(const el_optimize_query *query, double rate_hz,
                               double batch);

/* Half-width: value at the query's percentile where hi is the upper end of its
 * two-sided EL_LEVEL interval; a ratio. */
double el_doubt_ratio(const el_optimize_query *query, double value, double hi);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Results of optimize and explore as JSON and CSV. Layer: io. */
#ifndef EL_IO_OPTIMIZE_JSON_H
#define EL_IO_OPTIMIZE_JSON_H
#include <jansson.h>

#include "base/str.h"
#include "energylens/optimize.h"

/* What stands beside the numbers. */
typedef struct el_optimize_context {
    const el_optimize_query *query;
    const el_group_key *key;
    const char *hub_id; /* for launch lines */
    const char *note;   /* how the fit differs from what was asked; "" */
} el_optimize_context;

/*
 * The "result" of both verbs; new reference, NULL when out of memory.
 *
 * A candidate holds tp pp ep dp batch_size num_gpus feasible reasons[]
 * {limit, value, allowed, excess}, the keys of predict (energies in the asked
 * scope; prefill_energy_j, decode_energy_j and the breakdown per request) and
 * in_flight in_flight_peak utilisation requests_per_s throughput_tok_s
 * latency_s ttft_at_percentile_s tpot_at_percentile_s latency_at_percentile_s
 * energy_per_request_gpus_j. Of infeasible ones at most max_infeasible are
 * listed; n_candidates and n_feasible count them all.
 */
json_t *el_optimize_json(const el_optimize_context *context,
                         const el_optimize_result *result,
                         size_t max_infeasible);
json_t *el_explore_json(const el_optimize_context *context,
                        const el_explore_query *query,
                        const el_explore_result *result);

/*
 * One line a point: tp pp ep dp batch_size input_tokens output_tokens,
 * feasible, reasons (names, ';'-separated), on_front, then the numbers.
 */
void el_explore_csv(const el_explore_result *result, el_buf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Results of optimize and explore as JSON and CSV. Layer: io. */
#ifndef EL_IO_OPTIMIZE_JSON_H
#define EL_IO_OPTIMIZE_JSON_H
#include <jansson.h>

#include "base/str.h"
#include "energylens/optimize.h"
#include "io/json_write.h"

/* What stands beside the numbers: n setups and what each was asked. */
typedef struct el_optimize_context {
    const el_optimize_query *query;
    const el_setup *setup;
    size_t n;
} el_optimize_context;

/* What was found; all borrowed. */
typedef struct el_optimize_answer {
    const el_optimize_result *result;
    size_t max_infeasible;
    bool is_verb;                /* with the members disaggregated and fleet */
    const json_t *disaggregated; /* a tree */
    const el_fleet *fleet;       /* NULL: null */
    const size_t *fleet_setup;   /* a setup of each type */
} el_optimize_answer;

/*
 * The "result" of optimize, under key.
 *
 * A candidate holds tp pp ep dp batch_size num_gpus feasible reasons[]
 * {limit, value, allowed, excess}, the keys of predict (energies in the asked
 * scope; prefill_energy_j, decode_energy_j and the breakdown per request) and
 * in_flight in_flight_peak utilisation requests_per_s throughput_tok_s
 * latency_s ttft_at_percentile_s tpot_at_percentile_s latency_at_percentile_s
 * energy_per_request_gpus_j, and gpu precision kv_cache_dtype engine
 * gpu_clock_mhz overlap fusion (null: not chosen). Of feasible ones the best
 * EL_MAX_KEPT are listed, of infeasible ones at most max_infeasible;
 * n_candidates and n_feasible count them all. setups[] has the best of each
 * setup, and by how much it loses.
 */
void el_optimize_write(el_json_writer *w, const char *key,
                       const el_optimize_context *context,
                       const el_optimize_answer *answer);
/* The "result" of explore, under key: candidates with on_front, on_etft_front
 * and on_epot_front. points: all result->n, in the order of the grid. */
void el_explore_write(el_json_writer *w, const char *key,
                      const el_optimize_context *context,
                      const el_explore_query *query,
                      const el_explore_result *result,
                      const el_candidate *points);

/*
 * One line a point: tp pp ep dp batch_size input_tokens output_tokens,
 * feasible, reasons (names, ';'-separated), on_front, on_etft_front,
 * on_epot_front, then the numbers (9 digits) and the setup. Which points are
 * on a front is known only at the end: a row has "0,0,0", and the flags of
 * el_front_kind k are the characters at el_explore_csv_row + 2 k.
 */
void el_explore_csv_header(el_buf *out);
/* Appends the row; where in out its flags begin. */
size_t el_explore_csv_row(const el_setup *setup, const el_candidate *candidate,
                          el_buf *out);

#endif

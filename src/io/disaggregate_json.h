/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of prefill and decode as JSON. Layer: io. */
#ifndef EL_IO_DISAGGREGATE_JSON_H
#define EL_IO_DISAGGREGATE_JSON_H
#include <jansson.h>

#include "io/optimize_json.h"
#include "model/disaggregate.h"

/*
 * The key "disaggregated" of optimize's result; new reference, NULL when out
 * of memory.
 *
 * found feasible reasons[] num_gpus, the energies and times of a candidate,
 * energy_shares {prefill_j decode_j transfer_j idle_j facility_j}, transfer
 * {bytes time_s energy_j network}, prefill and decode {tp pp ep replicas
 * batch_size num_gpus utilisation
 * ... and its setup: gpu, precision, ...}, verdict {disaggregate only saving by
 * by_j} (null: neither way is feasible), aggregated_shares, launch.
 *
 * aggregated, verdict: NULL where there is none.
 */
json_t *el_disaggregate_json(const el_optimize_context *context,
                             const el_disaggregated *plan,
                             const el_candidate *aggregated,
                             const el_verdict *verdict);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The result of sweetspot as JSON. Layer: io. */
#ifndef EL_IO_SWEETSPOT_JSON_H
#define EL_IO_SWEETSPOT_JSON_H
#include <jansson.h>

#include "model/sweetspot_answer.h"

/*
 * New reference, NULL when out of memory: {model gpu precision engine scope
 * basis note input_tokens[] output_tokens[] surfaces[] trace}. A surface has
 * {tp batch_size source coefficients_j best worst worst_over_best
 * within_10_pct best_output_tokens[] energy_per_output_token_j[][] (input
 * outside), _lo_j, _hi_j}; trace is null, or has {requests outside blank
 * energy_j moves[]}, most joules saved first.
 */
json_t *el_sweetspot_json(const el_sweetspot_answer *answer);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The result of account for programs. Layer: app. */
#ifndef EL_APP_ACCOUNT_JSON_H
#define EL_APP_ACCOUNT_JSON_H
#include <jansson.h>

#include "app/tenants.h"

/*
 * New reference, NULL when out of memory: the names of the search (model, gpu,
 * ..., scope), log {requests, input_tokens, output_tokens, span_s,
 * request_rate_hz, busiest_request_rate_hz, outside_fitted_share},
 * deployments[] (the first is what runs; chosen and cheapest are indices) and
 * hours[] of the first.
 */
json_t *el_account_json(const el_account *account);

/* The same: tenants[] {name, model, log, deployment (null: not served), alone},
 * gpus[] {gpu, num_gpus, num_gpus_used}, energy_j (null: not all are served).
 */
json_t *el_tenants_json(const el_tenants *tenants);

#endif

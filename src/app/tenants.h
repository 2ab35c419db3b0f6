/* SPDX-License-Identifier: Apache-2.0 */
/* account --tenants: several models share a fleet of mixed GPUs. Layer: app. */
#ifndef EL_APP_TENANTS_H
#define EL_APP_TENANTS_H
#include "app/account.h"
#include "model/placement.h"

/* One tenant, from the file of tenants; strings owned by the set. */
typedef struct el_tenant {
    const char *name, *model, *trace;
    double speed, ttft_s, tpot_s; /* limits: NaN none */
    el_account account;           /* its log on all that there is */
    size_t chosen; /* deployment; EL_NOWHERE where all cannot be served */
    size_t alone;  /* cheapest that keeps its limits; account.n: none */
} el_tenant;

typedef struct el_tenants {
    size_t n;
    el_tenant *tenant; /* owned, in place */
    el_strings strings;
    size_t n_type;
    const char *type[EL_MAX_TYPES]; /* GPU types, into tenant[0] */
    double gpus[EL_MAX_TYPES], used[EL_MAX_TYPES];
    double energy_j; /* of all, INFINITY where they cannot all be served */
} el_tenants;

/*
 * Replay each tenant's log through what it could run on, then place them so
 * that the GPUs of each type suffice and the energy is least. ask: what they
 * have in common; its trace, model and limits are not used.
 *
 *   {"schema": "energylens.tenants", "version": 1, "tenants": [
 *     {"name": "chat", "model": "llama-3.1-8b", "trace": "conv.csv",
 *      "speed": 2, "ttft_s": 1, "tpot_s": 0.05}]}
 *
 * Traces are looked for beside the file. EL_E_DATA "fleet.json: tenants[0].
 * speed: ...", errors of el_app_account.
 */
EL_NODISCARD el_status el_app_tenants(const char *path,
                                      const el_account_ask *ask,
                                      const el_task *task, el_tenants *out,
                                      el_error *err);
void el_tenants_clear(el_tenants *tenants);

#endif

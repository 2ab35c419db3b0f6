/* SPDX-License-Identifier: Apache-2.0 */
/* Pools that could read the prompts, or make the answers. Layer: model. */
#ifndef EL_MODEL_POOLS_H
#define EL_MODEL_POOLS_H
#include "model/disaggregate.h"

typedef struct el_pools {
    const el_optimize_query *query; /* of the setup being gathered */
    size_t setup;
    bool prefill;
    el_pool *v; /* owned: el_free */
    size_t n, cap;
    bool no_phases; /* a prediction did not tell prefill from decode */
} el_pools;

/* GPUs that share a layer: max(tp, ep). */
double el_pool_ranks(const el_config *config);

/*
 * Each sharding of each of n setups with as few replicas as hold the rate, and
 * some more. Set prefill first. EL_E_DATA (no prediction tells the phases
 * apart), EL_E_NOMEM; pools->v is the caller's on failure too.
 */
EL_NODISCARD el_status el_pools_gather(el_pools *pools,
                                       const el_optimize_query *query, size_t n,
                                       el_error *err);

#endif

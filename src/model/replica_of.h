/* SPDX-License-Identifier: Apache-2.0 */
/* A replica in numbers, from predictions. Layer: model. */
#ifndef EL_MODEL_REPLICA_OF_H
#define EL_MODEL_REPLICA_OF_H
#include "energylens/optimize.h"
#include "model/replica.h"

/* Lengths that replicas will see [tokens]. */
typedef struct el_replica_lengths {
    double isl_lo, isl_hi; /* usual prompts: what context costs is read off
                              them; equal: it is not told apart */
    double isl_most;
    double osl; /* mean, or 2 where that is less */
} el_replica_lengths;

/*
 * Tabulate one replica of a configuration (dp is taken as 1, batch is needed):
 * steps from requests that decode together at batches 1, 2, 3, 4, 6, ... and
 * two contexts, passes from single prompts of 16 to isl_most tokens.
 *
 * step_s = TPOT, step_j = b (decode joules of a request) / (O - 1); a pass
 * takes the TTFT and prefill joules of a lone prompt. Predictions that cannot
 * tell prompts from steps give the steps all.
 *
 * EL_E_DATA: times, joules or idle watts are not known, or the weights do not
 * fit; EL_E_NOMEM.
 */
EL_NODISCARD el_status el_replica_of(const el_optimize_query *query,
                                     const el_config *config,
                                     const el_replica_lengths *lengths,
                                     el_replica *out, el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* optimize --disaggregate: pools beside replicas that do both. Layer: app. */
#ifndef EL_APP_POOLS_H
#define EL_APP_POOLS_H
#include "app/optimize.h"
#include "model/disaggregate.h"

typedef struct el_pools_answer {
    el_disaggregated plan;
    bool has_verdict;
    el_verdict verdict; /* against the best of `result` */
} el_pools_answer;

/*
 * The best pools over all setups of an opened question. Two setups may give one
 * pool each where precision, cache format and engine are the same: prompts on
 * one kind of GPU (or clock), answers on another.
 *
 * nic_bytes_s: of one GPU's network card; NaN: el_device's. Cache sizes come
 * from the network's shape where it is known, else from the fit's facts; links
 * from the GPU's catalogue entry.
 *
 * EL_E_ARG, EL_E_DATA (el_disaggregate; a GPU that the catalogue does not
 * know), EL_E_NOMEM.
 */
EL_NODISCARD el_status el_pools_find(const el_ask_state *state,
                                     double nic_bytes_s,
                                     const el_optimize_result *result,
                                     el_pools_answer *out, el_error *err);

#endif

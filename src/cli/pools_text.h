/* SPDX-License-Identifier: Apache-2.0 */
/* Pools beside replicas that do both, for people. Layer: cli. */
#ifndef EL_CLI_POOLS_TEXT_H
#define EL_CLI_POOLS_TEXT_H
#include "app/pools.h"
#include "cli/cli.h"

/* launcher: el_launcher, or EL_N_LAUNCHERS for all. */
EL_NODISCARD el_status el_pools_text(el_cli *cli, const el_ask_state *state,
                                     const el_optimize_result *result,
                                     const el_pools_answer *answer,
                                     int launcher, el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* How setups of one search compare, for people. Layer: cli. */
#ifndef EL_CLI_SETUPS_TEXT_H
#define EL_CLI_SETUPS_TEXT_H
#include "app/optimize.h"
#include "cli/cli.h"

/* "By GPU": by how much the best of each value loses, axis by axis. Something
 * is feasible. */
void el_setups_text(el_cli *cli, const el_ask_state *state,
                    const el_optimize_result *result);

/* Setups on which not even one request fits, and what would hold it. */
void el_setups_text_rooms(el_cli *cli, const el_ask_state *state,
                          const el_optimize_result *result);

#endif

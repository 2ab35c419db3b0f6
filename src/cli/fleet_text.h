/* SPDX-License-Identifier: Apache-2.0 */
/* A load shared by GPU types, for people. Layer: cli. */
#ifndef EL_CLI_FLEET_TEXT_H
#define EL_CLI_FLEET_TEXT_H
#include "app/fleet.h"
#include "cli/cli.h"

/* Which type takes which share, and what that saves against one type alone. */
void el_fleet_text(el_cli *cli, const el_ask_state *state,
                   const el_optimize_result *result, const el_fleet *fleet);

#endif

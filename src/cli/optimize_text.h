/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of optimize for people. Layer: cli. */
#ifndef EL_CLI_OPTIMIZE_TEXT_H
#define EL_CLI_OPTIMIZE_TEXT_H
#include "app/optimize.h"
#include "cli/cli.h"
#include "cli/format.h"

/* launcher: el_launcher, or EL_N_LAUNCHERS for all. */
EL_NODISCARD el_status el_optimize_text(el_cli *cli, const el_ask_state *state,
                                        const el_optimize_result *result,
                                        uint64_t top, int launcher,
                                        el_error *err);

/* "TTFT 1.2 s, limit 500 ms (2.4 times)" */
void el_reason_print(el_cli *cli, const el_reason *reason);

/* All that the candidate breaks, joined by "; ". */
void el_reasons_print(el_cli *cli, const el_candidate *candidate);
/* "+12.3 %", "25 times": percentages above 100 are hard to read */
el_text el_ratio_text(double ratio);

#endif

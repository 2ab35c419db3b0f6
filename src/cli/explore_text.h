/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of explore for people: chart and front. Layer: cli. */
#ifndef EL_CLI_EXPLORE_TEXT_H
#define EL_CLI_EXPLORE_TEXT_H
#include "app/explore.h"
#include "cli/cli.h"

/* Chart and table of the front, to cli->out. */
EL_NODISCARD el_status el_explore_text(el_cli *cli, const el_ask_state *state,
                                       const el_explored *explored,
                                       el_error *err);

/* The chart to FILE.svg or FILE.png. EL_E_ARG, EL_E_IO, EL_E_NOMEM. */
EL_NODISCARD el_status el_explore_save_plot(const el_ask_state *state,
                                            const el_explored *explored,
                                            const char *path, el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Laws for people. Layer: cli. */
#ifndef EL_CLI_DISCOVER_TEXT_H
#define EL_CLI_DISCOVER_TEXT_H
#include "app/discover.h"
#include "cli/cli.h"

/* Report: table of the front, the law, its constants, charts, what was done.
 * EL_E_NOMEM. */
EL_NODISCARD el_status el_discover_text(el_cli *cli, const el_discovered *d,
                                        el_error *err);

/* The picked law alone: LaTeX, or a C or Python function. */
void el_discover_formula(const el_discovered *d, el_notation notation,
                         el_buf *out);

/* One line for stderr when the result goes to a file. */
void el_discover_summary(const el_discovered *d, el_buf *out);

#endif

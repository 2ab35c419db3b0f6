/* SPDX-License-Identifier: Apache-2.0 */
/* How a law fares elsewhere, for people and programs. Layer: cli. */
#ifndef EL_CLI_DISCOVER_REFIT_H
#define EL_CLI_DISCOVER_REFIT_H
#include <jansson.h>

#include "app/discover_refit.h"
#include "cli/cli.h"

/* EL_E_NOMEM */
EL_NODISCARD el_status el_refit_text(el_cli *cli, const el_refitted *r,
                                     el_error *err);

/* {"law", "groups": [...], "held", "fitted"}; NULL: out of memory. */
json_t *el_refit_json(const el_refitted *r);

#endif

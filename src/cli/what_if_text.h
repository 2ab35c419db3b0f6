/* SPDX-License-Identifier: Apache-2.0 */
/* The ranking of explain --what-if for people. Layer: cli. */
#ifndef EL_CLI_WHAT_IF_TEXT_H
#define EL_CLI_WHAT_IF_TEXT_H
#include "cli/cli.h"
#include "model/explain.h"

EL_NODISCARD el_status el_what_if_text(el_cli *cli, const el_explanation *a,
                                       el_error *err);

#endif

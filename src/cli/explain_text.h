/* SPDX-License-Identifier: Apache-2.0 */
/* What explain prints. Layer: cli. */
#ifndef EL_CLI_EXPLAIN_TEXT_H
#define EL_CLI_EXPLAIN_TEXT_H
#include "cli/cli.h"
#include "model/explain.h"

EL_NODISCARD el_status el_explain_text(el_cli *cli,
                                       const el_explanation *explanation,
                                       el_error *err);

#endif

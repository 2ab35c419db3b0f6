/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of account --tenants for people. Layer: cli. */
#ifndef EL_CLI_TENANTS_TEXT_H
#define EL_CLI_TENANTS_TEXT_H
#include "app/tenants.h"
#include "cli/cli.h"

EL_NODISCARD el_status el_tenants_text(el_cli *cli, const el_account_ask *ask,
                                       const el_tenants *tenants,
                                       el_error *err);

#endif

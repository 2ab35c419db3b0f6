/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of account for people. Layer: cli. */
#ifndef EL_CLI_ACCOUNT_TEXT_H
#define EL_CLI_ACCOUNT_TEXT_H
#include "app/account.h"
#include "cli/cli.h"

EL_NODISCARD el_status el_account_text(el_cli *cli, const el_account_ask *ask,
                                       const el_account *account,
                                       el_error *err);

#endif

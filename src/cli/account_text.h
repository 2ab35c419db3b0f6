/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of account for people. Layer: cli. */
#ifndef EL_CLI_ACCOUNT_TEXT_H
#define EL_CLI_ACCOUNT_TEXT_H
#include "app/account.h"
#include "cli/cli.h"

/* "tp=2 dp=3 batch=64 asleep", with what tells setups apart; appends. */
void el_deployment_print(const el_account *account,
                         const el_deployment *deployment, el_buf *out);

EL_NODISCARD el_status el_account_text(el_cli *cli, const el_account_ask *ask,
                                       const el_account *account,
                                       el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A store on the terminal. Layer: cli. */
#ifndef EL_CLI_STORE_TEXT_H
#define EL_CLI_STORE_TEXT_H
#include "cli/cli.h"
#include "store/read.h"

/* One line a campaign; one line a run; all of one run. */
EL_NODISCARD el_status el_store_ls_text(el_cli *cli, el_store *store,
                                        el_error *err);
EL_NODISCARD el_status el_store_runs_text(el_cli *cli, el_store *store,
                                          const el_store_filter *filter,
                                          el_error *err);
EL_NODISCARD el_status el_store_run_text(el_cli *cli, el_store *store,
                                         int64_t run, el_error *err);

#endif

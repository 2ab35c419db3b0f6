/* SPDX-License-Identifier: Apache-2.0 */
/* What the verb store does beside reading and checking. Layer: app. */
#ifndef EL_APP_STORE_H
#define EL_APP_STORE_H
#include <jansson.h>
#include <stdio.h>

#include "store/export.h"
#include "store/merge.h"

/* CSV of the runs that the filter takes, in a temporary file that the caller
 * closes. EL_E_DATA: there is no campaign of that name, no run of that id;
 * errors of el_store_open() and el_store_each_run(). */
EL_NODISCARD el_status el_app_store_export(const char *where,
                                           el_store_export_what what,
                                           const el_store_filter *filter,
                                           const el_task *task, FILE **out,
                                           el_error *err);

/*
 * All of `from` into `into`, which is made where it is not there. One that
 * cannot be read is warned about and the others go on; it is the error at the
 * end. *sum is written in any case.
 */
EL_NODISCARD el_status el_app_store_merge(const char *into,
                                          const char *const *from, size_t n,
                                          const el_task *task,
                                          el_store_merged *sum, el_error *err);

/* Array of campaigns, array of runs without facts, one run with all of them. */
EL_NODISCARD el_status el_store_campaigns_json(el_store *store, json_t **out,
                                               el_error *err);
EL_NODISCARD el_status el_store_runs_json(el_store *store,
                                          const el_store_filter *filter,
                                          const el_task *task, json_t **out,
                                          el_error *err);
EL_NODISCARD el_status el_store_run_json(el_store *store, int64_t run,
                                         json_t **out, el_error *err);

#endif

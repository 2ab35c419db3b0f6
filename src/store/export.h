/* SPDX-License-Identifier: Apache-2.0 */
/* What a store holds as CSV, in constant memory. Layer: store. */
#ifndef EL_STORE_EXPORT_H
#define EL_STORE_EXPORT_H
#include "store/read.h"

typedef enum el_store_export_what {
    EL_EXPORT_RUNS,     /* the measurement table, version 1 */
    EL_EXPORT_REQUESTS, /* one row a request */
    EL_EXPORT_SAMPLES   /* one row a reading; of one run --meter replay: plays
                           it back */
} el_store_export_what;

/* Header and rows of the runs that the filter takes; *n_row of them. */
EL_NODISCARD el_status el_store_export(el_store *store,
                                       el_store_export_what what,
                                       const el_store_filter *filter,
                                       const el_task *task, el_store_sink put,
                                       void *ctx, size_t *n_row, el_error *err);

#endif

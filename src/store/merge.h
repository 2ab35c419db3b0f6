/* SPDX-License-Identifier: Apache-2.0 */
/* What one store has and another lacks. Layer: store. */
#ifndef EL_STORE_MERGE_H
#define EL_STORE_MERGE_H
#include "store/read.h"

typedef struct el_store_merged {
    size_t n_campaign, n_run; /* of `from` */
    size_t n_new;             /* runs that `into` did not have */
} el_store_merged;

/*
 * Copies campaigns and runs of `from` whose content key `into` does not have:
 * doing it again changes nothing. One transaction a run, so stopping half-way
 * leaves whole runs, and the next time goes on from there. Constant memory.
 * EL_E_ARG: into is open for reading alone, or both are one store.
 */
EL_NODISCARD el_status el_store_merge(el_store *into, el_store *from,
                                      const el_task *task, el_store_merged *out,
                                      el_error *err);

#endif

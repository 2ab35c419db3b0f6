/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long work: progress, cancellation, threads. Layer: base.
 *
 * All callbacks of all tasks run under one lock, so a callback must not call
 * these functions back. task may be NULL everywhere.
 */
#ifndef EL_BASE_TASK_H
#define EL_BASE_TASK_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/error.h"
#include "energylens/task.h"

#define EL_MAX_THREADS 256u

bool el_task_is_cancelled(const el_task *task);
/* For serial loops: called for every item, passed on at each whole percent. */
void el_task_report(const el_task *task, size_t done, size_t total);
void el_task_warn(const el_task *task, const char *fmt, ...) EL_PRINTF(2, 3);

/* One item of parallel work; must write only what belongs to item i. */
typedef el_status (*el_item_fn)(void *ctx, size_t i, el_error *err);

/*
 * Run fn for i = 0..n-1 on task->threads threads (0 = all cores, at most
 * EL_MAX_THREADS), items handed out in order by an atomic counter. After a
 * failure at i no item above i is started and every item below i still runs,
 * so the error is that of the lowest failing item for any number of threads;
 * items above it may or may not have run. Cancellation gives EL_E_CANCELLED
 * unless an item failed first. task may be NULL: one thread, silent. Threads
 * that cannot be started are done without; it allocates nothing.
 */
EL_NODISCARD el_status el_parallel_for(size_t n, el_item_fn fn, void *ctx,
                                       const el_task *task, el_error *err);

#endif

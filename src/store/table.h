/* SPDX-License-Identifier: Apache-2.0 */
/* A store in place of a CSV file, for who reads measurement tables and nothing
 * else of it. Layer: store. */
#ifndef EL_STORE_TABLE_H
#define EL_STORE_TABLE_H
#include <stdbool.h>
#include <stddef.h>

#include "base/task.h"
#include "energylens/error.h"

#define EL_STORE_NAME 160u /* where, as shown: no password */

/* True for "postgresql://", "postgres://" and for a file that begins as SQLite
 * databases do. */
bool el_store_is_one(const char *where);

/* Takes pieces of text, in order. */
typedef el_status (*el_store_sink)(void *ctx, const char *text, size_t len,
                                   el_error *err);

/*
 * The complete runs as CSV, version 1 of the contract; name: `where` without
 * user's password. EL_E_DATA where there is none; errors of el_store_open() and
 * el_store_each_run().
 */
EL_NODISCARD el_status el_store_table(const char *where, const el_task *task,
                                      el_store_sink put, void *ctx,
                                      char name[EL_STORE_NAME], el_error *err);

#endif

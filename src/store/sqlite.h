/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to an SQLite file. Layer: store. */
#ifndef EL_STORE_SQLITE_H
#define EL_STORE_SQLITE_H
#include <sqlite3.h>

#include "store/sql.h"

typedef struct el_sqlite {
    sqlite3 *db;
    sqlite3_stmt *stmt;
    const char *name;
    bool odd; /* a value that no store holds was read */
} el_sqlite;

/* To a file that is there, or one that is made; d->name is set. On failure
 * d->db may be open. EL_E_ARG (no name of a file), EL_E_IO, EL_E_DATA. */
EL_NODISCARD el_status el_sqlite_open(const char *where, el_store_use use,
                                      el_sqlite *d, el_error *err);
/* What SQLite says is wrong. */
el_status el_sqlite_fail(const el_sqlite *d, el_error *err);
/* el_sql_kind.run */
EL_NODISCARD el_status el_sqlite_run(void *self, const char *sql,
                                     el_error *err);

#endif

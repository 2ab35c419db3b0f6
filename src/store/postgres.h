/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to PostgreSQL, for what sends statements and what sends rows.
 * Layer: store. */
#ifndef EL_STORE_POSTGRES_H
#define EL_STORE_POSTGRES_H
#include "store/libpq.h"
#include "store/sql.h"

typedef struct el_postgres {
    el_libpq f;
    PGconn *conn;
    PGresult *row; /* the one read last */
    bool busy;     /* a statement has results to be fetched */
    bool odd;
    const char *name;
} el_postgres;

/* What the server, or libpq of the connection, says is wrong. */
el_status el_postgres_fail(const el_postgres *s, el_error *err);
/* Of a result, which it frees; NULL: of the connection. */
EL_NODISCARD el_status el_postgres_judge(const el_postgres *s, PGresult *r,
                                         el_error *err);

/* el_sql_kind.fill: COPY in the protocol's binary format; nothing runs. */
EL_NODISCARD el_status el_postgres_copy(el_postgres *s, const char *table,
                                        const char *columns, size_t n_column,
                                        size_t n, el_value_row row,
                                        const void *ctx, el_error *err);

#endif

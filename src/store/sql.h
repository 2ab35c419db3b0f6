/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a database must offer to hold a store: one back end a file, found by
 * the address. Layer: store.
 *
 * SQL is shared: parameters are $1, $2, ... in the order of their first use.
 * Only what SQLite and PostgreSQL spell differently is in el_sql_dialect. A
 * connection has at most one statement running.
 */
#ifndef EL_STORE_SQL_H
#define EL_STORE_SQL_H
#include "base/str.h"
#include "store/store.h"

typedef enum el_value_kind {
    EL_VALUE_NULL,
    EL_VALUE_INTEGER,
    EL_VALUE_REAL,
    EL_VALUE_TEXT
} el_value_kind;

typedef struct el_value {
    el_value_kind kind;
    int64_t integer;
    double real;
    const char *text; /* borrowed */
} el_value;

el_value el_value_integer(int64_t v);
el_value el_value_real(double v);         /* NaN: NULL */
el_value el_value_text(const char *text); /* NULL and "": NULL */

/* Row i of many. */
typedef void (*el_value_row)(const void *ctx, size_t i, el_value *out);

typedef struct el_sql_dialect {
    /* Words of the schema: @ID, @INT, @REAL, @TABLE (after the brackets of a
       table), @ROWS (of one whose rows lie in the order of their key). */
    const char *id, *integer, *real, *table, *rows;
    const char *settle; /* once a store is open for writing; NULL: nothing */
    const char *begin;  /* a transaction that writes */
    const char *alone;  /* ... and that no other process does meanwhile */
    const char *found;  /* makes an empty database one of ours */
    const char *stamp;  /* with the version after it: writes that */
} el_sql_dialect;

typedef struct el_sql_kind {
    el_sql_dialect dialect;
    /* `name` stands in messages and outlives the connection. */
    el_status (*open)(const char *where, const char *name, el_store_use use,
                      void **self, el_error *err);
    void (*close)(void *self);
    /* 0: empty, nobody's; else major * 1000 + minor. EL_E_DATA: not ours. */
    el_status (*version)(void *self, int *version, el_error *err);
    /* Statements without parameters and rows. */
    el_status (*run)(void *self, const char *sql, el_error *err);
    /* n rows into a table, as fast as it goes. */
    el_status (*fill)(void *self, const char *table, const char *columns,
                      size_t n_column, size_t n, el_value_row row,
                      const void *ctx, el_error *err);
    el_status (*start)(void *self, const char *sql, const el_value *v, size_t n,
                       el_error *err);
    /* *row = false: that was the last, and the statement is over. */
    el_status (*step)(void *self, bool *row, el_error *err);
    /* Column i of the row; NULL is NaN, NULL, 0. What cannot be such a value
       makes the next step() fail. */
    double (*real)(void *self, size_t i);
    int64_t (*integer)(void *self, size_t i);
    const char *(*text)(void *self, size_t i); /* until the next step() */
    void (*stop)(void *self);                  /* before the last row; or not */
    /* The database's own; one line each into *said. */
    el_status (*check)(void *self, el_buf *said, el_error *err);
} el_sql_kind;

extern const el_sql_kind el_sql_sqlite, el_sql_postgres;

struct el_store {
    const el_sql_kind *kind;
    void *self;
    char name[EL_STORE_NAME];
    el_store_use use;
    int found, version; /* before and after migration */
    bool open;          /* a run is being written: */
    int64_t run;        /* its id */
    double start_s;
    size_t n_device;
    int64_t n_request, n_sample; /* of it so far */
    uint64_t run_sum, request_sum;
    uint64_t *sample_sum; /* n_device: sums (el_sum_add) so far */
    int64_t *next;        /* n_device: number of its next sample */
};

/* The one row of a statement: *row tells whether there was one. */
EL_NODISCARD el_status el_sql_one(el_store *store, const char *sql,
                                  const el_value *v, size_t n, int64_t *out,
                                  bool *row, el_error *err);
/* A statement without rows. */
EL_NODISCARD el_status el_sql_do(el_store *store, const char *sql,
                                 const el_value *v, size_t n, el_error *err);
/* "INSERT INTO table(columns) VALUES($1, ...) end" */
void el_sql_insert(el_buf *out, const char *table, const char *columns,
                   size_t n_column, const char *end);

#endif

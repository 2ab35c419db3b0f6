/* SPDX-License-Identifier: Apache-2.0 */
/* A store in an SQLite file. */
#include "store/sqlite.h"

#include <string.h>

#include "base/mem.h"
#include "io/csv_text.h"

#define APPLICATION 0x454c5354 /* "ELST" */

static void sqlite_close(void *self)
{
    el_sqlite *d = self;

    (void)sqlite3_finalize(d->stmt);
    (void)sqlite3_close(d->db);
    el_free(d);
}

static el_status sqlite_open(const char *where, const char *name,
                             el_store_use use, void **self, el_error *err)
{
    el_sqlite *d = el_array(1, sizeof *d);
    el_status st;

    if (!d)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", name);
    d->name = name;
    st = el_sqlite_open(where, use, d, err);
    if (st == EL_OK)
        *self = d;
    else
        sqlite_close(d);
    return st;
}

/* --- statements ----------------------------------------------------------- */

static int bind(sqlite3_stmt *stmt, int i, const el_value *v)
{
    switch (v->kind) {
    case EL_VALUE_INTEGER:
        return sqlite3_bind_int64(stmt, i, v->integer);
    case EL_VALUE_REAL:
        return sqlite3_bind_double(stmt, i, v->real);
    case EL_VALUE_TEXT:
        return sqlite3_bind_text(stmt, i, v->text, -1, SQLITE_TRANSIENT);
    case EL_VALUE_NULL:
        break;
    }
    return sqlite3_bind_null(stmt, i);
}

static void sqlite_stop(void *self)
{
    el_sqlite *d = self;

    (void)sqlite3_finalize(d->stmt);
    d->stmt = NULL;
    d->odd = false;
}

static el_status sqlite_start(void *self, const char *sql, const el_value *v,
                              size_t n, el_error *err)
{
    el_sqlite *d = self;
    el_status st = EL_OK;

    sqlite_stop(d);
    if (sqlite3_prepare_v2(d->db, sql, -1, &d->stmt, NULL) != SQLITE_OK)
        return el_sqlite_fail(d, err);
    for (size_t i = 0; i < n && st == EL_OK; i++)
        if (bind(d->stmt, (int)i + 1, &v[i]) != SQLITE_OK)
            st = el_sqlite_fail(d, err);
    if (st != EL_OK)
        sqlite_stop(d);
    return st;
}

static el_status sqlite_step(void *self, bool *row, el_error *err)
{
    el_sqlite *d = self;
    int code;

    *row = false;
    if (d->odd)
        return el_fail(err, EL_E_DATA, "%s: damaged: a value of the wrong kind",
                       d->name);
    code = sqlite3_step(d->stmt);
    if (code == SQLITE_ROW) {
        *row = true;
        return EL_OK;
    }
    if (code == SQLITE_DONE) {
        sqlite_stop(d);
        return EL_OK;
    }
    return el_sqlite_fail(d, err);
}

static bool is(el_sqlite *d, size_t i, int kind, int also)
{
    int has = sqlite3_column_type(d->stmt, (int)i);

    if (has != kind && has != also && has != SQLITE_NULL)
        d->odd = true;
    return has == kind || has == also;
}

static double sqlite_real(void *self, size_t i)
{
    el_sqlite *d = self;

    return is(d, i, SQLITE_FLOAT, SQLITE_INTEGER)
               ? sqlite3_column_double(d->stmt, (int)i)
               : EL_UNKNOWN;
}

static int64_t sqlite_integer(void *self, size_t i)
{
    el_sqlite *d = self;

    return is(d, i, SQLITE_INTEGER, SQLITE_INTEGER)
               ? sqlite3_column_int64(d->stmt, (int)i)
               : 0;
}

static const char *sqlite_text(void *self, size_t i)
{
    el_sqlite *d = self;
    const char *text;
    size_t len;

    if (!is(d, i, SQLITE_TEXT, SQLITE_TEXT))
        return NULL;
    text = (const char *)sqlite3_column_text(d->stmt, (int)i);
    len = (size_t)sqlite3_column_bytes(d->stmt, (int)i);
    if (text && el_text_bad_byte(text, len) == len)
        return text;
    d->odd = true;
    return NULL;
}

static el_status sqlite_fill(void *self, const char *table, const char *columns,
                             size_t n_column, size_t n, el_value_row row,
                             const void *ctx, el_error *err)
{
    el_sqlite *d = self;
    el_value v[16] = {{.kind = EL_VALUE_NULL}};
    el_buf sql = {0};
    el_status st;

    el_sql_insert(&sql, table, columns, n_column, "");
    st = el_buf_ok(&sql)
             ? sqlite_start(d, el_buf_text(&sql), NULL, 0, err)
             : el_fail(err, EL_E_NOMEM, "%s: out of memory", d->name);
    el_buf_clear(&sql);
    for (size_t i = 0; i < n && st == EL_OK; i++) {
        int bad = 0;

        row(ctx, i, v);
        for (size_t k = 0; k < n_column; k++)
            bad |= bind(d->stmt, (int)k + 1, &v[k]);
        if (bad || sqlite3_step(d->stmt) != SQLITE_DONE ||
            sqlite3_reset(d->stmt) != SQLITE_OK)
            st = el_sqlite_fail(d, err);
    }
    sqlite_stop(d);
    return st;
}

/* --- what the file is ----------------------------------------------------- */

static el_status number_of(el_sqlite *d, const char *sql, int64_t *out,
                           el_error *err)
{
    bool row = false;
    el_status st = sqlite_start(d, sql, NULL, 0, err);

    if (st == EL_OK)
        st = sqlite_step(d, &row, err);
    if (st == EL_OK && row)
        *out = sqlite3_column_int64(d->stmt, 0);
    sqlite_stop(d);
    return st;
}

static el_status sqlite_version(void *self, int *version, el_error *err)
{
    el_sqlite *d = self;
    int64_t application = 0, stamp = 0, n = 0;
    el_status st = number_of(d, "PRAGMA application_id", &application, err);

    if (st == EL_OK)
        st = number_of(d, "PRAGMA user_version", &stamp, err);
    if (st == EL_OK)
        st = number_of(d, "SELECT count(*) FROM sqlite_schema", &n, err);
    if (st != EL_OK)
        return st;
    if (n > 0 && application != APPLICATION)
        return el_fail(err, EL_E_DATA,
                       "%s: no store: a database of another program", d->name);
    if (n > 0 && (stamp < 1000 || stamp > INT32_MAX))
        return el_fail(err, EL_E_DATA, "%s: damaged: version %lld", d->name,
                       (long long)stamp);
    *version = n > 0 ? (int)stamp : 0;
    return EL_OK;
}

/* One line for every fault that SQLite finds, the first ones of them. */
static el_status sqlite_check(void *self, el_buf *said, el_error *err)
{
    static const char *const sql[] = {"PRAGMA integrity_check(20)",
                                      "PRAGMA foreign_key_check"};
    el_sqlite *d = self;
    el_status st = EL_OK;

    for (size_t k = 0; k < 2 && st == EL_OK; k++) {
        bool row = true;

        st = sqlite_start(d, sql[k], NULL, 0, err);
        for (size_t n = 0; st == EL_OK && row && n < 20; n++) {
            const char *text;

            st = sqlite_step(d, &row, err);
            if (st != EL_OK || !row)
                break;
            text = (const char *)sqlite3_column_text(d->stmt, 0);
            if (k == 0 && text && strcmp(text, "ok") != 0)
                el_buf_printf(said, "%s\n", text);
            if (k == 1)
                el_buf_printf(said, "%s: row without what it belongs to\n",
                              text ? text : "?");
        }
        sqlite_stop(d);
    }
    return st;
}

const el_sql_kind el_sql_sqlite = {
    .dialect = {.id = "INTEGER PRIMARY KEY",
                .integer = "INTEGER",
                .real = "REAL",
                .table = "STRICT",
                .rows = "STRICT, WITHOUT ROWID",
                .settle = "PRAGMA journal_mode = WAL",
                .begin = "BEGIN IMMEDIATE",
                .alone = "BEGIN IMMEDIATE",
                .found = "PRAGMA application_id = 1162629972",
                .stamp = "PRAGMA user_version = "},
    .open = sqlite_open,
    .close = sqlite_close,
    .version = sqlite_version,
    .run = el_sqlite_run,
    .fill = sqlite_fill,
    .start = sqlite_start,
    .step = sqlite_step,
    .real = sqlite_real,
    .integer = sqlite_integer,
    .text = sqlite_text,
    .stop = sqlite_stop,
    .check = sqlite_check};

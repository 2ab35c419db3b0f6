/* SPDX-License-Identifier: Apache-2.0 */
/* A store in an SQLite file. */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/str.h"
#include "io/csv_text.h"
#include "store/sql.h"

#define APPLICATION 0x454c5354 /* "ELST" */
#define BUSY_MS     10000      /* waited for another process's transaction */
#define MAX_BYTES   (1 << 24)  /* of one row: damage must not ask for more */

typedef struct database {
    sqlite3 *db;
    sqlite3_stmt *stmt;
    const char *name;
    bool odd; /* a value that no store holds was read */
} database;

static el_status status_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return EL_E_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* "no such table": our SQL fits whole stores */
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_SCHEMA:
    case SQLITE_FORMAT:
        return EL_E_DATA;
    case SQLITE_INTERRUPT:
        return EL_E_CANCELLED;
    default:
        return EL_E_IO;
    }
}

static el_status fail(const database *d, el_error *err)
{
    int code = sqlite3_extended_errcode(d->db);
    char said[256];

    el_str_copy(said, sizeof said, sqlite3_errmsg(d->db));
    el_text_one_line(said); /* it may quote a damaged schema */
    if ((code & 0xff) == SQLITE_NOTADB)
        return el_fail(err, EL_E_DATA, "%s: no store: not a database", d->name);
    if ((code & 0xff) == SQLITE_BUSY)
        return el_fail(err, EL_E_IO,
                       "%s: locked by another process (waited "
                       "%d s)",
                       d->name, BUSY_MS / 1000);
    if ((code & 0xff) == SQLITE_NOMEM) /* of sizes that damage asks for, too */
        return el_fail(err, EL_E_NOMEM,
                       "%s: out of memory, or damaged: SQLite does not tell",
                       d->name);
    if (status_of(code) == EL_E_DATA)
        return el_fail(err, EL_E_DATA, "%s: damaged: %s", d->name, said);
    return el_fail(err, status_of(code), "%s: %s", d->name, said);
}

static void sqlite_close(void *self)
{
    database *d = self;

    (void)sqlite3_finalize(d->stmt);
    (void)sqlite3_close(d->db);
    el_free(d);
}

static el_status sqlite_run(void *self, const char *sql, el_error *err)
{
    database *d = self;

    return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? EL_OK
               : fail(d, err);
}

/* --- opening -------------------------------------------------------------- */

/* Nothing in a file may act: no views, no triggers, no functions of ours. */
static el_status guard(database *d, el_error *err)
{
    static const struct {
        int option, value;
    } guards[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                  {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                  {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                  {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                  {SQLITE_DBCONFIG_ENABLE_FKEY, 1}};

    for (size_t i = 0; i < sizeof guards / sizeof *guards; i++)
        if (sqlite3_db_config(d->db, guards[i].option, guards[i].value, NULL) !=
            SQLITE_OK)
            return fail(d, err);
    (void)sqlite3_limit(d->db, SQLITE_LIMIT_LENGTH, MAX_BYTES);
    (void)sqlite3_extended_result_codes(d->db, 1);
    (void)sqlite3_busy_timeout(d->db, BUSY_MS);
    return EL_OK;
}

static el_status connect(const char *where, int flags, database *d,
                         el_error *err)
{
    int code = sqlite3_open_v2(where, &d->db, flags, NULL);

    if (!d->db)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", d->name);
    if (code != SQLITE_OK)
        return fail(d, err);
    return guard(d, err);
}

/* The first statements: they read the file. */
static el_status begin(database *d, el_error *err)
{
    return sqlite_run(d,
                      "PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL; "
                      "SELECT count(*) FROM sqlite_schema",
                      err);
}

/* file:PATH?immutable=1, with what would end the path escaped. */
static el_status address(const char *path, el_buf *out, el_error *err)
{
    el_buf_add(out, "file:");
    for (; *path; path++)
        if (strchr("%?#", *path))
            el_buf_printf(out, "%%%02X", (unsigned)*path);
        else
            el_buf_add_n(out, path, 1);
    el_buf_add(out, "?immutable=1");
    return el_buf_ok(out) ? EL_OK : el_fail(err, EL_E_NOMEM, "out of memory");
}

/* Not where a log waits beside it: the last runs are in there. */
static bool has_log(const char *path)
{
    char log[4096];
    struct stat info;
    int n = snprintf(log, sizeof log, "%s-wal", path);

    return n < 0 || (size_t)n >= sizeof log ||
           (stat(log, &info) == 0 && info.st_size > 0);
}

/*
 * A file in WAL mode needs a writable folder even to be read. Where there is
 * none (a read-only disk), nobody else writes either.
 */
static el_status settle(const char *where, database *d, el_error *err)
{
    el_buf uri = {0};
    el_status st = begin(d, err);
    int code = sqlite3_errcode(d->db) & 0xff;

    if (st == EL_OK || has_log(where) ||
        (code != SQLITE_CANTOPEN && code != SQLITE_READONLY))
        return st;
    (void)sqlite3_close(d->db);
    d->db = NULL;
    st = address(where, &uri, err);
    if (st == EL_OK)
        st = connect(el_buf_text(&uri), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                     d, err);
    if (st == EL_OK)
        st = begin(d, err);
    el_buf_clear(&uri);
    return st;
}

/* SQLite says the same of all that stands in its way. */
static el_status is_there(const char *where, el_error *err)
{
    struct stat info;
    char text[128] = "";
    int code = stat(where, &info) != 0 ? errno
               : S_ISDIR(info.st_mode) ? EISDIR
               : S_ISREG(info.st_mode) ? 0
                                       : EINVAL;

    if (code == 0)
        return EL_OK;
    (void)strerror_r(code, text, sizeof text);
    return el_fail(err, EL_E_IO, "%.300s: %s", where, text);
}

static el_status open_file(const char *where, el_store_use use, database *d,
                           el_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    struct stat info;
    el_status st = EL_OK;

    if (!*where || *where == ':') /* SQLite's words for what is not kept */
        return el_fail(err, EL_E_ARG, "store: no name of a file: \"%.100s\"",
                       where);
    if (use == EL_STORE_READ || stat(where, &info) == 0)
        st = is_there(where, err);
    if (st == EL_OK && use == EL_STORE_WRITE)
        flags |= SQLITE_OPEN_CREATE;
    if (st == EL_OK)
        st = connect(where, flags, d, err);
    if (st == EL_OK && use == EL_STORE_WRITE)
        return begin(d, err);
    if (st == EL_OK)
        st = settle(where, d, err);
    if (st == EL_OK)
        st = sqlite_run(d, "PRAGMA query_only = ON", err);
    return st;
}

static el_status sqlite_open(const char *where, const char *name,
                             el_store_use use, void **self, el_error *err)
{
    database *d = el_array(1, sizeof *d);
    el_status st;

    if (!d)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", name);
    d->name = name;
    st = open_file(where, use, d, err);
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
    database *d = self;

    (void)sqlite3_finalize(d->stmt);
    d->stmt = NULL;
    d->odd = false;
}

static el_status sqlite_start(void *self, const char *sql, const el_value *v,
                              size_t n, el_error *err)
{
    database *d = self;
    el_status st = EL_OK;

    sqlite_stop(d);
    if (sqlite3_prepare_v2(d->db, sql, -1, &d->stmt, NULL) != SQLITE_OK)
        return fail(d, err);
    for (size_t i = 0; i < n && st == EL_OK; i++)
        if (bind(d->stmt, (int)i + 1, &v[i]) != SQLITE_OK)
            st = fail(d, err);
    if (st != EL_OK)
        sqlite_stop(d);
    return st;
}

static el_status sqlite_step(void *self, bool *row, el_error *err)
{
    database *d = self;
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
    return fail(d, err);
}

static bool is(database *d, size_t i, int kind, int also)
{
    int has = sqlite3_column_type(d->stmt, (int)i);

    if (has != kind && has != also && has != SQLITE_NULL)
        d->odd = true;
    return has == kind || has == also;
}

static double sqlite_real(void *self, size_t i)
{
    database *d = self;

    return is(d, i, SQLITE_FLOAT, SQLITE_INTEGER)
               ? sqlite3_column_double(d->stmt, (int)i)
               : EL_UNKNOWN;
}

static int64_t sqlite_integer(void *self, size_t i)
{
    database *d = self;

    return is(d, i, SQLITE_INTEGER, SQLITE_INTEGER)
               ? sqlite3_column_int64(d->stmt, (int)i)
               : 0;
}

static const char *sqlite_text(void *self, size_t i)
{
    database *d = self;
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
    database *d = self;
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
            st = fail(d, err);
    }
    sqlite_stop(d);
    return st;
}

/* --- what the file is ----------------------------------------------------- */

static el_status number_of(database *d, const char *sql, int64_t *out,
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
    database *d = self;
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
    database *d = self;
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
    .run = sqlite_run,
    .fill = sqlite_fill,
    .start = sqlite_start,
    .step = sqlite_step,
    .real = sqlite_real,
    .integer = sqlite_integer,
    .text = sqlite_text,
    .stop = sqlite_stop,
    .check = sqlite_check};

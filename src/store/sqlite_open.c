/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between a path and a store that can be trusted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "io/csv_text.h"
#include "store/sqlite.h"

#define BUSY_MS   10000     /* waited for another process's transaction */
#define MAX_BYTES (1 << 24) /* of one row: damage must not ask for more */

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

el_status el_sqlite_fail(const el_sqlite *d, el_error *err)
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

el_status el_sqlite_run(void *self, const char *sql, el_error *err)
{
    el_sqlite *d = self;

    return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? EL_OK
               : el_sqlite_fail(d, err);
}

/* Nothing in a file may act: no views, no triggers, no functions of ours. */
static el_status guard(el_sqlite *d, el_error *err)
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
            return el_sqlite_fail(d, err);
    (void)sqlite3_limit(d->db, SQLITE_LIMIT_LENGTH, MAX_BYTES);
    (void)sqlite3_extended_result_codes(d->db, 1);
    (void)sqlite3_busy_timeout(d->db, BUSY_MS);
    return EL_OK;
}

static el_status connect(const char *where, int flags, el_sqlite *d,
                         el_error *err)
{
    int code = sqlite3_open_v2(where, &d->db, flags, NULL);

    if (!d->db)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", d->name);
    if (code != SQLITE_OK)
        return el_sqlite_fail(d, err);
    return guard(d, err);
}

/* The first statements: they read the file. */
static el_status begin(el_sqlite *d, el_error *err)
{
    return el_sqlite_run(
        d,
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
static el_status settle(const char *where, el_sqlite *d, el_error *err)
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

el_status el_sqlite_open(const char *where, el_store_use use, el_sqlite *d,
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
        st = el_sqlite_run(d, "PRAGMA query_only = ON", err);
    return st;
}

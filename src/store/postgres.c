/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a PostgreSQL database, in a schema of its own. */
#include "store/postgres.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/csv.h"

#define MAX_PARAMETERS 64
#define NUMBER_SIZE    32u /* "%.17g" and what int64_t needs */

static el_status postgres_run(void *self, const char *sql, el_error *err)
{
    el_postgres *s = self;

    return el_postgres_judge(s, s->f.exec(s->conn, sql), err);
}

/* --- opening -------------------------------------------------------------- */

static void keep_quiet(void *ctx, const char *message)
{
    (void)ctx;
    (void)message;
}

static void postgres_close(void *self)
{
    el_postgres *s = self;

    if (s->row)
        s->f.clear(s->row);
    if (s->conn)
        s->f.finish(s->conn);
    el_free(s);
}

static el_status connect(el_postgres *s, const char *where, el_store_use use,
                         el_error *err)
{
    /* what stands before dbname gives way to the address */
    static const char *const key[] = {"connect_timeout",
                                      "fallback_application_name", "dbname",
                                      "client_encoding", NULL};
    const char *const value[] = {"10", "energylens", where, "UTF8", NULL};
    el_status st;

    s->conn = s->f.connect(key, value, 1);
    if (!s->conn)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", s->name);
    if (s->f.status(s->conn) != CONNECTION_OK)
        return el_postgres_fail(s, err);
    (void)s->f.notices(s->conn, keep_quiet, NULL);
    st = postgres_run(s,
                      "SET search_path TO energylens; "
                      "SET extra_float_digits = 1; "
                      "SET synchronous_commit = on",
                      err);
    if (st == EL_OK && use == EL_STORE_READ)
        st = postgres_run(s, "SET default_transaction_read_only = on", err);
    return st;
}

static el_status postgres_open(const char *where, const char *name,
                               el_store_use use, void **self, el_error *err)
{
    el_postgres *s = el_array(1, sizeof *s);
    el_status st;

    if (!s)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", name);
    s->name = name;
    st = el_libpq_load(&s->f, err);
    if (st == EL_OK)
        st = connect(s, where, use, err);
    if (st == EL_OK)
        *self = s;
    else
        postgres_close(s);
    return st;
}

/* --- statements ----------------------------------------------------------- */

/* Text of a value; NULL: it is NULL. */
static const char *print(const el_value *v, char number[NUMBER_SIZE])
{
    switch (v->kind) {
    case EL_VALUE_INTEGER:
        (void)snprintf(number, NUMBER_SIZE, "%" PRId64, v->integer);
        return number;
    case EL_VALUE_REAL:
        (void)snprintf(number, NUMBER_SIZE, "%.17g", v->real);
        return number;
    case EL_VALUE_TEXT:
        return v->text;
    case EL_VALUE_NULL:
        break;
    }
    return NULL;
}

static void cancel(el_postgres *s)
{
    PGcancel *c = s->f.cancel_of(s->conn);
    char why[256];

    if (c)
        (void)s->f.cancel(c, why, (int)sizeof why);
    s->f.cancel_free(c);
}

static void postgres_stop(void *self)
{
    el_postgres *s = self;
    PGresult *r;

    if (s->busy)
        cancel(s);
    do {
        r = s->busy ? s->f.result(s->conn) : NULL;
        s->f.clear(s->row);
        s->row = r;
    } while (r);
    s->busy = s->odd = false;
}

static el_status postgres_start(void *self, const char *sql, const el_value *v,
                                size_t n, el_error *err)
{
    el_postgres *s = self;
    char number[MAX_PARAMETERS][NUMBER_SIZE];
    const char *text[MAX_PARAMETERS];

    if (n > MAX_PARAMETERS)
        return el_fail(err, EL_E_ARG, "%s: %zu parameters", s->name, n);
    for (size_t i = 0; i < n; i++)
        text[i] = print(&v[i], number[i]);
    postgres_stop(s);
    if (!s->f.send(s->conn, sql, (int)n, NULL, text, NULL, NULL, 0) ||
        !s->f.one_by_one(s->conn))
        return el_postgres_fail(s, err);
    s->busy = true;
    return EL_OK;
}

static el_status postgres_step(void *self, bool *row, el_error *err)
{
    el_postgres *s = self;
    el_status st = EL_OK;

    *row = false;
    if (s->odd)
        return el_fail(err, EL_E_DATA, "%s: damaged: a value of the wrong kind",
                       s->name);
    s->f.clear(s->row);
    s->row = s->f.result(s->conn);
    if (s->row && s->f.result_status(s->row) == PGRES_SINGLE_TUPLE) {
        *row = true;
        return EL_OK;
    }
    if (s->row) /* the empty result after the last row, or what went wrong */
        st = el_postgres_judge(s, s->row, err);
    s->row = NULL;
    s->busy = s->busy && st == EL_OK;
    while (st == EL_OK && s->busy) {
        PGresult *r = s->f.result(s->conn);

        s->busy = r != NULL;
        if (r)
            st = el_postgres_judge(s, r, err);
    }
    return st;
}

static const char *postgres_text(void *self, size_t i)
{
    el_postgres *s = self;

    return s->f.is_null(s->row, 0, (int)i) ? NULL
                                           : s->f.value(s->row, 0, (int)i);
}

static double postgres_real(void *self, size_t i)
{
    el_postgres *s = self;
    const char *text = postgres_text(s, i);
    double v = EL_UNKNOWN;

    if (text && !el_parse_double(text, strlen(text), &v))
        s->odd = true; /* NaN, Infinity: we write none */
    return v;
}

static int64_t postgres_integer(void *self, size_t i)
{
    el_postgres *s = self;
    const char *text = postgres_text(s, i);
    char *end = NULL;
    int64_t v = text ? strtoll(text, &end, 10) : 0;

    if (text && (end == text || *end))
        s->odd = true;
    return v;
}

static el_status postgres_fill(void *self, const char *table,
                               const char *columns, size_t n_column, size_t n,
                               el_value_row row, const void *ctx, el_error *err)
{
    postgres_stop(self);
    return el_postgres_copy(self, table, columns, n_column, n, row, ctx, err);
}

/* --- what the database is ------------------------------------------------- */

static el_status number_of(el_postgres *s, const char *sql, int64_t *out,
                           el_error *err)
{
    bool row = false;
    el_status st = postgres_start(s, sql, NULL, 0, err);

    if (st == EL_OK)
        st = postgres_step(s, &row, err);
    if (st == EL_OK && row)
        *out = postgres_integer(s, 0);
    postgres_stop(s);
    return st;
}

static el_status postgres_version(void *self, int *version, el_error *err)
{
    el_postgres *s = self;
    int64_t n = 0, has = 0, stamp = 0;
    el_status st = number_of(s,
                             "SELECT count(*) FROM pg_class c JOIN "
                             "pg_namespace n ON n.oid = c.relnamespace "
                             "WHERE n.nspname = 'energylens'",
                             &n, err);

    if (st == EL_OK && n > 0)
        st = number_of(s, "SELECT count(to_regclass('energylens.store'))", &has,
                       err);
    if (st == EL_OK && n > 0 && has == 0)
        return el_fail(err, EL_E_DATA,
                       "%s: no store: the schema energylens is another's",
                       s->name);
    if (st == EL_OK && has > 0)
        st = number_of(s, "SELECT version FROM energylens.store", &stamp, err);
    if (st != EL_OK)
        return st;
    if (has > 0 && (stamp < 1000 || stamp > INT32_MAX))
        return el_fail(err, EL_E_DATA, "%s: damaged: version %lld", s->name,
                       (long long)stamp);
    *version = (int)stamp;
    return EL_OK;
}

/* The server looks after its own pages. */
static el_status postgres_check(void *self, el_buf *said, el_error *err)
{
    (void)self;
    (void)said;
    (void)err;
    return EL_OK;
}

const el_sql_kind el_sql_postgres = {
    .dialect = {.id = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
                .integer = "BIGINT",
                .real = "DOUBLE PRECISION",
                .table = "",
                .rows = "",
                .begin = "BEGIN",
                /* the lock's number is ours alone: "ELST" */
                .alone = "BEGIN; SELECT pg_advisory_xact_lock(1162629972)",
                .found = "CREATE SCHEMA IF NOT EXISTS energylens; "
                         "CREATE TABLE store(version BIGINT NOT NULL)",
                .stamp = "DELETE FROM store; INSERT INTO store SELECT "},
    .open = postgres_open,
    .close = postgres_close,
    .version = postgres_version,
    .run = postgres_run,
    .fill = postgres_fill,
    .start = postgres_start,
    .step = postgres_step,
    .real = postgres_real,
    .integer = postgres_integer,
    .text = postgres_text,
    .stop = postgres_stop,
    .check = postgres_check};

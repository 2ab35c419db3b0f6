/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store in a PostgreSQL database, in a schema of its own, through libpq.
 *
 * libpq is found at run time: linked, it and the libraries behind it would
 * cost every start of the program some 10 ms.
 */
#include <inttypes.h>
#include <libpq-fe.h> /* prototypes and constants; nothing is linked */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "base/mem.h"
#include "io/csv.h"
#include "store/sql.h"

#define MAX_PARAMETERS 64
#define NUMBER_SIZE    32u       /* "%.17g" and what int64_t needs */
#define PIECE          (1 << 16) /* bytes of COPY sent at once */

typedef struct api {
    PGconn *(*connect)(const char *const *, const char *const *, int);
    void (*finish)(PGconn *);
    ConnStatusType (*status)(const PGconn *);
    char *(*message)(const PGconn *);
    PQnoticeProcessor (*notices)(PGconn *, PQnoticeProcessor, void *);
    PGresult *(*exec)(PGconn *, const char *);
    int (*send)(PGconn *, const char *, int, const Oid *, const char *const *,
                const int *, const int *, int);
    int (*one_by_one)(PGconn *);
    PGresult *(*result)(PGconn *);
    ExecStatusType (*result_status)(const PGresult *);
    char *(*result_field)(const PGresult *, int);
    void (*clear)(PGresult *);
    char *(*value)(const PGresult *, int, int);
    int (*is_null)(const PGresult *, int, int);
    int (*put)(PGconn *, const char *, int);
    int (*put_end)(PGconn *, const char *);
    PGcancel *(*cancel_of)(PGconn *);
    int (*cancel)(PGcancel *, char *, int);
    void (*cancel_free)(PGcancel *);
} api;

typedef struct server {
    api f;
    PGconn *conn;
    PGresult *row; /* the one read last */
    bool busy;     /* a statement has results to be fetched */
    bool odd;
    const char *name;
} server;

static el_status load(api *f, el_error *err)
{
    const el_symbol wanted[] = {
        {"PQconnectdbParams", NULL, &f->connect, 0},
        {"PQfinish", NULL, &f->finish, 0},
        {"PQstatus", NULL, &f->status, 0},
        {"PQerrorMessage", NULL, &f->message, 0},
        {"PQsetNoticeProcessor", NULL, &f->notices, 0},
        {"PQexec", NULL, &f->exec, 0},
        {"PQsendQueryParams", NULL, &f->send, 0},
        {"PQsetSingleRowMode", NULL, &f->one_by_one, 0},
        {"PQgetResult", NULL, &f->result, 0},
        {"PQresultStatus", NULL, &f->result_status, 0},
        {"PQresultErrorField", NULL, &f->result_field, 0},
        {"PQclear", NULL, &f->clear, 0},
        {"PQgetvalue", NULL, &f->value, 0},
        {"PQgetisnull", NULL, &f->is_null, 0},
        {"PQputCopyData", NULL, &f->put, 0},
        {"PQputCopyEnd", NULL, &f->put_end, 0},
        {"PQgetCancel", NULL, &f->cancel_of, 0},
        {"PQcancel", NULL, &f->cancel, 0},
        {"PQfreeCancel", NULL, &f->cancel_free, 0},
    };

    return el_library_open("EL_PQ_PATH", "libpq.so.5", wanted,
                           sizeof wanted / sizeof *wanted, err);
}

/* --- errors --------------------------------------------------------------- */

/* By the class of SQLSTATE. */
static el_status status_of(const char *state)
{
    static const struct {
        char begin[6];
        el_status status;
    } known[] = {{"53200", EL_E_NOMEM}, {"57014", EL_E_CANCELLED},
                 {"57P", EL_E_DEVICE},  {"08", EL_E_DEVICE},
                 {"22", EL_E_DATA},     {"23", EL_E_DATA},
                 {"42501", EL_E_IO},    {"42", EL_E_DATA}, /* no such table */
                 {"XX001", EL_E_DATA},  {"XX002", EL_E_DATA}};

    for (size_t i = 0; state && i < sizeof known / sizeof *known; i++)
        if (strncmp(state, known[i].begin, strlen(known[i].begin)) == 0)
            return known[i].status;
    return EL_E_IO;
}

/* The first line of what the server says. */
static el_status fail(const server *s, el_status st, const char *said,
                      el_error *err)
{
    size_t n = strcspn(said, "\r\n");

    return el_fail(err, st, "%s: %.*s", s->name, (int)(n < 300 ? n : 300),
                   n ? said : "no connection");
}

/* Of an address that it cannot read libpq quotes the part, password and all:
 * what follows the colon is left out. */
static el_status fail_connection(const server *s, el_error *err)
{
    const char *said = s->f.message(s->conn);
    const char *quote = strstr(said, ": \"");
    char text[256];

    if (!quote || (!strstr(said, "URI") && !strstr(said, "percent-encoded")))
        return fail(s, EL_E_DEVICE, said, err);
    (void)snprintf(text, sizeof text, "%.*s", (int)(quote - said), said);
    return fail(s, EL_E_ARG, text, err);
}

/* Frees r. */
static el_status judge(const server *s, PGresult *r, el_error *err)
{
    ExecStatusType how = r ? s->f.result_status(r) : PGRES_FATAL_ERROR;
    const char *said = NULL;
    el_status st = EL_OK;

    if (!r || s->f.status(s->conn) != CONNECTION_OK)
        st = fail_connection(s, err);
    else if (how == PGRES_FATAL_ERROR || how == PGRES_BAD_RESPONSE) {
        said = s->f.result_field(r, PG_DIAG_MESSAGE_PRIMARY);
        st = fail(s, status_of(s->f.result_field(r, PG_DIAG_SQLSTATE)),
                  said ? said : s->f.message(s->conn), err);
    }
    if (r)
        s->f.clear(r);
    return st;
}

static el_status postgres_run(void *self, const char *sql, el_error *err)
{
    server *s = self;

    return judge(s, s->f.exec(s->conn, sql), err);
}

/* --- opening -------------------------------------------------------------- */

static void keep_quiet(void *ctx, const char *message)
{
    (void)ctx;
    (void)message;
}

static void postgres_close(void *self)
{
    server *s = self;

    if (s->row)
        s->f.clear(s->row);
    if (s->conn)
        s->f.finish(s->conn);
    el_free(s);
}

static el_status connect(server *s, const char *where, el_store_use use,
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
        return fail_connection(s, err);
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
    server *s = el_array(1, sizeof *s);
    el_status st;

    if (!s)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", name);
    s->name = name;
    st = load(&s->f, err);
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

static void cancel(server *s)
{
    PGcancel *c = s->f.cancel_of(s->conn);
    char why[256];

    if (c)
        (void)s->f.cancel(c, why, (int)sizeof why);
    s->f.cancel_free(c);
}

static void postgres_stop(void *self)
{
    server *s = self;
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
    server *s = self;
    char number[MAX_PARAMETERS][NUMBER_SIZE];
    const char *text[MAX_PARAMETERS];

    if (n > MAX_PARAMETERS)
        return el_fail(err, EL_E_ARG, "%s: %zu parameters", s->name, n);
    for (size_t i = 0; i < n; i++)
        text[i] = print(&v[i], number[i]);
    postgres_stop(s);
    if (!s->f.send(s->conn, sql, (int)n, NULL, text, NULL, NULL, 0) ||
        !s->f.one_by_one(s->conn))
        return fail_connection(s, err);
    s->busy = true;
    return EL_OK;
}

static el_status postgres_step(void *self, bool *row, el_error *err)
{
    server *s = self;
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
        st = judge(s, s->row, err);
    s->row = NULL;
    s->busy = s->busy && st == EL_OK;
    while (st == EL_OK && s->busy) {
        PGresult *r = s->f.result(s->conn);

        s->busy = r != NULL;
        if (r)
            st = judge(s, r, err);
    }
    return st;
}

static const char *postgres_text(void *self, size_t i)
{
    server *s = self;

    return s->f.is_null(s->row, 0, (int)i) ? NULL
                                           : s->f.value(s->row, 0, (int)i);
}

static double postgres_real(void *self, size_t i)
{
    server *s = self;
    const char *text = postgres_text(s, i);
    double v = EL_UNKNOWN;

    if (text && !el_parse_double(text, strlen(text), &v))
        s->odd = true; /* NaN, Infinity: we write none */
    return v;
}

static int64_t postgres_integer(void *self, size_t i)
{
    server *s = self;
    const char *text = postgres_text(s, i);
    char *end = NULL;
    int64_t v = text ? strtoll(text, &end, 10) : 0;

    if (text && (end == text || *end))
        s->odd = true;
    return v;
}

/* --- COPY ----------------------------------------------------------------- */

/* Big-endian, as the protocol's binary format has all numbers. */
static void add_bytes(uint64_t v, int n, el_buf *out)
{
    char byte[8];

    for (int i = 0; i < n; i++)
        byte[i] = (char)(v >> (8 * (n - 1 - i)));
    el_buf_add_n(out, byte, (size_t)n);
}

/* Length and bytes; NULL has the length -1. */
static void add_field(const el_value *v, el_buf *out)
{
    uint64_t bits;

    switch (v->kind) {
    case EL_VALUE_REAL:
        memcpy(&bits, &v->real, sizeof bits);
        add_bytes(8, 4, out);
        add_bytes(bits, 8, out);
        break;
    case EL_VALUE_INTEGER:
        add_bytes(8, 4, out);
        add_bytes((uint64_t)v->integer, 8, out);
        break;
    case EL_VALUE_TEXT:
        add_bytes(strlen(v->text), 4, out);
        el_buf_add(out, v->text);
        break;
    case EL_VALUE_NULL:
        add_bytes(UINT32_MAX, 4, out);
        break;
    }
}

static el_status send(server *s, el_buf *data, el_error *err)
{
    bool sent = el_buf_ok(data);

    if (!sent)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", s->name);
    if (data->len > 0)
        sent = s->f.put(s->conn, el_buf_text(data), (int)data->len) == 1;
    data->len = 0;
    return sent ? EL_OK : fail_connection(s, err);
}

static el_status send_rows(server *s, size_t n_column, size_t n,
                           el_value_row row, const void *ctx, el_error *err)
{
    static const char begin[] = "PGCOPY\n\377\r\n\0"; /* its NUL counts */
    el_value v[16] = {{.kind = EL_VALUE_NULL}};
    el_buf data = {0};
    el_status st = EL_OK;

    el_buf_add_n(&data, begin, 11);
    add_bytes(0, 8, &data); /* no flags, no extension */
    for (size_t i = 0; i < n && st == EL_OK; i++) {
        row(ctx, i, v);
        add_bytes(n_column, 2, &data);
        for (size_t k = 0; k < n_column; k++)
            add_field(&v[k], &data);
        if (data.len > PIECE)
            st = send(s, &data, err);
    }
    add_bytes(UINT16_MAX, 2, &data); /* no more rows */
    if (st == EL_OK)
        st = send(s, &data, err);
    el_buf_clear(&data);
    return st;
}

static el_status postgres_fill(void *self, const char *table,
                               const char *columns, size_t n_column, size_t n,
                               el_value_row row, const void *ctx, el_error *err)
{
    server *s = self;
    char sql[512];
    PGresult *r;
    el_status st, end;
    int len =
        snprintf(sql, sizeof sql, "COPY %s(%s) FROM STDIN (FORMAT binary)",
                 table, columns);

    if (len < 0 || (size_t)len >= sizeof sql)
        return el_fail(err, EL_E_ARG, "%s: COPY %s", s->name, table);
    postgres_stop(s);
    st = postgres_run(s, sql, err);
    if (st != EL_OK)
        return st;
    st = send_rows(s, n_column, n, row, ctx, err);
    if (s->f.put_end(s->conn, st == EL_OK ? NULL : "stopped") != 1)
        return st == EL_OK ? fail_connection(s, err) : st;
    for (r = s->f.result(s->conn); r; r = s->f.result(s->conn)) {
        end = judge(s, r, st == EL_OK ? err : NULL);
        st = st == EL_OK ? end : st;
    }
    return st;
}

/* --- what the database is ------------------------------------------------- */

static el_status number_of(server *s, const char *sql, int64_t *out,
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
    server *s = self;
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

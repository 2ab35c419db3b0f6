/* SPDX-License-Identifier: Apache-2.0 */
/* Many rows at once: COPY in the protocol's binary format. */
#include <stdio.h>
#include <string.h>

#include "store/postgres.h"

#define PIECE (1 << 16) /* bytes sent at once */

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

static el_status send(el_postgres *s, el_buf *data, el_error *err)
{
    bool sent = el_buf_ok(data);

    if (!sent)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", s->name);
    if (data->len > 0)
        sent = s->f.put(s->conn, el_buf_text(data), (int)data->len) == 1;
    data->len = 0;
    return sent ? EL_OK : el_postgres_fail(s, err);
}

static el_status send_rows(el_postgres *s, size_t n_column, size_t n,
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

el_status el_postgres_copy(el_postgres *s, const char *table,
                           const char *columns, size_t n_column, size_t n,
                           el_value_row row, const void *ctx, el_error *err)
{
    char sql[512];
    PGresult *r;
    el_status st, end;
    int len =
        snprintf(sql, sizeof sql, "COPY %s(%s) FROM STDIN (FORMAT binary)",
                 table, columns);

    if (len < 0 || (size_t)len >= sizeof sql)
        return el_fail(err, EL_E_ARG, "%s: COPY %s", s->name, table);
    st = el_postgres_judge(s, s->f.exec(s->conn, sql), err);
    if (st != EL_OK)
        return st;
    st = send_rows(s, n_column, n, row, ctx, err);
    if (s->f.put_end(s->conn, st == EL_OK ? NULL : "stopped") != 1)
        return st == EL_OK ? el_postgres_fail(s, err) : st;
    for (r = s->f.result(s->conn); r; r = s->f.result(s->conn)) {
        end = el_postgres_judge(s, r, st == EL_OK ? err : NULL);
        st = st == EL_OK ? end : st;
    }
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sql.h"

#include <math.h>

el_value el_value_integer(int64_t v)
{
    return (el_value){.kind = EL_VALUE_INTEGER, .integer = v};
}

el_value el_value_real(double v)
{
    return (el_value){.kind = isnan(v) ? EL_VALUE_NULL : EL_VALUE_REAL,
                      .real = v};
}

el_value el_value_text(const char *text)
{
    return (el_value){.kind = text && *text ? EL_VALUE_TEXT : EL_VALUE_NULL,
                      .text = text};
}

el_status el_sql_one(el_store *store, const char *sql, const el_value *v,
                     size_t n, int64_t *out, bool *row, el_error *err)
{
    const el_sql_kind *k = store->kind;
    el_status st = k->start(store->self, sql, v, n, err);
    bool more = false;

    if (st == EL_OK)
        st = k->step(store->self, &more, err);
    if (st == EL_OK && more && out)
        *out = k->integer(store->self, 0);
    if (row)
        *row = more;
    if (st == EL_OK && more)
        st = k->step(store->self, &more, err);
    k->stop(store->self);
    return st;
}

el_status el_sql_do(el_store *store, const char *sql, const el_value *v,
                    size_t n, el_error *err)
{
    return el_sql_one(store, sql, v, n, NULL, NULL, err);
}

void el_sql_insert(el_buf *out, const char *table, const char *columns,
                   size_t n_column, const char *end)
{
    el_buf_printf(out, "INSERT INTO %s(%s) VALUES(", table, columns);
    for (size_t i = 1; i <= n_column; i++)
        el_buf_printf(out, "%s$%zu", i > 1 ? "," : "", i);
    el_buf_printf(out, ") %s", end);
}

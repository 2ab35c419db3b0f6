/* SPDX-License-Identifier: Apache-2.0 */
#include "io/link_rows.h"

#include <string.h>

#include "base/mem.h"
#include "io/csv_text.h"
#include "io/file.h"

#define ONE_SHOT_MAX 1048576.0 /* engines go one-shot up to this, comm.c */

const char *el_link_skip_text(el_link_skip reason)
{
    static const char *const text[EL_N_SKIPS] = {
        "empty message", "wrong results", "no time", "other collective",
        "above 1 MiB"};

    return text[reason];
}

void el_link_rows_skip(el_link_rows *rows, int collective, el_link_skip why)
{
    rows->skipped[collective][why]++;
}

el_status el_link_rows_add(el_link_rows *rows, const el_link_row *row,
                           el_error *err)
{
    void *grown;

    if (!(row->bytes > 0.0)) {
        el_link_rows_skip(rows, (int)row->collective, EL_SKIP_NO_BYTES);
        return EL_OK;
    }
    if (!(row->time_s > 0.0)) {
        el_link_rows_skip(rows, (int)row->collective, EL_SKIP_NO_TIME);
        return EL_OK;
    }
    if (row->collective == EL_COLL_ONE_SHOT && row->bytes > ONE_SHOT_MAX) {
        el_link_rows_skip(rows, (int)row->collective, EL_SKIP_LARGE);
        return EL_OK;
    }
    grown = el_grow(rows->row, &rows->cap, rows->n + 1, sizeof *rows->row);
    if (!grown)
        return el_fail(err, EL_E_NOMEM, "links: %zu rows", rows->n);
    rows->row = grown;
    rows->row[rows->n++] = *row;
    return EL_OK;
}

void el_link_rows_clear(el_link_rows *rows)
{
    el_free(rows->row);
    memset(rows, 0, sizeof *rows);
}

/* A header of one of the tables, before anything that begins with '#'. */
static bool is_csv(const char *data, size_t len)
{
    size_t bom = el_text_bom(data, len);
    const char *end;

    data += bom;
    len -= bom;
    end = memchr(data, '\n', len);
    len = end ? (size_t)(end - data) : len;
    return len > 0 && data[0] != '#' && memchr(data, ',', len);
}

static el_status parse(const char *data, size_t len, const char *name,
                       const el_link_hint *hint, el_link_rows *rows,
                       el_error *err)
{
    el_csv *csv = NULL;
    el_status st;

    if (!is_csv(data, len))
        return el_nccl_text_parse(data, len, name, hint, rows, err);
    st = el_csv_parse(data, len, name, &csv, err);
    if (st == EL_OK)
        st = el_link_csv_parse(csv, rows, err);
    el_csv_free(csv);
    return st;
}

el_status el_link_rows_parse(const char *data, size_t len, const char *name,
                             const el_link_hint *hint, el_link_rows *rows,
                             el_error *err)
{
    el_link_rows before = *rows;
    el_status st = parse(data, len, name, hint, rows, err);

    if (st != EL_OK) { /* the array may have moved */
        before.row = rows->row;
        before.cap = rows->cap;
        *rows = before;
    }
    return st;
}

el_status el_link_rows_read(const char *path, const el_link_hint *hint,
                            el_link_rows *rows, el_error *err)
{
    char *data = NULL;
    size_t len = 0;
    el_status st = el_file_read(path, EL_LINK_MAX_FILE, &data, &len, err);

    if (st == EL_OK)
        st = el_link_rows_parse(data, len, path, hint, rows, err);
    el_free(data);
    return st;
}

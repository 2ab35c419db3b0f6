/* SPDX-License-Identifier: Apache-2.0 */
#include "io/link_read.h"

#include <string.h>

#include "base/mem.h"
#include "io/csv_text.h"
#include "io/file.h"

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

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/csv.h"

#include <string.h>

#include "base/mem.h"
#include "io/csv_records.h"
#include "io/file.h"

/*
 * Bytes read at once. More than one record can hold, so that a line without an
 * end is refused after at most two pieces, whatever the size of the file.
 */
#define PIECE    ((size_t)2 * EL_CSV_MAX_LINE)
#define MAX_NAME 4095u

static void new_csv(const char *name, el_csv **out)
{
    size_t len = strlen(name);
    el_csv *csv = el_array(1, sizeof *csv);

    if (!csv)
        return;
    if (len > MAX_NAME)
        len = MAX_NAME;
    csv->line = 1;
    csv->name = el_array(len + 1, 1);
    if (!csv->name) {
        el_free(csv);
        return;
    }
    memcpy(csv->name, name, len);
    *out = csv;
}

/*
 * Room for another piece. The whole size of a regular file is asked for only
 * after its first piece was sound: a hopeless file costs two pieces at most.
 */
static el_status reserve_piece(el_csv *csv, size_t file_size, el_error *err)
{
    size_t need = csv->len + PIECE;
    char *p;

    if (csv->cap >= need)
        return EL_OK;
    if (need < 2 * csv->cap)
        need = 2 * csv->cap;
    if (csv->len > 0 && need < file_size + PIECE)
        need = file_size + PIECE;
    /* not el_grow, which writes its zeros: pages never read stay unused */
    p = el_array(need, 1);
    if (!p)
        return el_csv_fail_nomem(csv, err);
    if (csv->len > 0)
        memcpy(p, csv->data, csv->len);
    el_free(csv->data);
    csv->data = p;
    csv->cap = need;
    return EL_OK;
}

static el_status read_pieces(el_csv *csv, const el_stream *source,
                             el_error *err)
{
    bool last = false;
    el_status st = EL_OK;

    while (!last && st == EL_OK) {
        size_t n = 0;
        bool first = csv->len == 0;

        st = reserve_piece(csv, source->size, err);
        if (st == EL_OK)
            st = el_stream_fill(source, csv->data + csv->len, PIECE, &n, err);
        if (st != EL_OK)
            return st;
        csv->len += n;
        last = n < PIECE;
        if (first)
            st = el_csv_begin(csv, err);
        if (st == EL_OK)
            st = el_csv_take_records(csv, last, err);
    }
    return st;
}

el_status el_csv_read(const char *path, el_csv **out, el_error *err)
{
    el_stream source;
    el_csv *csv = NULL;
    el_status st;

    if (!path || !out)
        return el_fail(err, EL_E_ARG, "csv read: NULL path or result");
    st = el_stream_open(path, &source, err);
    if (st != EL_OK)
        return st;
    new_csv(source.path, &csv);
    st = csv ? read_pieces(csv, &source, err)
             : el_fail(err, EL_E_NOMEM, "%s: table", source.path);
    el_stream_close(&source);
    if (st != EL_OK) {
        el_csv_free(csv);
        return st;
    }
    *out = csv;
    return EL_OK;
}

el_status el_csv_parse(const char *data, size_t len, const char *name,
                       el_csv **out, el_error *err)
{
    el_csv *csv = NULL;
    el_status st;

    if ((!data && len > 0) || !name || !out)
        return el_fail(err, EL_E_ARG, "csv parse: NULL data, name or result");
    new_csv(name, &csv);
    if (csv)
        csv->data = el_array(len + 1, 1);
    if (!csv || !csv->data) {
        el_csv_free(csv);
        return el_fail(err, EL_E_NOMEM, "%s: %zu bytes", name, len);
    }
    if (len > 0)
        memcpy(csv->data, data, len);
    csv->len = csv->cap = len;
    st = el_csv_begin(csv, err);
    if (st == EL_OK)
        st = el_csv_take_records(csv, true, err);
    if (st != EL_OK) {
        el_csv_free(csv);
        return st;
    }
    *out = csv;
    return EL_OK;
}

void el_csv_free(el_csv *csv)
{
    if (!csv)
        return;
    el_free(csv->cell);
    el_free(csv->record);
    el_free(csv->data);
    el_free(csv->name);
    el_free(csv);
}

const char *el_csv_name(const el_csv *csv)
{
    return csv->name;
}

size_t el_csv_n_columns(const el_csv *csv)
{
    return csv->n_column;
}

size_t el_csv_n_records(const el_csv *csv)
{
    return csv->n_record - 1;
}

static el_slice slice_at(const el_csv *csv, size_t record, size_t column)
{
    const el_csv_cell_at cell = csv->cell[record * csv->n_column + column];
    el_slice slice = {csv->data + csv->record[record].at + cell.at, cell.len};

    return slice;
}

el_slice el_csv_header(const el_csv *csv, size_t column)
{
    return slice_at(csv, 0, column);
}

el_slice el_csv_cell(const el_csv *csv, size_t record, size_t column)
{
    return slice_at(csv, record + 1, column);
}

size_t el_csv_line(const el_csv *csv, size_t record)
{
    return csv->record[record + 1].line;
}

size_t el_csv_column(const el_csv *csv, const char *name)
{
    size_t len = strlen(name);
    size_t i;

    for (i = 0; i < csv->n_column; i++) {
        el_slice header = el_csv_header(csv, i);

        if (header.len == len && memcmp(header.text, name, len) == 0)
            return i;
    }
    return (size_t)-1;
}

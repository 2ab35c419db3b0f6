/* SPDX-License-Identifier: Apache-2.0 */
#include "io/csv_records.h"

#include <string.h>

#include "base/mem.h"
#include "io/csv_text.h"

el_status el_csv_fail_nomem(const el_csv *csv, el_error *err)
{
    return el_fail(err, EL_E_NOMEM, "%s: table of %zu bytes", csv->name,
                   csv->len);
}

static el_status reserve_record(el_csv *csv, size_t n_cell, el_error *err)
{
    size_t cells = csv->n_record * csv->n_column;

    void *p;

    p = el_grow(csv->record, &csv->cap_record, csv->n_record + 1,
                sizeof *csv->record);
    if (!p)
        return el_csv_fail_nomem(csv, err);
    csv->record = p;
    p = el_grow(csv->cell, &csv->cap_cell, cells + n_cell, sizeof *csv->cell);
    if (!p)
        return el_csv_fail_nomem(csv, err);
    csv->cell = p;
    return EL_OK;
}

/* NUL bytes and bytes that are not UTF-8, with their place. */
static el_status check_bytes(const el_csv *csv, size_t size, el_error *err)
{
    const char *text = csv->data + csv->pos;
    size_t bad = el_text_bad_byte(text, size);
    size_t line = csv->line;
    size_t i;

    if (bad == size)
        return EL_OK;
    for (i = 0; i < bad; i++)
        line += text[i] == '\n';
    if (text[bad] == '\0')
        return el_fail(err, EL_E_DATA,
                       "%s:%zu: NUL byte at offset %zu (not a UTF-8 text file)",
                       csv->name, line, csv->pos + bad);
    return el_fail(err, EL_E_DATA,
                   "%s:%zu: byte 0x%02x at offset %zu is not UTF-8", csv->name,
                   line, (unsigned)(unsigned char)text[bad], csv->pos + bad);
}

static el_status fail_long(const el_csv *csv, bool in_quote, el_error *err)
{
    return el_fail(err, EL_E_DATA, "%s:%zu: line longer than %u bytes%s",
                   csv->name, csv->line, EL_CSV_MAX_LINE,
                   in_quote ? " (a quote is never closed?)" : "");
}

/* Without "\n" or "\r\n". */
static size_t trim_line_end(const char *text, size_t size)
{
    if (size > 0 && text[size - 1] == '\n')
        size--;
    if (size > 0 && text[size - 1] == '\r')
        size--;
    return size;
}

/* The cells of one record, stored behind those of the others. */
static el_status split(el_csv *csv, size_t len, bool quoted, size_t max,
                       size_t *n, el_error *err)
{
    char *text = csv->data + csv->pos;
    el_csv_cell_at *cell = csv->cell + csv->n_record * csv->n_column;
    const char *wrong = NULL;

    if (quoted)
        wrong = el_csv_split_quoted(text, len, cell, max, n);
    else if (memchr(text, '\r', len))
        wrong = "a carriage return that no line feed follows";
    else
        el_csv_split_plain(text, len, cell, max, n);
    if (wrong)
        return el_fail(err, EL_E_DATA, "%s:%zu: %s", csv->name, csv->line,
                       wrong);
    return EL_OK;
}

static el_csv_cell_at trim(const char *text, el_csv_cell_at cell)
{
    while (cell.len > 0 && text[cell.at] == ' ') {
        cell.at++;
        cell.len--;
    }
    while (cell.len > 0 && text[cell.at + cell.len - 1] == ' ')
        cell.len--;
    return cell;
}

static el_status check_header(el_csv *csv, el_error *err)
{
    const char *text = csv->data + csv->pos;
    char shown[EL_SHOW_SIZE];
    size_t i, k;

    for (i = 0; i < csv->n_column; i++) {
        csv->cell[i] = trim(text, csv->cell[i]);
        if (csv->cell[i].len == 0)
            return el_fail(err, EL_E_DATA, "%s:%zu: column %zu has no name",
                           csv->name, csv->line, i + 1);
        for (k = 0; k < i; k++) {
            const el_csv_cell_at a = csv->cell[i], b = csv->cell[k];

            if (a.len != b.len || memcmp(text + a.at, text + b.at, a.len) != 0)
                continue;
            el_text_show(shown, text + a.at, a.len);
            return el_fail(err, EL_E_DATA,
                           "%s:%zu: columns %zu and %zu are both named %s",
                           csv->name, csv->line, k + 1, i + 1, shown);
        }
    }
    return EL_OK;
}

/* The header tells how many cells each record has. */
static el_status add_header(el_csv *csv, size_t len, bool quoted, el_error *err)
{
    size_t n = 0;
    el_status st;

    if (len == 0)
        return el_fail(err, EL_E_DATA, "%s:%zu: blank line instead of a header",
                       csv->name, csv->line);
    st = reserve_record(csv, EL_CSV_MAX_COLUMNS, err);
    if (st == EL_OK)
        st = split(csv, len, quoted, EL_CSV_MAX_COLUMNS, &n, err);
    if (st != EL_OK)
        return st;
    if (n > EL_CSV_MAX_COLUMNS)
        return el_fail(err, EL_E_DATA, "%s:%zu: %zu columns (limit %u)",
                       csv->name, csv->line, n, EL_CSV_MAX_COLUMNS);
    csv->n_column = n;
    return check_header(csv, err);
}

static const char *separator_hint(const el_csv *csv)
{
    const el_csv_cell_at name = csv->cell[0];
    const char *text = csv->data + csv->record[0].at + name.at;

    return csv->n_column == 1 ? el_text_separator_hint(text, name.len) : "";
}

static el_status add_row(el_csv *csv, size_t len, bool quoted, el_error *err)
{
    size_t n = 0;
    el_status st = reserve_record(csv, csv->n_column, err);

    if (st == EL_OK)
        st = split(csv, len, quoted, csv->n_column, &n, err);
    if (st == EL_OK && n != csv->n_column)
        st = el_fail(err, EL_E_DATA,
                     "%s:%zu: %zu cells where the header has %zu%s", csv->name,
                     csv->line, n, csv->n_column, separator_hint(csv));
    return st;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t n = 0;
    size_t i;

    for (i = 0; i < size; i++)
        n += text[i] == '\n';
    return n;
}

/* The complete record of `size` bytes at pos. */
static el_status add_record(el_csv *csv, size_t size, bool quoted,
                            el_error *err)
{
    size_t lines = quoted ? count_lines(csv->data + csv->pos, size) : 1;
    size_t len;
    el_status st = check_bytes(csv, size, err);

    if (st != EL_OK)
        return st;
    len = trim_line_end(csv->data + csv->pos, size);
    /* blank lines are no rows, except where a row is a single cell */
    if (len > 0 || csv->n_column < 2) {
        st = csv->n_record == 0 ? add_header(csv, len, quoted, err)
                                : add_row(csv, len, quoted, err);
        if (st != EL_OK)
            return st;
        csv->record[csv->n_record].at = csv->pos;
        csv->record[csv->n_record].line = csv->line;
        csv->n_record++;
    }
    csv->pos += size;
    csv->line += lines;
    return EL_OK;
}

el_status el_csv_take_records(el_csv *csv, bool last, el_error *err)
{
    while (csv->pos < csv->len) {
        bool quoted = false;
        size_t size = 0;
        el_csv_extent extent = el_csv_extent_of(
            csv->data + csv->pos, csv->len - csv->pos, &size, &quoted);
        el_status st;

        if (extent != EL_CSV_COMPLETE)
            size = csv->len - csv->pos;
        if (size > EL_CSV_MAX_LINE)
            return fail_long(csv, extent == EL_CSV_CUT_QUOTE, err);
        if (extent != EL_CSV_COMPLETE && !last)
            return EL_OK;
        if (extent == EL_CSV_CUT_QUOTE)
            return el_fail(err, EL_E_DATA,
                           "%s:%zu: a quoted field is never closed", csv->name,
                           csv->line);
        st = add_record(csv, size, quoted, err);
        if (st != EL_OK)
            return st;
    }
    return EL_OK;
}

el_status el_csv_begin(el_csv *csv, el_error *err)
{
    const char *foreign = el_text_foreign(csv->data, csv->len);

    if (csv->len == 0)
        return el_fail(err, EL_E_DATA, "%s: empty file", csv->name);
    if (foreign)
        return el_fail(err, EL_E_DATA, "%s: %s", csv->name, foreign);
    csv->pos = el_text_bom(csv->data, csv->len);
    if (csv->pos == csv->len)
        return el_fail(err, EL_E_DATA, "%s: empty file", csv->name);
    return EL_OK;
}

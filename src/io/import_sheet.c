/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_sheet.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static el_slice trim(const char *from, const char *to)
{
    while (from < to && is_blank(*from))
        from++;
    while (from < to && is_blank(to[-1]))
        to--;
    return (el_slice){from, (size_t)(to - from)};
}

static bool add_cell(el_sheet *s, el_slice cell)
{
    el_slice *room =
        el_grow(s->cell, &s->cap_cell, s->n_cell + 1, sizeof *s->cell);

    if (!room)
        return false;
    s->cell = room;
    s->cell[s->n_cell++] = cell;
    return true;
}

/* first and line grow together; first has one more for the end. */
static bool add_record(el_sheet *s, size_t line)
{
    size_t cap = s->cap;
    size_t *first = el_grow(s->first, &cap, s->n + 2, sizeof *first);
    size_t *more;

    if (!first)
        return false;
    s->first = first;
    more = el_grow(s->line, &s->cap, s->n + 2, sizeof *more);
    if (!more)
        return false;
    s->line = more;
    s->first[s->n] = s->n_cell;
    s->line[s->n++] = line;
    return true;
}

/*
 * Remove the quotes of a field that begins at `from` in place; its text ends
 * at *to. Where the field ends, NULL if the quote never closes.
 */
static char *unquote(char *from, const char *end, char comma, char **to)
{
    char *p = from + 1, *q = from;

    for (;; p++) {
        if (p >= end)
            return NULL;
        if (*p == '"' && p + 1 < end && p[1] == '"')
            p++;
        else if (*p == '"')
            break;
        *q++ = *p;
    }
    *to = q;
    for (p++; p < end && *p != comma && *p != '\n';)
        p++;
    return p;
}

/* One field from p; where it ends, NULL if its quote stays open. */
static char *field(char *p, const char *end, char comma, el_slice *out)
{
    char *start = p, *to = p;

    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    if (start < end && *start == '"') {
        p = unquote(start, end, comma, &to);
        *out = trim(start, to);
        return p;
    }
    while (p < end && *p != comma && *p != '\n')
        p++;
    *out = trim(start, p);
    return p;
}

/* The record from p on; what follows it, NULL at an open quote; *ok false
 * without memory. */
static char *record(el_sheet *s, char *p, const char *end, size_t line,
                    bool *ok)
{
    size_t before = s->n_cell;
    el_slice cell;

    *ok = add_record(s, line);
    while (*ok) {
        p = field(p, end, s->comma, &cell);
        if (!p) {
            s->n--; /* nobody knows where its fields end */
            s->n_cell = before;
            return NULL;
        }
        *ok = add_cell(s, cell);
        if (p >= end || *p == '\n')
            break;
        p++;
    }
    if (s->n_cell == before + 1 && s->cell[before].len == 0) {
        s->n--; /* a blank line */
        s->n_cell = before;
    }
    return p < end ? p + 1 : p;
}

static bool cut_up(el_sheet *s, size_t len)
{
    char *p = s->text;
    const char *end = s->text + len, *at = p;
    size_t line = 1;
    bool ok = true;

    while (ok && p && p < end) {
        p = record(s, p, end, line, &ok);
        for (; p && at < p; at++)
            line += *at == '\n';
    }
    if (!ok)
        return false;
    s->is_cut = !p || (len > 0 && end[-1] != '\n');
    if (p && s->is_cut && s->n > 0)
        s->cell[s->n_cell - 1].len = 0; /* 12 may have been 127 */
    if (s->n > 0)
        s->first[s->n] = s->n_cell;
    return true;
}

/* Which sign parts the cells; see the header. Decimal commas become points. */
static char comma_of(char *text, size_t len)
{
    const char *end = memchr(text, '\n', len);
    size_t n = end ? (size_t)(end - text) : len;

    if (memchr(text, ',', n) || !memchr(text, ';', n))
        return ',';
    for (size_t i = 1; i + 1 < len; i++)
        if (text[i] == ',' && isdigit((unsigned char)text[i - 1]) &&
            isdigit((unsigned char)text[i + 1]))
            text[i] = '.';
    return ';';
}

el_status el_sheet_parse(const char *text, size_t len, el_sheet *out,
                         el_error *err)
{
    el_sheet s = {.text = el_array(len + 1, 1)};

    if (s.text) {
        memcpy(s.text, text, len);
        s.comma = comma_of(s.text, len);
        if (cut_up(&s, len)) {
            *out = s;
            return EL_OK;
        }
    }
    el_sheet_clear(&s);
    return el_fail(err, EL_E_NOMEM, "import: out of memory");
}

void el_sheet_clear(el_sheet *sheet)
{
    el_free(sheet->text);
    el_free(sheet->cell);
    el_free(sheet->first);
    el_free(sheet->line);
    memset(sheet, 0, sizeof *sheet);
}

size_t el_sheet_width(const el_sheet *sheet, size_t record)
{
    return sheet->first[record + 1] - sheet->first[record];
}

el_slice el_sheet_cell(const el_sheet *sheet, size_t record, size_t column)
{
    if (record >= sheet->n || column >= el_sheet_width(sheet, record))
        return (el_slice){"", 0};
    return sheet->cell[sheet->first[record] + column];
}

/* "power.draw [W]" is power.draw, "Latency (s)" is Latency. */
static el_slice without_unit(el_slice name)
{
    if (name.len > 0 && strchr("])", name.text[name.len - 1]))
        for (size_t i = name.len; i-- > 0;)
            if (name.text[i] == '[' || name.text[i] == '(')
                return trim(name.text, name.text + i);
    return name;
}

size_t el_sheet_column(const el_sheet *sheet, size_t header, const char *name)
{
    if (header >= sheet->n)
        return EL_NO_COLUMN;
    for (size_t i = 0; i < el_sheet_width(sheet, header); i++) {
        el_slice cell = el_sheet_cell(sheet, header, i);

        if (el_slice_is(cell, name) || el_slice_is(without_unit(cell), name))
            return i;
    }
    return EL_NO_COLUMN;
}

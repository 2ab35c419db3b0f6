/* SPDX-License-Identifier: Apache-2.0 */
#include "io/csv_split.h"

#include <string.h>

/* p stands after the opening quote; past the closing one, or NULL. */
static const char *skip_quoted(const char *p, const char *end)
{
    for (;;) {
        p = memchr(p, '"', (size_t)(end - p));
        if (!p || p + 1 == end || p[1] != '"')
            return p ? p + 1 : NULL;
        p += 2; /* a doubled quote stands for one */
    }
}

static const char *skip_to_comma_or_newline(const char *p, const char *end)
{
    while (p < end && *p != ',' && *p != '\n')
        p++;
    return p;
}

/*
 * A quote opens a field only at its beginning; anywhere else it is an ordinary
 * character (5" disk), as other readers have it.
 */
static el_csv_extent quoted_extent(const char *text, size_t len, size_t *size)
{
    const char *p = text, *end = text + len;

    while (p < end) {
        if (*p == '"')
            p = skip_quoted(p + 1, end);
        if (!p)
            return EL_CSV_CUT_QUOTE;
        p = skip_to_comma_or_newline(p, end);
        if (p < end && *p++ == '\n') {
            *size = (size_t)(p - text);
            return EL_CSV_COMPLETE;
        }
    }
    return EL_CSV_CUT;
}

el_csv_extent el_csv_extent_of(const char *text, size_t len, size_t *size,
                               bool *quoted)
{
    const char *newline = memchr(text, '\n', len);

    *size = newline ? (size_t)(newline - text) + 1 : len;
    *quoted = memchr(text, '"', *size) != NULL;
    if (!*quoted)
        return newline ? EL_CSV_COMPLETE : EL_CSV_CUT;
    *size = len;
    return quoted_extent(text, len, size);
}

static void store(const char *text, const char *from, const char *to,
                  el_csv_cell_at *cell, size_t max, size_t *n)
{
    if (*n < max) {
        cell[*n].at = (uint32_t)(from - text);
        cell[*n].len = (uint32_t)(to - from);
    }
    ++*n;
}

void el_csv_split_plain(const char *text, size_t len, el_csv_cell_at *cell,
                        size_t max, size_t *n)
{
    const char *from = text, *end = text + len;
    const char *p;

    *n = 0;
    /* a byte loop: cells are too short for memchr to pay */
    for (p = text; p < end; p++) {
        if (*p == ',') {
            store(text, from, p, cell, max, n);
            from = p + 1;
        }
    }
    store(text, from, end, cell, max, n);
}

/* Removes the quotes of the field at p; *to is the end of what is left. */
static char *unquote(char *p, char *end, char **to)
{
    char *out = p;

    for (p++; p < end; p++) {
        if (*p == '"') {
            if (p + 1 == end || p[1] != '"') {
                p++;
                break;
            }
            p++;
        }
        *out++ = *p;
    }
    *to = out;
    return p;
}

const char *el_csv_split_quoted(char *text, size_t len, el_csv_cell_at *cell,
                                size_t max, size_t *n)
{
    char *p = text, *end = text + len;

    for (*n = 0;; p++) {
        char *from = p, *to;

        if (p < end && *p == '"') {
            p = unquote(p, end, &to);
            if (p < end && *p != ',')
                return "text after the closing quote of a field";
        } else {
            while (p < end && *p != ',' && *p != '\r')
                p++;
            if (p < end && *p == '\r')
                return "a carriage return inside a field that is not quoted";
            to = p;
        }
        store(text, from, to, cell, max, n);
        if (p == end)
            return NULL;
    }
}

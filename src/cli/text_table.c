/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/text_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/format.h"
#include "cli/term.h"

#define GAP 2u /* spaces between columns */

struct el_text_table {
    const el_column *columns;
    size_t n_columns, n_cells, cap;
    el_strings strings; /* equal cells are kept once */
    const char **cell;  /* n_cells, row by row */
    size_t best_row;    /* 1 + row, 0: none */
    bool failed;
};

el_text_table *el_text_table_new(const el_column *columns, size_t n_columns)
{
    el_text_table *t = n_columns ? el_array(1, sizeof *t) : NULL;

    if (t) {
        t->columns = columns;
        t->n_columns = n_columns;
    }
    return t;
}

void el_text_table_free(el_text_table *table)
{
    if (!table)
        return;
    el_strings_clear(&table->strings);
    el_free(table->cell);
    el_free(table);
}

static bool grow(el_text_table *table)
{
    size_t cap = table->cap ? 2 * table->cap : 64;
    const char **cell;

    if (table->n_cells < table->cap)
        return true;
    cell = el_array(cap, sizeof *cell);
    if (!cell)
        return false;
    if (table->n_cells)
        memcpy(cell, table->cell, table->n_cells * sizeof *cell);
    el_free(table->cell);
    table->cell = cell;
    table->cap = cap;
    return true;
}

void el_text_table_cell(el_text_table *table, const char *text)
{
    const char *copy;

    if (!table || table->failed)
        return;
    copy = el_strings_add(&table->strings, text, strlen(text));
    if (!copy || !grow(table)) {
        table->failed = true;
        return;
    }
    table->cell[table->n_cells++] = copy;
}

void el_text_table_cellf(el_text_table *table, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    el_text_table_cell(table, text);
}

void el_text_table_number(el_text_table *table, double v, int digits)
{
    el_text_table_cell(table, el_fmt_number(v, digits).s);
}

void el_text_table_highlight(el_text_table *table)
{
    if (table && table->n_cells)
        table->best_row = 1 + (table->n_cells - 1) / table->n_columns;
}

static size_t n_rows(const el_text_table *t)
{
    return (t->n_cells + t->n_columns - 1) / t->n_columns;
}

static const char *cell_at(const el_text_table *t, size_t row, size_t column)
{
    size_t i = row * t->n_columns + column;

    return i < t->n_cells ? t->cell[i] : "";
}

static void measure(const el_text_table *t, size_t *width)
{
    for (size_t c = 0; c < t->n_columns; c++) {
        const char *unit = t->columns[c].unit;

        width[c] = el_text_width(t->columns[c].title);
        if (unit && el_text_width(unit) > width[c])
            width[c] = el_text_width(unit);
        for (size_t r = 0; r < n_rows(t); r++) {
            size_t w = el_text_width(cell_at(t, r, c));

            width[c] = w > width[c] ? w : width[c];
        }
    }
}

/* A shown column is at least one space wide; width 0 marks a dropped one. */
static size_t total_width(const el_text_table *t, const size_t *width)
{
    size_t total = 0;

    for (size_t c = 0; c < t->n_columns; c++)
        if (width[c])
            total += width[c] + (total ? GAP : 0);
    return total;
}

/* Index of the column to drop next, or n_columns when none may go. */
static size_t weakest(const el_text_table *t, const size_t *width)
{
    size_t weak = t->n_columns;

    for (size_t c = 0; c < t->n_columns; c++) {
        int p = t->columns[c].priority;

        if (width[c] && p > 0 &&
            (weak == t->n_columns || p >= t->columns[weak].priority))
            weak = c;
    }
    return weak;
}

static size_t drop_columns(const el_text_table *t, size_t *width, int limit)
{
    size_t n = 0;

    while (limit > 0 && total_width(t, width) > (size_t)limit) {
        size_t c = weakest(t, width);

        if (c == t->n_columns)
            break;
        width[c] = 0;
        n++;
    }
    return n;
}

static void pad(el_buf *out, size_t n)
{
    while (n-- > 0)
        el_buf_add(out, " ");
}

/* One line; text(c) for each shown column; no spaces at its end. */
static void print_line(const el_text_table *t, const size_t *width,
                       const char *(*text)(const el_text_table *, size_t,
                                           size_t),
                       size_t row, el_buf *out)
{
    size_t owed = 0; /* spaces due before the next text */

    for (size_t c = 0; c < t->n_columns; c++) {
        const char *s = text(t, row, c);
        size_t w = el_text_width(s);
        size_t room = width[c] > w ? width[c] - w : 0;

        if (!width[c])
            continue;
        if (!t->columns[c].left)
            owed += room;
        if (*s) {
            pad(out, owed);
            el_buf_add(out, s);
            owed = 0;
        } else {
            owed += w;
        }
        owed += GAP + (t->columns[c].left ? room : 0);
    }
}

static const char *title_at(const el_text_table *t, size_t row, size_t column)
{
    (void)row;
    return t->columns[column].title;
}

static const char *unit_at(const el_text_table *t, size_t row, size_t column)
{
    (void)row;
    return t->columns[column].unit ? t->columns[column].unit : "";
}

static bool has_units(const el_text_table *t, const size_t *width)
{
    for (size_t c = 0; c < t->n_columns; c++)
        if (width[c] && t->columns[c].unit)
            return true;
    return false;
}

static void print_header(const el_text_table *t, const size_t *width,
                         bool color, el_buf *out)
{
    el_buf_add(out, el_style_on(EL_STYLE_BOLD, color));
    print_line(t, width, title_at, 0, out);
    el_buf_add(out, el_style_off(color));
    el_buf_add(out, "\n");
    if (!has_units(t, width))
        return;
    el_buf_add(out, el_style_on(EL_STYLE_DIM, color));
    print_line(t, width, unit_at, 0, out);
    el_buf_add(out, el_style_off(color));
    el_buf_add(out, "\n");
}

static void print_dropped(const el_text_table *t, const size_t *width,
                          el_buf *out)
{
    const char *comma = "";

    el_buf_add(out, "(not shown: ");
    for (size_t c = 0; c < t->n_columns; c++)
        if (!width[c]) {
            el_buf_printf(out, "%s%s", comma, t->columns[c].title);
            comma = ", ";
        }
    el_buf_add(out, ")\n");
}

el_status el_text_table_print(const el_text_table *table, int width, bool color,
                              el_buf *out, el_error *err)
{
    size_t *widths = table ? el_array(table->n_columns, sizeof *widths) : NULL;
    size_t dropped;

    if (!widths || table->failed) {
        el_free(widths);
        return el_fail(err, EL_E_NOMEM, "table: out of memory");
    }
    measure(table, widths);
    dropped = drop_columns(table, widths, width);
    print_header(table, widths, color, out);
    for (size_t r = 0; r < n_rows(table); r++) {
        bool best = table->best_row == r + 1;

        el_buf_add(out, el_style_on(EL_STYLE_GOOD, color && best));
        print_line(table, widths, cell_at, r, out);
        el_buf_add(out, el_style_off(color && best));
        el_buf_add(out, "\n");
    }
    if (dropped)
        print_dropped(table, widths, out);
    el_free(widths);
    return el_buf_ok(out) ? EL_OK
                          : el_fail(err, EL_E_NOMEM, "table: out of memory");
}

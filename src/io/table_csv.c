/* SPDX-License-Identifier: Apache-2.0 */
#include "io/table_csv.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "io/csv_text.h"
#include "io/table_csv_row.h"

#define MAX_NAMED  8u    /* unknown columns named in the warning */
#define POLL_EVERY 4096u /* records between looks at the cancel flag */

/* A column of this file that is read, and the text cell seen last in it. */
typedef struct bound_column {
    const el_cell_spec *spec;
    size_t column;
    el_slice last; /* columns repeat their text: most need no look-up */
    const char *last_text;
} bound_column;

typedef struct reader {
    el_table *table;
    const el_csv *csv;
    el_table_use use;
    const char *file;  /* interned */
    const char *blank; /* interned "" */
    bound_column bound[EL_N_CELLS];
    size_t n_bound;
    el_energy_conflict conflict;
} reader;

static bool is_energy(const el_cell_spec *spec)
{
    return spec->id == EL_CELL_ENERGY_J ||
           spec->id == EL_CELL_ENERGY_PER_REQUEST_J ||
           spec->id == EL_CELL_ENERGY_PER_OUTPUT_TOKEN_J;
}

/* Columns to read; names of unknown ones go into `unknown`. */
static void bind(reader *r, el_buf *unknown)
{
    char shown[EL_SHOW_SIZE];
    size_t n_unknown = 0;
    size_t i;

    for (i = 0; i < el_csv_n_columns(r->csv); i++) {
        el_slice name = el_csv_header(r->csv, i);
        const el_cell_spec *spec = el_cell_spec_find(name);

        if (!spec && n_unknown++ < MAX_NAMED) {
            el_text_show(shown, name.text, name.len);
            el_buf_printf(unknown, "%s%s", unknown->len ? ", " : "", shown);
        }
        if (!spec || spec->id == EL_CELL_IGNORED ||
            (spec->is_measured && r->use == EL_TABLE_QUERY))
            continue;
        r->bound[r->n_bound].spec = spec;
        r->bound[r->n_bound++].column = i;
    }
    if (n_unknown > MAX_NAMED)
        el_buf_printf(unknown, " and %zu more", n_unknown - MAX_NAMED);
}

static bool is_bound(const reader *r, const el_cell_spec *spec)
{
    size_t i;

    for (i = 0; i < r->n_bound; i++)
        if (r->bound[i].spec == spec)
            return true;
    return false;
}

/* A single column name that holds another separator. */
static const char *separator_hint(const el_csv *csv)
{
    el_slice name = el_csv_header(csv, 0);

    return el_csv_n_columns(csv) > 1
               ? ""
               : el_text_separator_hint(name.text, name.len);
}

/* Names of other tools beside what is missing; nothing in their place. */
static el_status fail_missing(const reader *r, const char *missing,
                              const el_buf *unknown, el_error *err)
{
    const char *hint = separator_hint(r->csv);
    bool tell = !*hint && unknown->len > 0;

    return el_fail(err, EL_E_DATA, "%s:1: missing columns: %s%s%s%s", r->file,
                   missing, hint, tell ? "; unknown here: " : "",
                   tell ? el_buf_text(unknown) : "");
}

static el_status check_columns(const reader *r, const el_buf *unknown,
                               el_error *err)
{
    const el_cell_spec *spec;
    bool has_energy = r->use == EL_TABLE_QUERY;
    el_buf missing = {0};
    el_status st = EL_OK;
    size_t i;

    for (i = 0; (spec = el_cell_spec_at(i)) != NULL; i++) {
        bool found = is_bound(r, spec);

        has_energy = has_energy || (found && is_energy(spec));
        if (spec->is_needed && !found)
            el_buf_printf(&missing, "%s%s", missing.len ? ", " : "",
                          spec->column);
    }
    if (!has_energy)
        el_buf_printf(&missing, "%s%s", missing.len ? ", " : "",
                      "one of energy_j, energy_per_request_j, "
                      "energy_per_output_token_j");
    if (!el_buf_ok(&missing))
        st = el_fail(err, EL_E_NOMEM, "%s: list of columns", r->file);
    else if (missing.len > 0)
        st = fail_missing(r, el_buf_text(&missing), unknown, err);
    else if (r->use == EL_TABLE_MEASURED && el_csv_n_records(r->csv) == 0)
        st = el_fail(err, EL_E_DATA, "%s: no rows below the header", r->file);
    el_buf_clear(&missing);
    return st;
}

static el_slice trim(el_slice s)
{
    while (s.len > 0 && (*s.text == ' ' || *s.text == '\t')) {
        s.text++;
        s.len--;
    }
    while (s.len > 0 && (s.text[s.len - 1] == ' ' || s.text[s.len - 1] == '\t'))
        s.len--;
    return s;
}

static el_status read_text(reader *r, bound_column *b, el_slice cell,
                           el_row_cells *cells, el_error *err)
{
    const char **out = &cells->text[b->spec->id - EL_N_NUMBER_CELLS];

    if (!b->last_text || b->last.len != cell.len ||
        memcmp(b->last.text, cell.text, cell.len) != 0) {
        const char *text = el_table_intern(r->table, cell.text, cell.len);

        if (!text)
            return el_fail(err, EL_E_NOMEM, "%s:%zu: text of a cell",
                           cells->file, cells->line);
        b->last = cell;
        b->last_text = text;
    }
    *out = b->last_text;
    return EL_OK;
}

static void clear_cells(const reader *r, size_t record, el_row_cells *cells)
{
    size_t i;

    cells->file = r->file;
    cells->line = el_csv_line(r->csv, record);
    for (i = 0; i < EL_N_NUMBER_CELLS; i++)
        cells->number[i] = (double)NAN;
    for (i = 0; i < (size_t)EL_N_TEXT_CELLS; i++)
        cells->text[i] = r->blank;
}

static el_status read_record(reader *r, size_t record, el_error *err)
{
    el_row_cells cells;
    el_row row;
    el_status st;
    size_t i;

    clear_cells(r, record, &cells);
    for (i = 0; i < r->n_bound; i++) {
        bound_column *b = &r->bound[i];
        el_slice cell = trim(el_csv_cell(r->csv, record, b->column));

        if (cell.len == 0)
            continue;
        st = b->spec->id < EL_N_NUMBER_CELLS
                 ? el_cell_number(b->spec, cell, &cells, err)
                 : read_text(r, b, cell, &cells, err);
        if (st != EL_OK)
            return st;
    }
    st = el_row_make(&cells, &row, &r->conflict, err);
    return st == EL_OK ? el_table_add(r->table, &row, err) : st;
}

static el_status read_records(reader *r, const el_task *task, el_error *err)
{
    size_t n = el_csv_n_records(r->csv);
    size_t i;

    for (i = 0; i < n; i++) {
        el_status st;

        if (i % POLL_EVERY == 0 && el_task_is_cancelled(task))
            return el_fail(err, EL_E_CANCELLED, "%s: stopped on request",
                           r->file);
        st = read_record(r, i, err);
        if (st != EL_OK)
            return st;
    }
    return EL_OK;
}

static void warn(const reader *r, const el_buf *unknown, const el_task *task)
{
    const el_energy_conflict *c = &r->conflict;

    if (unknown->len > 0)
        el_task_warn(task, "%s: unknown columns ignored: %s", r->file,
                     el_buf_text(unknown));
    if (c->n_rows > 0)
        el_task_warn(task,
                     "%s:%zu: %s gives %.6g J a request, %s %.6g J: the first "
                     "is used (%zu row%s like this)",
                     r->file, c->line, c->used, c->used_j, c->other, c->other_j,
                     c->n_rows, c->n_rows == 1 ? "" : "s");
}

el_status el_table_add_csv(el_table *table, const el_csv *csv, el_table_use use,
                           const el_task *task, el_error *err)
{
    reader r = {.table = table, .csv = csv, .use = use};
    el_buf unknown = {0};
    size_t before;
    el_status st;

    if (!table || !csv)
        return el_fail(err, EL_E_ARG, "table: NULL table or csv");
    before = table->n_row;
    r.blank = el_table_intern(table, "", 0);
    r.file = el_table_intern(table, el_csv_name(csv), strlen(el_csv_name(csv)));
    if (!r.blank || !r.file)
        return el_fail(err, EL_E_NOMEM, "%s: name", el_csv_name(csv));
    bind(&r, &unknown);
    st = check_columns(&r, &unknown, err);
    if (st == EL_OK && !el_buf_ok(&unknown))
        st = el_fail(err, EL_E_NOMEM, "%s: list of columns", r.file);
    if (st == EL_OK)
        st = read_records(&r, task, err);
    if (st == EL_OK)
        warn(&r, &unknown, task);
    else
        table->n_row = before;
    el_buf_clear(&unknown);
    return st;
}

el_status el_table_read(const char *const *path, size_t n_path,
                        el_table_use use, const el_task *task, el_table **out,
                        el_error *err)
{
    el_table *table = NULL;
    el_status st;
    size_t i;

    if (!path || n_path == 0 || !out)
        return el_fail(err, EL_E_ARG, "table: no path or NULL result");
    st = el_table_new(&table, err);
    for (i = 0; st == EL_OK && i < n_path; i++) {
        el_csv *csv = NULL;

        st = el_csv_read(path[i], &csv, err);
        if (st == EL_OK)
            st = el_table_add_csv(table, csv, use, task, err);
        el_csv_free(csv);
    }
    if (st != EL_OK) {
        el_table_free(table);
        return st;
    }
    *out = table;
    return EL_OK;
}

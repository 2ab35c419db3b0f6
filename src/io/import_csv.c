/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_csv.h"

#include <math.h>
#include <string.h>

#include "io/json.h"

typedef struct column {
    const char *name;
    size_t offset;
    bool is_text;
} column;

static const column columns[] = {
#define X(m)                                                                   \
    {.name = #m, .offset = offsetof(el_import_row, m), .is_text = true},
    EL_IMPORT_LABELS(X)
#undef X
#define X(m) {.name = #m, .offset = offsetof(el_import_row, m)},
        EL_IMPORT_NUMBERS(X)
#undef X
#define X(m)                                                                   \
    {.name = #m, .offset = offsetof(el_import_row, m), .is_text = true},
            EL_IMPORT_NOTES(X)
#undef X
};

#define N_COLUMNS (sizeof columns / sizeof *columns)

static const char *text_of(const el_import_row *row, const column *c)
{
    return *(const char *const *)(const void *)((const char *)row + c->offset);
}

static double number_of(const el_import_row *row, const column *c)
{
    return *(const double *)(const void *)((const char *)row + c->offset);
}

static bool is_known(const el_import_row *row, const column *c)
{
    return c->is_text ? text_of(row, c) != NULL : isfinite(number_of(row, c));
}

static bool is_shown(const el_import_row *row, size_t n, const column *c)
{
    static const char *const needed[] = {
        "model", "gpu", "tp", "batch_size", "input_tokens", "output_tokens"};

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (strcmp(c->name, needed[i]) == 0)
            return true;
    for (size_t i = 0; i < n; i++)
        if (is_known(&row[i], c))
            return true;
    return false;
}

static void add_cell(const el_import_row *row, const column *c, el_buf *out)
{
    if (!is_known(row, c))
        return;
    if (c->is_text)
        el_csv_quote(out, text_of(row, c), strlen(text_of(row, c)));
    else
        el_buf_printf(out, "%.17g", number_of(row, c));
}

el_status el_import_csv(const el_import_row *row, size_t n, el_buf *out,
                        el_error *err)
{
    bool shown[N_COLUMNS];
    const char *comma = "";

    for (size_t k = 0; k < N_COLUMNS; k++) {
        shown[k] = is_shown(row, n, &columns[k]);
        if (shown[k]) {
            el_buf_printf(out, "%s%s", comma, columns[k].name);
            comma = ",";
        }
    }
    el_buf_add(out, "\n");
    for (size_t i = 0; i < n; i++) {
        comma = "";
        for (size_t k = 0; k < N_COLUMNS; k++)
            if (shown[k]) {
                el_buf_add(out, comma);
                add_cell(&row[i], &columns[k], out);
                comma = ",";
            }
        el_buf_add(out, "\n");
    }
    if (!el_buf_ok(out))
        return el_fail(err, EL_E_NOMEM, "import: out of memory");
    return EL_OK;
}

static json_t *row_json(const el_import_row *row)
{
    json_t *object = json_object();
    int bad = object == NULL;

    for (size_t k = 0; k < N_COLUMNS; k++) {
        const column *c = &columns[k];

        if (!is_known(row, c))
            continue;
        bad |=
            json_object_set_new(object, c->name,
                                c->is_text ? json_string(text_of(row, c))
                                           : el_json_number(number_of(row, c)));
    }
    if (!bad)
        return object;
    json_decref(object);
    return NULL;
}

json_t *el_import_rows_json(const el_import_row *row, size_t n)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(rows, row_json(&row[i])) != 0) {
            json_decref(rows);
            return NULL;
        }
    return rows;
}

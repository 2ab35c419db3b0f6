/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "io/csv_text.h"
#include "io/file.h"
#include "io/import_docs.h"
#include "io/import_part.h"

#define X(name, shown) extern const el_importer el_importer_##name;
EL_IMPORTER_LIST(X)
#undef X

const el_importer *const el_importers[] = {
#define X(name, shown) &el_importer_##name,
    EL_IMPORTER_LIST(X)
#undef X
        NULL};

static const el_importer *best(const el_import_file *file)
{
    const el_importer *found = NULL;
    int most = 0;

    for (size_t i = 0; el_importers[i]; i++) {
        int score = el_importers[i]->detect(file);

        if (score > most) {
            most = score;
            found = el_importers[i];
        }
    }
    return found;
}

/* The first line says "power" or "watt". */
static bool speaks_of_power(const el_import_file *file)
{
    size_t n = strcspn(file->text, "\n");

    for (size_t i = 0; i + 5 <= n; i++)
        if (el_slice_is((el_slice){file->text + i, 5}, "power") ||
            el_slice_is((el_slice){file->text + i, 4}, "watt"))
            return true;
    return false;
}

static el_status refuse(const el_import_file *file, el_error *err)
{
    const char *what = el_import_known(file);
    char shown[EL_SHOW_SIZE];

    if (strspn(file->text, " \t\r\n") == file->len)
        return el_fail(err, EL_E_DATA, "%s: empty file", file->name);
    if (what)
        return el_fail(err, EL_E_DATA, "%s: %s", file->name, what);
    el_text_show(shown, file->text, strcspn(file->text, "\r\n"));
    if (!file->docs && speaks_of_power(file))
        return el_fail(err, EL_E_DATA,
                       "%s: a power log of no known tool, whose units and "
                       "GPUs nobody can tell: begins with %s; a header with "
                       "timestamp, index, power.draw [W] would be needed",
                       file->name, shown);
    return el_fail(err, EL_E_DATA,
                   "%s: of no format that is known: begins with %s; "
                   "energylens import --help lists those that are",
                   file->name, shown);
}

/* What importers derive from a file's own 0 (a quotient, a sum) is as little
 * measured as that 0: here once for all of them. */
static void keep_measured(el_import *out, el_import_row *row)
{
#define X(name) row->name = el_import_measured(out, row->name);
    EL_IMPORT_NUMBERS(X)
#undef X
}

static el_status finish(const el_import_file *file, const el_importer *by,
                        el_import *out, el_error *err)
{
    const char *name = el_import_text(out, el_slice_of(file->name));

    if (out->failed)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", file->name);
    if (out->n_row == 0 && out->n_sample == 0 && out->n_window == 0)
        return el_fail(err, EL_E_DATA, "%s: %s: holds no %s", file->name,
                       by->title, by->is_power ? "reading" : "run");
    for (size_t i = 0; i < out->n_row; i++) {
        keep_measured(out, &out->row[i]);
        out->row[i].source_file = name;
    }
    return EL_OK;
}

static el_status read_with(const el_import_file *file, const el_importer *by,
                           el_import *out, el_error *err)
{
    el_import done = {.format = by->name};
    el_error why = {0};
    el_status st = by->read(file, &done, &why);

    if (st == EL_OK)
        st = finish(file, by, &done, err);
    else
        st = el_fail(err, st, "%s: %s: %s", file->name, by->title, why.message);
    if (st == EL_OK)
        *out = done;
    else
        el_import_clear(&done);
    return st;
}

el_status el_import_parse(const char *data, size_t len, const char *name,
                          const el_importer *format, el_import *out,
                          el_error *err)
{
    el_import_file file = {.name = name};
    char *text = NULL;
    el_status st = el_import_decode(data, len, name, &text, &file.len, err);

    if (st != EL_OK)
        return st;
    file.text = text;
    st = el_import_docs(&file, err);
    if (st == EL_OK && !file.docs)
        st = el_sheet_parse(file.text, file.len, &file.sheet, err);
    if (st == EL_OK) {
        const el_importer *by = format ? format : best(&file);

        st = by ? read_with(&file, by, out, err) : refuse(&file, err);
    }
    json_decref(file.docs);
    el_sheet_clear(&file.sheet);
    el_free(text);
    return st;
}

el_status el_import_read(const char *path, const el_importer *format,
                         el_import *out, el_error *err)
{
    char *data = NULL;
    size_t len = 0;
    el_status st = el_file_read(path, EL_IMPORT_MAX_FILE, &data, &len, err);

    if (st != EL_OK)
        return st;
    st = el_import_parse(data, len, path, format, out, err);
    el_free(data);
    return st;
}

void el_import_clear(el_import *import)
{
    el_free(import->row);
    el_free(import->sample);
    el_free(import->window);
    el_buf_clear(&import->said);
    el_strings_clear(&import->strings);
    memset(import, 0, sizeof *import);
}

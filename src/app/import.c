/* SPDX-License-Identifier: Apache-2.0 */
#include "app/import.h"

#include <math.h>
#include <string.h>

#include "app/import_join.h"
#include "base/mem.h"
#include "io/import_power.h"

void el_import_args_init(el_import_args *args)
{
    memset(args, 0, sizeof *args);
#define X(name) args->given.name = EL_UNKNOWN;
    EL_IMPORT_NUMBERS(X)
#undef X
}

/* What a power log holds on its own; one that does not add up stays unknown. */
static el_status weigh(el_import_source *s, el_error *err)
{
    double from, to;
    el_power_sum sum;
    el_status st;

    s->span_s = s->energy_j = EL_UNKNOWN;
    if (el_power_span(&s->import, &from, &to, NULL) != EL_OK)
        return EL_OK;
    s->span_s = to - from;
    st = el_power_between(&s->import, from, to, &sum, err);
    if (st == EL_OK) {
        s->energy_j = sum.energy_j;
        s->n_counter_fell = sum.n_fell;
    }
    return st == EL_E_DATA ? EL_OK : st;
}

static el_status read_one(const char *path, const el_importer *format,
                          bool needs_power, el_imported *all, el_error *err)
{
    el_import_source *s = &all->source[all->n_source++];
    el_error why = {0};
    el_status st;

    s->path = path;
    st = el_import_read(path, format, &s->import, &why);
    if (st == EL_OK && needs_power && s->import.n_sample == 0) {
        st = el_fail(&why, EL_E_DATA,
                     "%s: %s: no power over time, which --power needs", path,
                     s->import.format);
        el_import_clear(&s->import);
    }
    if (st == EL_E_DATA) {
        el_str_copy(s->refused, sizeof s->refused, why.message);
        all->n_refused++;
        return EL_OK;
    }
    if (st != EL_OK)
        return el_fail(err, st, "%s", why.message);
    s->is_power = s->import.n_row == 0;
    return s->is_power ? weigh(s, err) : EL_OK;
}

static el_status gather(el_imported *all, el_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < all->n_source; i++)
        n += all->source[i].import.n_row;
    if (n == 0)
        return EL_OK;
    all->row = el_array(n, sizeof *all->row);
    if (!all->row)
        return el_fail(err, EL_E_NOMEM, "import: out of memory");
    for (size_t i = 0; i < all->n_source; i++) {
        const el_import *from = &all->source[i].import;

        if (from->n_row > 0)
            memcpy(all->row + all->n_row, from->row,
                   from->n_row * sizeof *from->row);
        all->n_row += from->n_row;
    }
    return EL_OK;
}

/* What the caller knows stands before what the file says. */
static void fill(const el_import_row *given, el_import_row *row)
{
#define X(name)                                                                \
    if (given->name)                                                           \
        row->name = given->name;
    EL_IMPORT_LABELS(X)
#undef X
#define X(name)                                                                \
    if (el_is_known(given->name))                                              \
        row->name = given->name;
    EL_IMPORT_NUMBERS(X)
#undef X
    if (!el_is_known(row->batch_size))
        row->batch_size =
            row->concurrency / (!el_is_known(row->dp) ? 1 : row->dp);
}

static el_status read_all(const el_import_args *args, const el_task *task,
                          el_imported *all, el_error *err)
{
    size_t n = args->n_path + args->n_power;
    el_status st = EL_OK;

    all->source = el_array(n, sizeof *all->source);
    if (!all->source)
        return el_fail(err, EL_E_NOMEM, "import: out of memory");
    for (size_t i = 0; i < n && st == EL_OK; i++) {
        bool is_power = i >= args->n_path;

        if (el_task_is_cancelled(task))
            return el_fail(err, EL_E_CANCELLED, "import: stopped");
        st = read_one(is_power ? args->power[i - args->n_path] : args->path[i],
                      is_power ? NULL : args->format, is_power, all, err);
    }
    if (st == EL_OK && all->n_refused == n)
        return el_fail(err, EL_E_DATA, "%s", all->source[0].refused);
    return st;
}

el_status el_app_import(const el_import_args *args, const el_task *task,
                        el_imported *out, el_error *err)
{
    el_imported all = {0};
    el_status st;

    if (args->n_path == 0)
        return el_fail(err, EL_E_ARG, "import: no file");
    st = read_all(args, task, &all, err);
    if (st == EL_OK)
        st = gather(&all, err);
    for (size_t i = 0; i < all.n_row; i++)
        fill(&args->given, &all.row[i]);
    if (st == EL_OK)
        st = el_import_join(args, &all, err);
    if (st == EL_OK)
        *out = all;
    else
        el_imported_clear(&all);
    return st;
}

void el_imported_clear(el_imported *imported)
{
    for (size_t i = 0; i < imported->n_source; i++)
        el_import_clear(&imported->source[i].import);
    el_free(imported->source);
    el_free(imported->row);
    el_buf_clear(&imported->said);
    el_strings_clear(&imported->strings);
    memset(imported, 0, sizeof *imported);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "app/law_table.h"

#include <string.h>

#include "app/law_table_part.h"
#include "app/tables.h"
#include "base/mem.h"
#include "base/task.h"
#include "io/csv_cell.h"
#include "io/csv_text.h"
#include "model/law_feature.h"

static const char *const contract[] = {"model",      "gpu",           "tp",
                                       "batch_size", "output_tokens", NULL};

/* A measured quantity of the contract, as forms fit it. */
static bool is_measured_target(const char *name)
{
    static const char *const known[] = {"energy_j", "latency_s", "ttft_s",
                                        "itl_s"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return false;
}

static size_t find_column(const el_law_table *t, el_slice name)
{
    for (size_t k = 0; k < t->n_col; k++)
        if (strlen(t->name[k]) == name.len &&
            memcmp(t->name[k], name.text, name.len) == 0)
            return k;
    return (size_t)-1;
}

static el_status read_unit(const el_csv *csv, size_t record, size_t column,
                           el_law_table *t, el_error *err)
{
    const size_t which = el_csv_column(csv, "unit");
    const el_slice name = el_csv_cell(csv, record, column);
    const el_slice cell = el_csv_cell(csv, record, which);
    const size_t k = find_column(t, name);
    const bool target = el_slice_is(name, t->target);
    char text[128];
    el_unit unit;
    el_error why;

    if (cell.len >= sizeof text)
        return el_csv_fail_cell(csv, record, which, "too long", err);
    memcpy(text, cell.text, cell.len);
    text[cell.len] = '\0';
    if (el_unit_parse(text, &t->bases, &unit, &why) != EL_OK)
        return el_csv_fail_cell(csv, record, which, why.message, err);
    if (target)
        t->result = unit;
    if (k != (size_t)-1)
        t->unit[k] = unit;
    return EL_OK; /* of a column that is not searched: no matter */
}

/* A name that neither the table nor the catalogue has: not what was meant. */
static void warn_unknown(const el_law_reader *r, const el_csv *csv,
                         size_t record, size_t column)
{
    const el_slice name = el_csv_cell(csv, record, column);
    char text[EL_NAME_LEN];

    if (name.len >= sizeof text)
        return;
    memcpy(text, name.text, name.len);
    text[name.len] = '\0';
    if (!el_csv_has_columns(r->csv, (const char *const[]){text, NULL}) &&
        el_law_feature_find(text) == (size_t)-1)
        el_task_warn(r->task, "--units: %s has no column \"%s\"", r->t->source,
                     text);
}

static el_status read_units(const el_law_reader *r, el_error *err)
{
    static const char *const needed[] = {"column", "unit", NULL};
    const char *const path = r->ask->units;
    el_law_table *t = r->t;
    el_csv *csv = NULL;
    el_status st = el_csv_read(path, &csv, err);

    if (st == EL_OK && !el_csv_has_columns(csv, needed))
        st = el_fail(err, EL_E_DATA, "%s:1: needs the columns column,unit",
                     path);
    for (size_t i = 0; st == EL_OK && i < el_csv_n_records(csv); i++) {
        st = read_unit(csv, i, el_csv_column(csv, "column"), t, err);
        if (st == EL_OK)
            warn_unknown(r, csv, i, el_csv_column(csv, "column"));
    }
    el_csv_free(csv);
    t->has_units = st == EL_OK;
    return st;
}

/* Units of the contract's own columns. */
static el_status known_units(el_law_table *t, el_error *err)
{
    const char *unit = strcmp(t->target, "energy_j") == 0 ? "J" : "s";
    el_status st = el_unit_parse(unit, &t->bases, &t->result, err);

    for (size_t k = 0; st == EL_OK && k < t->n_col; k++) {
        const size_t f = el_law_feature_find(t->name[k]);

        st = el_unit_parse(el_law_feature_at(f)->unit, &t->bases, &t->unit[k],
                           err);
    }
    t->has_units = st == EL_OK;
    return st;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static el_status read_table(el_law_reader *r, el_error *err)
{
    el_law_table *t = r->t;
    const bool contracted = el_csv_has_columns(r->csv, contract);
    el_status st;

    if (!r->ask->target && !contracted)
        return el_fail(err, EL_E_ARG,
                       "--target: name the column to explain; %s is no table "
                       "of measurements (model, gpu, tp, batch_size, "
                       "output_tokens)",
                       t->source);
    t->measured = contracted && is_measured_target(t->target);
    if (!t->measured && (r->ask->model || r->ask->gpu))
        return el_fail(err, EL_E_ARG,
                       "--model, --gpu: only for energy_j, latency_s, ttft_s "
                       "and itl_s of a table of measurements");
    st = t->measured ? el_law_read_runs(r, err) : el_law_read_csv(r, err);
    if (st == EL_OK && r->ask->units)
        return read_units(r, err);
    return st == EL_OK && t->measured ? known_units(t, err) : st;
}

el_status el_law_table_read(const el_law_ask *ask, const el_task *task,
                            el_law_table *out, el_error *err)
{
    el_law_table t = {0};
    el_csv *csv = NULL;
    el_law_reader r = {ask, NULL, task, &t};
    el_status st;

    if (ask->n_column > EL_LAW_MAX_COLUMNS)
        return el_fail(err, EL_E_ARG, "--features: %zu columns (limit %u)",
                       ask->n_column, EL_LAW_MAX_COLUMNS);
    st = el_tables_csv(ask->path, task, &csv, err);
    if (st != EL_OK)
        return st;
    r.csv = csv;
    el_str_copy(t.source, sizeof t.source, base_name(el_csv_name(csv)));
    el_str_copy(t.target, sizeof t.target,
                ask->target ? ask->target : "energy_j");
    st = read_table(&r, err);
    el_csv_free(csv);
    if (st == EL_OK && t.n_row < 2)
        st = el_fail(err, EL_E_DATA, "%s: %zu row%s with %s: a law needs more",
                     t.source, t.n_row, t.n_row == 1 ? "" : "s", t.target);
    if (st != EL_OK) {
        el_law_table_clear(&t);
        return st;
    }
    *out = t;
    return EL_OK;
}

void el_law_table_clear(el_law_table *t)
{
    el_free(t->group);
    el_free(t->value);
    el_strings_clear(&t->strings);
    el_groups_clear(&t->groups);
    el_table_free(t->table);
    el_catalog_free(t->catalog);
    memset(t, 0, sizeof *t);
}

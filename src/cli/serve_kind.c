/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/serve_kind.h"

#include <string.h>

#include "app/tables.h"
#include "base/str.h"
#include "energylens/files.h"
#include "io/hf_config.h"
#include "io/json.h"

#define MOST_GROUPS 64u /* of a table; the page offers them by name */

static json_t *group_json(const char *model, const char *gpu,
                          const char *precision, const char *engine)
{
    el_object o = el_object_new();

    el_object_text(&o, "model", model);
    el_object_text(&o, "gpu", gpu);
    el_object_text(&o, "precision", precision);
    el_object_text(&o, "engine", engine);
    return el_object_done(&o);
}

static el_status put_fit(const char *path, el_object *out, el_error *err)
{
    el_fit_set set = {0};
    el_object groups;
    el_status st = el_fit_set_load(path, &set, err);

    if (st != EL_OK)
        return st;
    groups = el_array_new();
    for (size_t i = 0; i < set.n; i++) {
        const el_group_key *k = &set.fit[i].key;

        el_object_append(&groups,
                         group_json(k->model, k->gpu, k->precision, k->engine));
    }
    el_fit_set_clear(&set);
    el_object_text(out, "kind", "fit");
    el_object_put(out, "groups", el_object_done(&groups));
    return EL_OK;
}

/* EL_E_DATA for a file of ours, whose own error in *err is the one to show. */
static el_status put_model(const char *path, el_object *out, el_error *err)
{
    el_arch_desc arch;
    json_t *doc = NULL;
    el_error ignored;
    el_status st = el_json_load(path, &doc, &ignored);
    bool is_ours = st == EL_OK && json_object_get(doc, "schema") != NULL;

    json_decref(doc);
    if (st == EL_E_NOMEM || is_ours)
        return is_ours ? EL_E_DATA : st;
    st = el_hf_config_read(path, &arch, err);
    if (st == EL_OK)
        el_object_text(out, "kind", "model");
    return st;
}

static bool is_same(const el_row *a, const el_row *b)
{
    return strcmp(a->model, b->model) == 0 && strcmp(a->gpu, b->gpu) == 0 &&
           strcmp(a->precision, b->precision) == 0 &&
           strcmp(a->engine, b->engine) == 0;
}

static json_t *table_groups(const el_table *table)
{
    const el_row *row = el_table_rows(table), *seen[MOST_GROUPS];
    el_object groups = el_array_new();
    size_t n = 0, k;

    for (size_t i = 0; i < el_table_n_rows(table) && n < MOST_GROUPS; i++) {
        for (k = 0; k < n && !is_same(seen[k], &row[i]); k++)
            ;
        if (k < n)
            continue;
        seen[n++] = &row[i];
        el_object_append(&groups, group_json(row[i].model, row[i].gpu,
                                             row[i].precision, row[i].engine));
    }
    return el_object_done(&groups);
}

static el_status put_table(const char *path, const el_task *task,
                           el_object *out, el_error *err)
{
    el_table *table = NULL;
    el_status st =
        el_tables_read(&path, 1, EL_TABLE_MEASURED, task, &table, err);

    if (st != EL_OK)
        return st;
    el_object_text(out, "kind", "table");
    el_object_count(out, "rows", (double)el_table_n_rows(table));
    el_object_put(out, "groups", table_groups(table));
    el_table_free(table);
    return EL_OK;
}

el_status el_serve_kind_put(const char *path, const el_task *task,
                            el_object *out)
{
    el_error err = {0};
    el_status st;

    if (el_str_ends_nocase(path, ".json")) {
        st = put_fit(path, out, &err);
        if (st != EL_OK && st != EL_E_NOMEM)
            st = put_model(path, out, &err);
    } else {
        st = put_table(path, task, out, &err);
    }
    if (st == EL_OK || st == EL_E_NOMEM)
        return st;
    el_object_text(out, "kind", "other");
    el_object_text(out, "note", err.message);
    return EL_OK;
}

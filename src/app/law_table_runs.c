/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements of the contract as columns of numbers. */
#include <string.h>

#include "app/fit.h"
#include "app/law_table_part.h"
#include "base/mem.h"
#include "base/task.h"
#include "io/table_csv.h"
#include "model/fit_rows.h"
#include "model/law_feature.h"

/* Tried where no columns are named: those that vary are taken. */
static const char *const usual[] = {"tp",
                                    "pp",
                                    "ep",
                                    "dp",
                                    "batch_size",
                                    "input_tokens",
                                    "output_tokens",
                                    "kv_waves",
                                    "streamed_bytes"};
/* ... and these where there are several models or GPUs. */
static const char *const facts[] = {
    "active_params",      "layers",         "hidden",     "weight_bytes",
    "kv_bytes_per_token", "gpu_bw_bytes_s", "gpu_flop_s", "gpu_tdp_w"};

typedef struct rows {
    const el_law_reader *r;
    el_target target;
    el_fit_rows *of; /* by group */
    size_t n;        /* in all */
} rows;

static el_target target_of(const char *name)
{
    for (el_target t = EL_TARGET_LATENCY; t < EL_N_TARGETS; t++)
        if (strncmp(name, el_target_name(t), strlen(el_target_name(t))) == 0)
            return t;
    return EL_TARGET_ENERGY;
}

/* Values of a feature on all rows; false: not known on some. */
static bool fill(const rows *w, size_t feature, double *to)
{
    const el_groups *groups = &w->r->t->groups;
    bool known = true;
    size_t at = 0;

    for (size_t g = 0; g < groups->n; g++)
        for (size_t i = 0; i < w->of[g].n; i++, at++) {
            to[at] = el_law_feature_value(feature, &w->of[g].point[i],
                                          &groups->group[g].facts);
            known = known && el_is_known(to[at]);
        }
    return known;
}

static bool varies(const double *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (v[i] != v[0])
            return true;
    return false;
}

/* The column that has the same numbers on all rows; NULL: none. */
static const char *twin_of(const el_law_table *t, const double *v)
{
    for (size_t k = 0; k < t->n_col; k++)
        if (memcmp(t->col[k], v, t->n_row * sizeof *v) == 0)
            return t->name[k];
    return NULL;
}

static el_status say_twin(const rows *w, const char *name, const char *twin)
{
    el_task_warn(w->r->task,
                 "%s: %s is %s on all rows: a law cannot tell them apart and "
                 "is sought in %s",
                 w->r->t->source, name, twin, twin);
    return EL_OK;
}

/* Columns that were named must be there; others only if they say something. */
static el_status take(const rows *w, const char *name, bool named, el_buf *same,
                      el_error *err)
{
    el_law_table *t = w->r->t;
    const size_t feature = el_law_feature_find(name);
    const size_t k = t->n_col;
    double *to = t->value + k * t->n_row;
    size_t n = same->len > 0;

    if (feature == (size_t)-1)
        return el_fail(err, EL_E_ARG,
                       "--features: %.80s is no axis or fact of measurements "
                       "(tp, batch_size, output_tokens, active_params, ...)",
                       name);
    if (k == EL_LAW_MAX_COLUMNS)
        return EL_OK; /* the usual ones stand first */
    if (!fill(w, feature, to)) {
        if (named)
            return el_fail(err, EL_E_DATA, "%s: %s is not known on all rows",
                           t->source, name);
        return EL_OK;
    }
    if (!varies(to, t->n_row)) {
        if (named)
            el_law_name_add(same, &n, name);
        return EL_OK;
    }
    if (twin_of(t, to))
        return say_twin(w, name, twin_of(t, to));
    t->name[k] = el_law_feature_at(feature)->name;
    t->part[k] = el_law_feature_at(feature)->part;
    t->col[k] = to;
    t->n_col++;
    return EL_OK;
}

static el_status take_all(const rows *w, el_error *err)
{
    const el_law_ask *ask = w->r->ask;
    el_buf same = {0};
    el_status st = EL_OK;

    for (size_t i = 0; st == EL_OK && i < ask->n_column; i++)
        st = take(w, ask->column[i], true, &same, err);
    for (size_t i = 0;
         st == EL_OK && !ask->column && i < sizeof usual / sizeof *usual; i++)
        st = take(w, usual[i], false, &same, err);
    for (size_t i = 0;
         st == EL_OK && !ask->column && i < sizeof facts / sizeof *facts; i++)
        st = take(w, facts[i], false, &same, err);
    if (st == EL_OK && same.len > 0)
        el_task_warn(w->r->task,
                     "%s: columns that are the same on all rows left out: %s",
                     w->r->t->source, el_buf_text(&same));
    if (st == EL_OK && w->r->t->n_col == 0)
        st = el_fail(err, EL_E_DATA, "%s: no axis varies: no law to find",
                     w->r->t->source);
    el_buf_clear(&same);
    return st;
}

static void take_y(const rows *w)
{
    el_law_table *t = w->r->t;
    size_t at = 0;

    for (size_t g = 0; g < t->groups.n; g++)
        for (size_t i = 0; i < w->of[g].n; i++, at++) {
            t->y[at] = w->of[g].y[i];
            t->group[at] = g;
        }
}

static el_status collect(rows *w, el_error *err)
{
    el_law_table *t = w->r->t;
    el_status st = EL_OK;

    w->of = el_array(t->groups.n, sizeof *w->of);
    if (!w->of)
        return el_fail(err, EL_E_NOMEM, "%s: %zu groups", t->source,
                       t->groups.n);
    for (size_t g = 0; st == EL_OK && g < t->groups.n; g++) {
        if (t->groups.group[g].n > 0)
            st = el_fit_rows_make(&t->groups.group[g], w->target, EL_SCOPE_GPUS,
                                  &w->of[g], err);
        w->n += w->of[g].n;
    }
    if (st == EL_OK && w->n == 0)
        st = el_fail(err, EL_E_DATA, "%s: no row with %s left", t->source,
                     t->target);
    if (st == EL_OK)
        st = el_law_table_room(t, w->n, EL_LAW_MAX_COLUMNS, err);
    if (st != EL_OK)
        return st;
    t->n_col = 0;
    t->group = el_array(w->n, sizeof *t->group);
    if (!t->group)
        return el_fail(err, EL_E_NOMEM, "%s: %zu rows", t->source, w->n);
    take_y(w);
    return take_all(w, err);
}

static el_status make_groups(const el_law_reader *r, el_error *err)
{
    el_law_table *t = r->t;
    el_status st = el_table_new(&t->table, err);

    if (st == EL_OK)
        st =
            el_table_add_csv(t->table, r->csv, EL_TABLE_MEASURED, r->task, err);
    if (st == EL_OK)
        st = el_catalog_load(r->ask->catalog_dir, &t->catalog, err);
    if (st == EL_OK)
        st = el_groups_make(t->table, t->catalog, &r->ask->clean, r->task,
                            &t->groups, err);
    if (st == EL_OK)
        st = el_fit_keep_groups(r->ask->model, r->ask->gpu, t->catalog,
                                &t->groups, err);
    return st;
}

el_status el_law_read_runs(el_law_reader *r, el_error *err)
{
    rows w = {r, target_of(r->t->target), NULL, 0};
    el_status st = make_groups(r, err);

    if (st == EL_OK)
        st = collect(&w, err);
    for (size_t g = 0; w.of && g < r->t->groups.n; g++)
        el_fit_rows_clear(&w.of[g]);
    el_free(w.of);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "app/import_store.h"

#include <string.h>

#include "store/store.h"

static void fill(const el_import_row *row, el_store_run *run)
{
    el_store_configuration *c = &run->configuration;

    el_store_run_init(run);
#define X(name) c->name = row->name;
    EL_IMPORT_LABELS(X)
#undef X
    c->arch = row->arch;
    c->dataset = row->dataset;
#define X(name) c->name = row->name;
    EL_COLUMN_DEGREES(X)
    EL_COLUMN_LENGTHS(X)
    EL_COLUMN_SIZES(X)
#undef X
#define X(name) run->name = row->name;
    EL_STORE_RUN_NUMBERS(X)
    EL_STORE_RUN_NOTES(X)
#undef X
    run->duration_s = row->end_s - row->start_s;
    if (row->clock == EL_CLOCK_UTC)
        run->started_utc_s = row->start_s;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same(const el_import_row *a, const el_import_row *b)
{
    bool is = el_known_equal(a->start_s, b->start_s) &&
              el_known_equal(a->end_s, b->end_s);

#define X(name) is = is && same_text(a->name, b->name);
    EL_IMPORT_LABELS(X)
    EL_IMPORT_NOTES(X)
#undef X
#define X(name) is = is && el_known_equal(a->name, b->name);
    EL_IMPORT_NUMBERS(X)
#undef X
    return is;
}

/* Equal rows of one import are repeats, not one run seen twice. */
static double repeat_of(const el_imported *in, size_t i)
{
    double n = 1;

    for (size_t k = 0; k < i; k++)
        n += same(&in->row[k], &in->row[i]);
    return n;
}

static el_status keep(el_store *store, int64_t campaign, const el_imported *in,
                      size_t *n_new, el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < in->n_row && st == EL_OK; i++) {
        el_store_run run;
        bool is_new = false;

        fill(&in->row[i], &run);
        run.repeat = repeat_of(in, i);
        st = el_store_begin(store, campaign, &run, &is_new, err);
        if (st == EL_OK && is_new)
            st = el_store_commit(store, err);
        *n_new += st == EL_OK && is_new;
    }
    return st;
}

el_status el_app_import_store(const el_imported *in, const char *where,
                              const char *campaign, size_t *n_new,
                              el_error *err)
{
    const el_store_campaign c = {
        .name = campaign, .n_planned = EL_UNKNOWN, .created_utc_s = EL_UNKNOWN};
    el_store *store = NULL;
    int64_t id = 0;
    size_t n = 0;
    el_status st = el_store_open(where, EL_STORE_WRITE, &store, err);

    if (st == EL_OK)
        st = el_store_campaign_add(store, &c, &id, err);
    if (st == EL_OK)
        st = keep(store, id, in, &n, err);
    el_store_close(store);
    if (st == EL_OK)
        *n_new = n;
    return st;
}

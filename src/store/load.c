/* SPDX-License-Identifier: Apache-2.0 */
/* One run, whole but for its requests and samples. */
#include <string.h>

#include "base/mem.h"
#include "store/columns.h"
#include "store/read.h"

typedef struct loader {
    el_store_loaded *out;
    bool found;
} loader;

static bool own(el_strings *strings, const char **text)
{
    if (*text)
        *text = el_strings_add(strings, *text, strlen(*text));
    else
        return true;
    return *text != NULL;
}

static el_status keep_run(void *ctx, const el_store_run_seen *seen,
                          el_error *err)
{
    loader *l = ctx;
    el_strings *strings = &l->out->strings;
    el_store_run_seen s = *seen;
    bool ok = own(strings, &s.key) && own(strings, &s.campaign) &&
              own(strings, &s.run.meter) && own(strings, &s.run.energylens);

    for (size_t i = 0; i < el_n_store_columns && ok; i++)
        if (el_store_columns[i].rule == EL_COLUMN_TEXT)
            ok = own(strings,
                     (const char **)(void *)((char *)&s.run +
                                             el_store_columns[i].offset));
    if (!ok)
        return el_fail(err, EL_E_NOMEM, "store: out of memory");
    l->out->seen = s;
    l->found = true;
    return EL_OK;
}

/* name, value pairs of a statement with one parameter, the run's id. */
static el_status load_facts(el_store *store, const char *sql,
                            el_store_loaded *out, el_store_fact **list,
                            size_t *n, el_error *err)
{
    const el_sql_kind *k = store->kind;
    const el_value id = el_value_integer(out->seen.id);
    size_t cap = 0;
    bool row = true;
    el_status st = k->start(store->self, sql, &id, 1, err);

    while (st == EL_OK && row) {
        el_store_fact *more, fact;

        st = k->step(store->self, &row, err);
        if (st != EL_OK || !row)
            break;
        fact.name = k->text(store->self, 0);
        fact.value = k->text(store->self, 1);
        more = el_grow(*list, &cap, *n + 1, sizeof **list);
        if (more)
            *list = more;
        if (!more || !own(&out->strings, &fact.name) ||
            !own(&out->strings, &fact.value))
            st = el_fail(err, EL_E_NOMEM, "store: out of memory");
        else
            (*list)[(*n)++] = fact;
    }
    k->stop(store->self);
    return st;
}

static el_status load_devices(el_store *store, el_store_loaded *out,
                              el_error *err)
{
    const el_sql_kind *k = store->kind;
    const el_value id = el_value_integer(out->seen.id);
    size_t cap = 0, n = 0;
    bool row = true;
    el_status st = k->start(store->self,
                            "SELECT uuid, name, energy_j, idle_power_w, device "
                            "FROM device WHERE run_id = $1 ORDER BY device",
                            &id, 1, err);

    while (st == EL_OK && row) {
        el_store_device *more, d;

        st = k->step(store->self, &row, err);
        if (st != EL_OK || !row)
            break;
        d.id = k->text(store->self, 0);
        d.name = k->text(store->self, 1);
        d.energy_j = k->real(store->self, 2);
        d.idle_power_w = k->real(store->self, 3);
        more = el_grow(out->device, &cap, n + 1, sizeof *out->device);
        if (more)
            out->device = more;
        if (!more || !own(&out->strings, &d.id) || !own(&out->strings, &d.name))
            st = el_fail(err, EL_E_NOMEM, "store: out of memory");
        else if (k->integer(store->self, 4) != (int64_t)n)
            st = el_fail(err, EL_E_DATA, "%s: damaged: devices of run %lld",
                         store->name, (long long)out->seen.id);
        else
            out->device[n++] = d;
    }
    k->stop(store->self);
    out->seen.run.device = out->device;
    out->seen.run.n_device = n;
    return st;
}

el_status el_store_load(el_store *store, int64_t run, el_store_loaded *out,
                        el_error *err)
{
    const el_store_filter filter = {.run = run};
    el_store_loaded loaded = {.strings = {0}};
    el_store_run *r = &loaded.seen.run;
    loader l = {&loaded, false};
    el_status st = el_store_each_run(store, &filter, NULL, keep_run, &l, err);

    if (st == EL_OK && !l.found)
        st = el_fail(err, EL_E_ARG, "%s: no run %lld", store->name,
                     (long long)run);
    if (st == EL_OK)
        st = load_facts(store,
                        "SELECT f.name, f.value FROM environment_fact f JOIN "
                        "run r ON r.environment_id = f.environment_id WHERE "
                        "r.id = $1 ORDER BY f.name",
                        &loaded, &loaded.environment, &r->n_environment, err);
    if (st == EL_OK)
        st = load_facts(store,
                        "SELECT name, value FROM fact WHERE run_id = $1 ORDER "
                        "BY name",
                        &loaded, &loaded.fact, &r->n_fact, err);
    if (st == EL_OK)
        st = load_devices(store, &loaded, err);
    r->environment = loaded.environment;
    r->fact = loaded.fact;
    if (st == EL_OK)
        *out = loaded;
    else
        el_store_loaded_clear(&loaded);
    return st;
}

void el_store_loaded_clear(el_store_loaded *loaded)
{
    el_free(loaded->environment);
    el_free(loaded->fact);
    el_free(loaded->device);
    el_strings_clear(&loaded->strings);
    memset(loaded, 0, sizeof *loaded);
}

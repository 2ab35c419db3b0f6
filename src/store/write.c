/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "store/columns.h"

#define FIXED 9u /* values of a run that stand in no table of columns */

static el_status no_memory(const el_store *store, el_error *err)
{
    return el_fail(err, EL_E_NOMEM, "%s: out of memory", store->name);
}

el_status el_store_may_write(const el_store *store, el_error *err)
{
    if (store->use != EL_STORE_WRITE)
        return el_fail(err, EL_E_ARG, "%s: open for reading alone",
                       store->name);
    if (store->open)
        return el_fail(err, EL_E_ARG, "%s: a run is being written",
                       store->name);
    return EL_OK;
}

el_status el_store_keep(el_store *store, const char *table, const char *columns,
                        const el_value *v, size_t n, int64_t *id, bool *is_new,
                        el_error *err)
{
    bool row = false;
    el_buf sql = {0};
    el_status st;

    el_sql_insert(&sql, table, columns, n,
                  "ON CONFLICT(key) DO NOTHING RETURNING id");
    st = el_buf_ok(&sql)
             ? el_sql_one(store, el_buf_text(&sql), v, n, id, &row, err)
             : no_memory(store, err);
    if (is_new)
        *is_new = row;
    if (st == EL_OK && !row) {
        el_buf_clear(&sql);
        el_buf_printf(&sql, "SELECT id FROM %s WHERE key = $1", table);
        st = el_buf_ok(&sql)
                 ? el_sql_one(store, el_buf_text(&sql), v, 1, id, &row, err)
                 : no_memory(store, err);
        if (st == EL_OK && !row)
            st = el_fail(err, EL_E_DATA, "%s: damaged: %s: a row is lost",
                         store->name, table);
    }
    el_buf_clear(&sql);
    return st;
}

/* --- a run ---------------------------------------------------------------- */

typedef struct keys {
    char run[EL_STORE_KEY], configuration[EL_STORE_KEY],
        environment[EL_STORE_KEY];
} keys;

static el_status make_keys(el_store *store, int64_t campaign,
                           const el_store_run *run, keys *out, el_error *err)
{
    const el_sql_kind *k = store->kind;
    const el_value id = el_value_integer(campaign);
    char key[EL_STORE_KEY] = "";
    bool row = false;
    el_status st = el_environment_key(run->environment, run->n_environment,
                                      out->environment, err);

    if (st == EL_OK)
        st = k->start(store->self, "SELECT key FROM campaign WHERE id = $1",
                      &id, 1, err);
    if (st == EL_OK)
        st = k->step(store->self, &row, err);
    if (st == EL_OK && row && k->text(store->self, 0))
        el_str_copy(key, sizeof key, k->text(store->self, 0));
    k->stop(store->self);
    if (st == EL_OK && !*key)
        st = el_fail(err, EL_E_ARG, "%s: no campaign %lld", store->name,
                     (long long)campaign);
    if (st != EL_OK)
        return st;
    el_store_configuration_key(&run->configuration, out->configuration);
    el_run_key(run, key, out->environment, out->run);
    return EL_OK;
}

/* Values of the columns of `first` .. `last` after the n that are there. */
static size_t add_columns(const el_store_run *run, el_column_part first,
                          el_column_part last, el_value *v, size_t n)
{
    for (size_t i = 0; i < el_n_store_columns; i++)
        if (el_store_columns[i].part >= first &&
            el_store_columns[i].part <= last)
            v[n++] = el_column_value(&el_store_columns[i], run);
    return n;
}

static el_status put_configuration(el_store *store, const el_store_run *run,
                                   const char *key, int64_t *id, el_error *err)
{
    el_value v[1 + EL_MAX_COLUMNS] = {el_value_text(key)};
    size_t n = add_columns(run, EL_OF_CONFIGURATION, EL_OF_CONFIGURATION, v, 1);
    el_buf names = {0};
    el_status st;

    el_buf_add(&names, "key,");
    (void)el_column_names(EL_OF_CONFIGURATION, EL_OF_CONFIGURATION, "", &names);
    st = el_buf_ok(&names)
             ? el_store_keep(store, "configuration", el_buf_text(&names), v, n,
                             id, NULL, err)
             : no_memory(store, err);
    el_buf_clear(&names);
    return st;
}

static el_status put_facts(el_store *store, const char *sql, int64_t id,
                           const el_store_fact *f, size_t n, el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < n && st == EL_OK; i++) {
        const el_value v[] = {el_value_integer(id), el_value_text(f[i].name),
                              el_value_text(f[i].value)};

        if (v[2].kind != EL_VALUE_NULL)
            st = el_sql_do(store, sql, v, 3, err);
    }
    return st;
}

static el_status put_environment(el_store *store, const el_store_run *run,
                                 const char *key, int64_t *id, el_error *err)
{
    const el_value v = el_value_text(key);
    bool is_new = false;
    el_status st;

    if (!*key)
        return EL_OK;
    st = el_store_keep(store, "environment", "key", &v, 1, id, &is_new, err);
    if (st != EL_OK || !is_new)
        return st;
    return put_facts(store,
                     "INSERT INTO environment_fact(environment_id,name,value) "
                     "VALUES($1,$2,$3)",
                     *id, run->environment, run->n_environment, err);
}

static el_status put_devices(el_store *store, const el_store_run *run,
                             int64_t id, el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < run->n_device && st == EL_OK; i++) {
        const el_store_device *d = &run->device[i];
        const el_value v[] = {
            el_value_integer(id),       el_value_integer((int64_t)i),
            el_value_text(d->id),       el_value_text(d->name),
            el_value_real(d->energy_j), el_value_real(d->idle_power_w)};

        st = el_sql_do(store,
                       "INSERT INTO device(run_id,device,uuid,name,energy_j,"
                       "idle_power_w) VALUES($1,$2,$3,$4,$5,$6)",
                       v, 6, err);
    }
    return st;
}

/* The row alone; *is_new = false: one of its key is there. */
static el_status put_row(el_store *store, const el_store_run *run,
                         const el_value *fixed, int64_t *id, bool *is_new,
                         el_error *err)
{
    el_value v[FIXED + EL_MAX_COLUMNS];
    el_buf names = {0};
    el_status st;
    size_t n;

    memcpy(v, fixed, FIXED * sizeof *v);
    n = add_columns(run, EL_OF_RUN, EL_OF_RUN_EXTRA, v, FIXED);
    el_buf_add(&names, "key,campaign_id,configuration_id,environment_id,state,"
                       "repeat,started_utc_s,meter,energylens,");
    (void)el_column_names(EL_OF_RUN, EL_OF_RUN_EXTRA, "", &names);
    el_buf_add(&names, ",n_request,n_sample,content");
    for (int i = 0; i < 3; i++)
        v[n++] = el_value_integer(0); /* until commit */
    st = el_buf_ok(&names) ? el_store_keep(store, "run", el_buf_text(&names), v,
                                           n, id, is_new, err)
                           : no_memory(store, err);
    el_buf_clear(&names);
    return st;
}

static el_status put_run(el_store *store, int64_t campaign,
                         const el_store_run *run, bool *is_new, el_error *err)
{
    keys key;
    int64_t configuration = 0, environment = 0, id = 0;
    el_status st = make_keys(store, campaign, run, &key, err);

    if (st == EL_OK)
        st = put_configuration(store, run, key.configuration, &configuration,
                               err);
    if (st == EL_OK)
        st = put_environment(store, run, key.environment, &environment, err);
    if (st == EL_OK) {
        const el_value fixed[FIXED] = {
            el_value_text(key.run),
            el_value_integer(campaign),
            el_value_integer(configuration),
            *key.environment ? el_value_integer(environment)
                             : el_value_text(NULL),
            el_value_text(el_store_state_name(run->state)),
            el_value_real(run->repeat),
            el_value_real(run->started_utc_s),
            el_value_text(run->meter),
            el_value_text(run->energylens ? run->energylens : EL_VERSION)};

        st = put_row(store, run, fixed, &id, is_new, err);
    }
    if (st != EL_OK || !*is_new)
        return st;
    store->run = id;
    st =
        put_facts(store, "INSERT INTO fact(run_id,name,value) VALUES($1,$2,$3)",
                  id, run->fact, run->n_fact, err);
    return st == EL_OK ? put_devices(store, run, id, err) : st;
}

static el_status make_room(el_store *store, const el_store_run *run,
                           el_error *err)
{
    store->next = el_array(run->n_device + 1, sizeof *store->next);
    store->sample_sum = el_array(run->n_device + 1, sizeof *store->sample_sum);
    store->n_device = run->n_device;
    store->start_s = run->start_s;
    store->n_request = store->n_sample = 0;
    store->run_sum = store->request_sum = 0;
    if (store->next && store->sample_sum) {
        el_sum_run(&store->run_sum, run);
        return EL_OK;
    }
    el_store_rollback(store);
    return no_memory(store, err);
}

el_status el_store_begin(el_store *store, int64_t campaign,
                         const el_store_run *run, bool *is_new, el_error *err)
{
    el_status st = el_store_may_write(store, err);
    bool added = false;

    if (st == EL_OK)
        st = el_store_check_run(run, err);
    if (st != EL_OK)
        return st;
    st = make_room(store, run, err);
    if (st != EL_OK)
        return st;
    st = store->kind->run(store->self, store->kind->dialect.begin, err);
    if (st == EL_OK) {
        store->open = true;
        st = put_run(store, campaign, run, &added, err);
    }
    if (st != EL_OK || !added)
        el_store_rollback(store);
    if (st == EL_OK)
        *is_new = added;
    return st;
}

el_status el_store_in_run(const el_store *store, el_error *err)
{
    return store->open ? EL_OK
                       : el_fail(err, EL_E_ARG, "%s: no run is being written",
                                 store->name);
}

void el_store_rollback(el_store *store)
{
    if (store->open)
        (void)store->kind->run(store->self, "ROLLBACK", NULL);
    store->open = false;
    store->run = 0;
    el_free(store->next);
    el_free(store->sample_sum);
    store->next = NULL;
    store->sample_sum = NULL;
}

static el_status stamp(el_store *store, el_error *err)
{
    const el_value v[] = {
        el_value_integer(store->n_request), el_value_integer(store->n_sample),
        el_value_integer(el_sum_total(store->run_sum, store->request_sum,
                                      store->sample_sum, store->n_device)),
        el_value_integer(store->run)};

    return el_sql_do(store,
                     "UPDATE run SET n_request = $1, n_sample = $2, content = "
                     "$3 WHERE id = $4",
                     v, 4, err);
}

el_status el_store_commit(el_store *store, el_error *err)
{
    el_status st = el_store_in_run(store, err);

    if (st == EL_OK)
        st = stamp(store, err);
    if (st == EL_OK)
        st = store->kind->run(store->self, "COMMIT", err);
    if (st == EL_OK)
        store->open = false;
    el_store_rollback(store);
    return st;
}

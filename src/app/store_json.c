/* SPDX-License-Identifier: Apache-2.0 */
#include "app/store.h"
#include "io/object.h"
#include "store/columns.h"

/* "" and NULL: null. */
static void put_text(el_object *o, const char *key, const char *text)
{
    el_object_put(o, key, text && *text ? json_string(text) : json_null());
}

static el_status done(el_object *o, json_t **out, el_status st, el_error *err)
{
    json_t *json = el_object_done(o);

    if (st == EL_OK && !json)
        st = el_fail(err, EL_E_NOMEM, "store: out of memory");
    if (st == EL_OK)
        *out = json;
    else
        json_decref(json);
    return st;
}

static el_status campaign_json(void *ctx, const el_store_campaign_seen *c,
                               el_error *err)
{
    el_object o = el_object_new();

    (void)err;
    put_text(&o, "name", c->campaign.name);
    put_text(&o, "plan", c->campaign.plan);
    put_text(&o, "key", c->key);
    put_text(&o, "energylens", c->energylens);
    el_object_count(&o, "configurations", (double)c->n_configuration);
    el_object_count(&o, "configurations_planned", c->campaign.n_planned);
    el_object_count(&o, "runs_complete", (double)c->runs.n_complete);
    el_object_count(&o, "runs_partial", (double)c->runs.n_partial);
    el_object_count(&o, "runs_failed", (double)c->runs.n_failed);
    el_object_count(&o, "requests", (double)c->n_request);
    el_object_count(&o, "samples", (double)c->n_sample);
    el_object_number(&o, "first_run_utc_s", c->first_utc_s);
    el_object_number(&o, "last_run_utc_s", c->last_utc_s);
    el_object_append(ctx, el_object_done(&o));
    return EL_OK;
}

el_status el_store_campaigns_json(el_store *store, json_t **out, el_error *err)
{
    el_object list = el_array_new();
    el_status st = el_store_each_campaign(store, campaign_json, &list, err);

    return done(&list, out, st, err);
}

static el_object run_object(const el_store_run_seen *seen)
{
    const el_store_run *r = &seen->run;
    el_object o = el_object_new();

    el_object_count(&o, "run", (double)seen->id);
    put_text(&o, "key", seen->key);
    put_text(&o, "campaign", seen->campaign);
    put_text(&o, "state", el_store_state_name(r->state));
    put_text(&o, "meter", r->meter);
    put_text(&o, "energylens", r->energylens);
    el_object_count(&o, "repeat", r->repeat);
    el_object_number(&o, "started_utc_s", r->started_utc_s);
    el_object_count(&o, "requests_kept", (double)seen->n_request);
    el_object_count(&o, "samples_kept", (double)seen->n_sample);
    for (size_t i = 0; i < el_n_store_columns; i++) {
        const el_store_column *c = &el_store_columns[i];

        if (c->rule == EL_COLUMN_TEXT)
            put_text(&o, c->name, el_column_text(c, r));
        else
            el_object_number(&o, c->name, el_column_number(c, r));
    }
    return o;
}

static el_status run_json(void *ctx, const el_store_run_seen *seen,
                          el_error *err)
{
    el_object o = run_object(seen);

    (void)err;
    el_object_append(ctx, el_object_done(&o));
    return EL_OK;
}

el_status el_store_runs_json(el_store *store, const el_store_filter *filter,
                             const el_task *task, json_t **out, el_error *err)
{
    el_object list = el_array_new();
    el_status st = el_store_each_run(store, filter, task, run_json, &list, err);

    return done(&list, out, st, err);
}

static json_t *facts_json(const el_store_fact *fact, size_t n)
{
    el_object o = el_object_new();

    for (size_t i = 0; i < n; i++)
        put_text(&o, fact[i].name, fact[i].value);
    return el_object_done(&o);
}

static json_t *devices_json(const el_store_run *r)
{
    el_object list = el_array_new();

    for (size_t i = 0; i < r->n_device; i++) {
        const el_store_device *d = &r->device[i];
        el_object o = el_object_new();

        put_text(&o, "id", d->id);
        put_text(&o, "name", d->name);
        el_object_number(&o, "energy_j", d->energy_j);
        el_object_number(&o, "idle_power_w", d->idle_power_w);
        el_object_append(&list, el_object_done(&o));
    }
    return el_object_done(&list);
}

el_status el_store_run_json(el_store *store, int64_t run, json_t **out,
                            el_error *err)
{
    el_store_loaded l;
    el_object o;
    el_status st = el_store_load(store, run, &l, err);

    if (st != EL_OK)
        return st;
    o = run_object(&l.seen);
    el_object_put(&o, "environment",
                  facts_json(l.seen.run.environment, l.seen.run.n_environment));
    el_object_put(&o, "facts", facts_json(l.seen.run.fact, l.seen.run.n_fact));
    el_object_put(&o, "devices", devices_json(&l.seen.run));
    el_store_loaded_clear(&l);
    return done(&o, out, EL_OK, err);
}

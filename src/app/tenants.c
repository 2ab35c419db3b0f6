/* SPDX-License-Identifier: Apache-2.0 */
#include "app/tenants.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "io/json.h"

#define SCHEMA  "energylens.tenants"
#define VERSION 1

/* ---- the file ---- */

static el_status fail_no_memory(el_error *err)
{
    return el_fail(err, EL_E_NOMEM, "tenants: out of memory");
}

/* Beside the file, unless it says from the root. */
static const char *beside(el_tenants *t, const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    el_buf text = {0};
    const char *out;

    if (slash && path[0] != '/')
        el_buf_add_n(&text, file, (size_t)(slash - file) + 1);
    el_buf_add(&text, path);
    out = el_buf_ok(&text) ? el_strings_add(&t->strings, text.text, text.len)
                           : NULL;
    el_buf_clear(&text);
    return out;
}

static el_status get_text(const json_t *object, const char *where,
                          const char *key, const char **out, el_error *err)
{
    el_status st = el_json_get_string(object, where, key, out, err);

    if (st == EL_OK && (!*out || !**out))
        return el_fail(err, EL_E_DATA, "%s.%s: needed", where, key);
    return st;
}

static el_status get_positive(const json_t *object, const char *where,
                              const char *key, double usual, double *out,
                              el_error *err)
{
    el_status st = el_json_get_number(object, where, key, out, err);

    if (st == EL_OK && !el_is_known(*out))
        *out = usual;
    if (st == EL_OK && el_is_known(*out) && !(*out > 0.0))
        return el_fail(err, EL_E_DATA, "%s.%s: %g is not above 0", where, key,
                       *out);
    return st;
}

static el_status read_tenant(el_tenants *t, const json_t *object,
                             const char *file, const char *where,
                             el_tenant *out, el_error *err)
{
    static const char *const known[] = {"name",   "model",  "trace", "speed",
                                        "ttft_s", "tpot_s", NULL};
    const char *name, *model, *trace;
    el_status st = el_json_only_keys(object, where, known, err);

    if (st == EL_OK)
        st = get_text(object, where, "name", &name, err);
    if (st == EL_OK)
        st = get_text(object, where, "model", &model, err);
    if (st == EL_OK)
        st = get_text(object, where, "trace", &trace, err);
    if (st == EL_OK)
        st = get_positive(object, where, "speed", 1.0, &out->speed, err);
    if (st == EL_OK)
        st = get_positive(object, where, "ttft_s", EL_UNKNOWN, &out->ttft_s,
                          err);
    if (st == EL_OK)
        st = get_positive(object, where, "tpot_s", EL_UNKNOWN, &out->tpot_s,
                          err);
    if (st != EL_OK)
        return st;
    out->name = el_strings_add(&t->strings, name, strlen(name));
    out->model = el_strings_add(&t->strings, model, strlen(model));
    out->trace = beside(t, file, trace);
    return out->name && out->model && out->trace ? EL_OK : fail_no_memory(err);
}

static el_status read_list(el_tenants *t, const json_t *doc, const char *file,
                           el_error *err)
{
    const json_t *list = json_object_get(doc, "tenants");
    size_t n = json_array_size(list);
    el_status st = EL_OK;

    if (n == 0 || n > EL_MAX_TENANTS)
        return el_fail(err, EL_E_DATA, "%s: tenants: an array of 1 to %u", file,
                       EL_MAX_TENANTS);
    t->tenant = el_array(n, sizeof *t->tenant);
    if (!t->tenant)
        return fail_no_memory(err);
    for (; st == EL_OK && t->n < n; t->n += st == EL_OK) {
        char where[200];

        (void)snprintf(where, sizeof where, "%.150s: tenants[%zu]", file, t->n);
        st = read_tenant(t, json_array_get(list, t->n), file, where,
                         &t->tenant[t->n], err);
    }
    return st;
}

static el_status read_file(el_tenants *t, const char *path, el_error *err)
{
    json_t *doc = NULL;
    int version;
    el_status st = el_json_load(path, &doc, err);

    if (st == EL_OK)
        st = el_json_check_schema(doc, path, SCHEMA, VERSION, &version, err);
    if (st == EL_OK)
        st = read_list(t, doc, path, err);
    json_decref(doc);
    return st;
}

/* ---- each for itself ---- */

static el_status replay(const el_account_ask *common, const el_task *task,
                        el_tenant *tenant, el_error *err)
{
    el_account_ask ask = *common;
    el_error why = {0};
    el_status st;

    ask.trace = tenant->trace;
    ask.speed = tenant->speed;
    ask.ask.model = tenant->model;
    ask.ask.query.ttft_s = tenant->ttft_s;
    ask.ask.query.tpot_s = tenant->tpot_s;
    st = el_app_account(&ask, task, &tenant->account, &why);
    tenant->alone = tenant->account.best;
    return st == EL_OK ? EL_OK
                       : el_fail(err, st, "%s: %s", tenant->name, why.message);
}

/* ---- together ---- */

static const char *type_name(const el_account *a, size_t setup)
{
    return a->state.setups.setup[setup].value[EL_SETUP_GPU];
}

static size_t find_type(el_tenants *t, const el_account *a, size_t setup,
                        el_error *err)
{
    const char *name = type_name(a, setup);
    size_t k = 0;

    while (k < t->n_type && strcmp(t->type[k], name) != 0)
        k++;
    if (k < t->n_type)
        return k;
    if (k == EL_MAX_TYPES) {
        (void)el_fail(err, EL_E_ARG, "at most %u GPU types", EL_MAX_TYPES);
        return EL_NOWHERE;
    }
    t->type[k] = name;
    t->gpus[k] = a->state.setups.query[setup].gpus;
    return t->n_type++;
}

/* Deployments that keep the tenant's limits; which[]: their indices. */
static el_status list_places(el_tenants *t, const el_tenant *tenant,
                             el_place place[EL_ACCOUNT_MAX],
                             size_t which[EL_ACCOUNT_MAX], size_t *n,
                             el_error *err)
{
    const el_account *a = &tenant->account;

    *n = 0;
    for (size_t i = 0; i < a->n; i++) {
        const el_deployment *d = &a->deployment[i];
        size_t type;

        if (!d->keeps)
            continue;
        type = find_type(t, a, d->setup, err);
        if (type == EL_NOWHERE)
            return EL_E_ARG;
        which[*n] = i;
        place[(*n)++] = (el_place){type, d->gpus, d->energy_j};
    }
    return EL_OK;
}

static el_status place_all(el_tenants *t, el_error *err)
{
    el_place(*place)[EL_ACCOUNT_MAX] = el_array(t->n, sizeof *place);
    size_t(*which)[EL_ACCOUNT_MAX] = el_array(t->n, sizeof *which);
    el_tenant_places list[EL_MAX_TENANTS];
    size_t chosen[EL_MAX_TENANTS];
    el_status st = place && which ? EL_OK : fail_no_memory(err);

    for (size_t i = 0; st == EL_OK && i < t->n; i++) {
        st = list_places(t, &t->tenant[i], place[i], which[i], &list[i].n, err);
        list[i].place = place[i];
    }
    if (st == EL_OK)
        st = el_placement_find(list, t->n, t->gpus, t->n_type, chosen,
                               &t->energy_j, err);
    for (size_t i = 0; st == EL_OK && i < t->n; i++) {
        bool served = chosen[i] != EL_NOWHERE;

        t->tenant[i].chosen = served ? which[i][chosen[i]] : EL_NOWHERE;
        if (served)
            t->used[place[i][chosen[i]].type] += place[i][chosen[i]].gpus;
    }
    el_free(which);
    el_free(place);
    return st;
}

el_status el_app_tenants(const char *path, const el_account_ask *ask,
                         const el_task *task, el_tenants *out, el_error *err)
{
    el_status st;

    memset(out, 0, sizeof *out);
    st = read_file(out, path, err);
    for (size_t i = 0; st == EL_OK && i < out->n; i++)
        st = replay(ask, task, &out->tenant[i], err);
    if (st == EL_OK)
        st = place_all(out, err);
    if (st != EL_OK)
        el_tenants_clear(out);
    return st;
}

void el_tenants_clear(el_tenants *tenants)
{
    for (size_t i = 0; i < tenants->n; i++)
        el_account_clear(&tenants->tenant[i].account);
    el_free(tenants->tenant);
    el_strings_clear(&tenants->strings);
    memset(tenants, 0, sizeof *tenants);
}

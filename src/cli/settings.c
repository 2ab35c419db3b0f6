/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/settings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/nearest.h"
#include "io/json.h"

#define MAX_WHO   160
#define MAX_NAMES (2u * (size_t)EL_OPT_MAX_LIST)

/* What all the helpers need. */
typedef struct reader {
    const char *name; /* file */
    const el_verb *const *verbs;
    const el_verb *verb;
    const el_opt_set *own, *common;
    el_strings *strings;
    el_error *err;
} reader;

static el_status no_memory(const reader *r)
{
    return el_fail(r->err, EL_E_NOMEM, "%s: out of memory", r->name);
}

/* A scalar as the user would type it, NULL for other kinds of value. */
static const char *scalar_text(const json_t *value, char *buf, size_t cap)
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (json_is_integer(value))
        (void)snprintf(buf, cap, "%" JSON_INTEGER_FORMAT,
                       json_integer_value(value));
    else if (json_is_real(value))
        (void)snprintf(buf, cap, "%.17g", json_real_value(value));
    else
        return NULL;
    return buf;
}

static el_status store_text(const reader *r, const el_opt *opt, void *args,
                            const char *who, const char *text, bool reset)
{
    const char *copy = el_strings_add(r->strings, text, strlen(text));
    el_status st;

    if (!copy)
        return no_memory(r);
    st = el_opt_store(opt, args, who, copy, reset, r->strings, r->err);
    if (st == EL_E_ARG) { /* a bad value in a file is bad data */
        if (r->err)
            r->err->status = EL_E_DATA;
        st = EL_E_DATA;
    }
    return st;
}

static el_status wrong_kind(const reader *r, const char *who)
{
    return el_fail(r->err, EL_E_DATA, "%s: neither text, number nor flag", who);
}

static el_status store_repeated(const reader *r, const el_opt *opt, void *args,
                                const char *who, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        char buf[40];
        const char *text =
            scalar_text(json_array_get(array, i), buf, sizeof buf);
        el_status st = text ? store_text(r, opt, args, who, text, i == 0)
                            : wrong_kind(r, who);

        if (st != EL_OK)
            return st;
    }
    return EL_OK;
}

/* [1, 2, 4] for --tp becomes "1,2,4". */
static el_status store_joined(const reader *r, const el_opt *opt, void *args,
                              const char *who, const json_t *array)
{
    el_buf joined = {0};
    el_status st = EL_OK;

    for (size_t i = 0; i < json_array_size(array) && st == EL_OK; i++) {
        char buf[40];
        const char *text =
            scalar_text(json_array_get(array, i), buf, sizeof buf);

        if (!text)
            st = wrong_kind(r, who);
        else
            el_buf_printf(&joined, "%s%s", i ? "," : "", text);
    }
    if (st == EL_OK && !el_buf_ok(&joined))
        st = no_memory(r);
    if (st == EL_OK)
        st = store_text(r, opt, args, who, el_buf_text(&joined), true);
    el_buf_clear(&joined);
    return st;
}

static el_status store_value(const reader *r, const el_opt *opt, void *args,
                             const char *who, const json_t *value)
{
    char buf[40];
    const char *text = scalar_text(value, buf, sizeof buf);

    if (text)
        return store_text(r, opt, args, who, text, true);
    if (!json_is_array(value))
        return wrong_kind(r, who);
    if (opt->kind == EL_OPT_REPEATED)
        return store_repeated(r, opt, args, who, value);
    return store_joined(r, opt, args, who, value);
}

static const char *nearest_option(const el_opt *options, const char *key)
{
    const char *names[MAX_NAMES + 1] = {NULL};
    size_t n = 0;

    for (const el_opt *o = options; o && o->name && n < MAX_NAMES; o++)
        names[n++] = o->name;
    return el_nearest_name(key, strlen(key), names);
}

static el_status unknown(const reader *r, const char *who, const el_opt *known,
                         const char *key)
{
    const char *near = nearest_option(known, key);

    if (near)
        return el_fail(r->err, EL_E_DATA,
                       "%s: unknown setting, did you mean \"%s\"?", who, near);
    return el_fail(r->err, EL_E_DATA, "%s: unknown setting", who);
}

static el_status apply_verb(const reader *r, json_t *object)
{
    void *at = json_object_iter(object);
    el_status st = EL_OK;

    for (; at && st == EL_OK; at = json_object_iter_next(object, at)) {
        const char *key = json_object_iter_key(at);
        const el_opt *o = el_opt_find(r->own->options, key, strlen(key));
        const el_opt_set *set = o ? r->own : r->common;
        char who[MAX_WHO];

        if (!o)
            o = el_opt_find(set->options, key, strlen(key));
        (void)snprintf(who, sizeof who, "%s: %s.%.60s", r->name, r->verb->name,
                       key);
        if (o && o->size)
            st = store_value(r, o, set->args, who, json_object_iter_value(at));
        else
            st = unknown(r, who, r->own->options, key);
    }
    return st;
}

static const el_verb *find_verb(const reader *r, const char *name)
{
    for (size_t i = 0; r->verbs[i]; i++)
        if (strcmp(r->verbs[i]->name, name) == 0)
            return r->verbs[i];
    return NULL;
}

/* One top-level key: the envelope, a verb's object, or a common option. */
static el_status apply_key(const reader *r, const char *key,
                           const json_t *value)
{
    const el_opt *o = el_opt_find(r->common->options, key, strlen(key));
    char who[MAX_WHO];

    (void)snprintf(who, sizeof who, "%s: %.60s", r->name, key);
    if (strcmp(key, "schema") == 0 || strcmp(key, "version") == 0)
        return EL_OK;
    if (json_is_object(value) && find_verb(r, key))
        return EL_OK; /* applied after all common ones */
    if (o && o->size)
        return store_value(r, o, r->common->args, who, value);
    return unknown(r, who, r->common->options, key);
}

el_status el_settings_apply(json_t *doc, const char *name,
                            const el_verb *const *verbs, const el_verb *verb,
                            const el_opt_set *own, const el_opt_set *common,
                            el_strings *strings, el_error *err)
{
    const reader r = {name, verbs, verb, own, common, strings, err};
    int version;
    el_status st = el_json_check_schema(doc, name, EL_SETTINGS_SCHEMA,
                                        EL_SETTINGS_VERSION, &version, err);
    void *at = json_object_iter(doc);
    json_t *section = json_object_get(doc, verb->name);

    for (; at && st == EL_OK; at = json_object_iter_next(doc, at))
        st =
            apply_key(&r, json_object_iter_key(at), json_object_iter_value(at));
    if (st == EL_OK && json_is_object(section))
        st = apply_verb(&r, section);
    return st;
}

el_status el_settings_read(const char *path, const el_verb *const *verbs,
                           const el_verb *verb, const el_opt_set *own,
                           const el_opt_set *common, el_strings *strings,
                           el_error *err)
{
    json_t *doc = NULL;
    el_status st;

    if (access(path, F_OK) != 0)
        return EL_OK;
    st = el_json_load(path, &doc, err);
    if (st == EL_OK)
        st = el_settings_apply(doc, path, verbs, verb, own, common, strings,
                               err);
    json_decref(doc);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/fit_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "io/file.h"
#include "io/fit_json_part.h"
#include "io/json.h"
#include "io/kept.h"

/* Above 2^63 - 1 a seed is text, see el_json_envelope. */
static el_status read_seed(const json_t *doc, const char *name, uint64_t *seed,
                           el_error *err)
{
    const json_t *v = json_object_get(doc, "seed");
    const char *text = json_string_value(v);
    char *end = NULL;

    if (json_is_integer(v) && json_integer_value(v) >= 0) {
        *seed = (uint64_t)json_integer_value(v);
        return EL_OK;
    }
    if (text && *text >= '0' && *text <= '9') {
        errno = 0;
        *seed = strtoull(text, &end, 10);
        if (*end == '\0' && errno == 0)
            return EL_OK;
    }
    return el_fail(err, EL_E_DATA, "%s: seed: %s", name,
                   v ? "not a whole number" : "missing");
}

static el_status read_doc(const json_t *doc, const char *name, el_fit_set *out,
                          el_error *err)
{
    static const char *const keys[] = {"energylens", "result",  "schema",
                                       "seed",       "version", NULL};
    char where[256];
    const char *made_by = NULL;
    int version = 0;
    el_status st = el_json_check_schema(doc, name, EL_FIT_SCHEMA,
                                        EL_FIT_VERSION, &version, err);

    (void)snprintf(where, sizeof where, "%.240s:", name);
    if (st == EL_OK)
        st = el_json_only_keys(doc, where, keys, err);
    if (st == EL_OK)
        st = el_json_get_string(doc, where, "energylens", &made_by, err);
    if (st == EL_OK)
        st = read_seed(doc, name, &out->seed, err);
    if (st != EL_OK)
        return st;
    el_str_copy(out->made_by, sizeof out->made_by, made_by ? made_by : "");
    return el_fit_result_read(json_object_get(doc, "result"), where, out, err);
}

static el_status read_and_free(json_t *doc, const char *name, el_fit_set *out,
                               el_error *err)
{
    el_fit_set set = {0};
    el_status st = read_doc(doc, name, &set, err);

    json_decref(doc);
    if (st == EL_OK)
        *out = set;
    else
        el_fit_set_clear(&set);
    return st;
}

el_status el_fit_set_parse(const char *text, size_t len, const char *name,
                           el_fit_set *out, el_error *err)
{
    json_t *doc = NULL;
    el_status st;

    if (!out)
        return el_fail(err, EL_E_ARG, "fit file: NULL result");
    st = el_json_parse(text, len, name, &doc, err);
    return st == EL_OK ? read_and_free(doc, name, out, err) : st;
}

el_status el_fit_set_load(const char *path, el_fit_set *out, el_error *err)
{
    json_t *doc = NULL;
    el_status st;

    if (!path || !out)
        return el_fail(err, EL_E_ARG, "fit file: NULL path or result");
    if (el_kept_fit(path, out))
        return EL_OK;
    st = el_json_load(path, &doc, err);
    if (st == EL_OK)
        st = read_and_free(doc, path, out, err);
    if (st == EL_OK)
        el_kept_add_fit(path, out);
    return st;
}

el_status el_fit_set_print(const el_fit_set *set,
                           const struct el_bootstrap *bootstrap, el_buf *out,
                           el_error *err)
{
    json_t *result = NULL, *doc;
    el_status st = el_fit_set_to_json(set, bootstrap, &result, err);

    if (st != EL_OK)
        return st;
    doc = el_json_envelope(EL_FIT_SCHEMA, EL_FIT_VERSION, set->seed, result);
    st = el_fit_doc_print(doc, out, err);
    json_decref(doc);
    return st;
}

el_status el_fit_set_save(const el_fit_set *set, const char *path,
                          el_error *err)
{
    el_buf text = {0};
    el_status st = el_fit_set_print(set, NULL, &text, err);

    if (st == EL_OK)
        st = el_file_write(path, text.text, text.len, err);
    el_buf_clear(&text);
    return st;
}

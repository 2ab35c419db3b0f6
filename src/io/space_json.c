/* SPDX-License-Identifier: Apache-2.0 */
#include "io/space_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "io/csv_text.h"
#include "io/json.h"

#define MAX_DEGREE 65536.0
#define MAX_BATCH  1e6
#define MAX_TOKENS 1e8

static double most_of(el_axis axis)
{
    return axis < EL_AXIS_BATCH    ? MAX_DEGREE
           : axis == EL_AXIS_BATCH ? MAX_BATCH
                                   : MAX_TOKENS;
}

static bool may_be_left_out(el_axis axis)
{
    return axis == EL_AXIS_PP || axis == EL_AXIS_EP || axis == EL_AXIS_DP;
}

/* A list of 1 to `most` values, or NULL where the key is missing. */
static el_status find_list(const json_t *doc, const char *name, const char *key,
                           size_t most, const json_t **out, el_error *err)
{
    const json_t *list = json_object_get(doc, key);

    *out = NULL;
    if (!list)
        return EL_OK;
    if (!json_is_array(list) || json_array_size(list) == 0)
        return el_fail(err, EL_E_DATA, "%s: %s: not a list of values", name,
                       key);
    if (json_array_size(list) > most)
        return el_fail(err, EL_E_DATA, "%s: %s: %zu values, at most %zu", name,
                       key, json_array_size(list), most);
    *out = list;
    return EL_OK;
}

static el_status read_value(const json_t *item, const char *name, el_axis axis,
                            size_t i, el_values *out, el_error *err)
{
    double v = json_is_number(item) ? json_number_value(item) : EL_UNKNOWN;

    if (!json_is_number(item))
        return el_fail(err, EL_E_DATA, "%s: %s[%zu]: not a number", name,
                       el_axis_name(axis), i);
    if (!(v >= 1.0) || v > most_of(axis) || v != floor(v))
        return el_fail(err, EL_E_DATA,
                       "%s: %s[%zu]: must be a whole number from 1 to %.0f, is "
                       "%g",
                       name, el_axis_name(axis), i, most_of(axis), v);
    for (size_t k = 0; k < out->n; k++)
        if (out->v[k] == v)
            return el_fail(err, EL_E_DATA, "%s: %s[%zu]: %g stands twice", name,
                           el_axis_name(axis), i, v);
    out->v[out->n++] = v;
    return EL_OK;
}

static el_status read_axis(const json_t *doc, const char *name, el_axis axis,
                           el_values *out, el_error *err)
{
    const json_t *list;
    el_status st =
        find_list(doc, name, el_axis_name(axis), EL_MAX_VALUES, &list, err);

    if (st != EL_OK)
        return st;
    if (!list && !may_be_left_out(axis))
        return el_fail(err, EL_E_DATA, "%s: %s: missing", name,
                       el_axis_name(axis));
    if (!list) {
        out->v[out->n++] = 1.0;
        return EL_OK;
    }
    for (size_t i = 0; i < json_array_size(list) && st == EL_OK; i++)
        st = read_value(json_array_get(list, i), name, axis, i, out, err);
    return st;
}

static el_status read_dtype(const json_t *item, const char *name, size_t i,
                            el_space *out, el_error *err)
{
    const char *text = json_string_value(item);
    char shown[EL_SHOW_SIZE];

    if (!text || !*text)
        return el_fail(err, EL_E_DATA, "%s: dtype[%zu]: not a name", name, i);
    el_text_show(shown, text, json_string_length(item));
    /* NUL and control characters have no place in a table */
    if (json_string_length(item) >= EL_LABEL_LEN ||
        strlen(text) != json_string_length(item) || strpbrk(text, "\r\n\t,\""))
        return el_fail(err, EL_E_DATA, "%s: dtype[%zu]: no dtype: %s", name, i,
                       shown);
    for (size_t k = 0; k < out->n_dtype; k++)
        if (el_str_eq_nocase(out->dtype[k], text))
            return el_fail(err, EL_E_DATA, "%s: dtype[%zu]: %s stands twice",
                           name, i, shown);
    el_str_copy(out->dtype[out->n_dtype++], EL_LABEL_LEN, text);
    return EL_OK;
}

static el_status read_dtypes(const json_t *doc, const char *name, el_space *out,
                             el_error *err)
{
    const json_t *list;
    el_status st =
        find_list(doc, name, "dtype", EL_SPACE_MAX_DTYPES, &list, err);

    for (size_t i = 0; st == EL_OK && i < json_array_size(list); i++)
        st = read_dtype(json_array_get(list, i), name, i, out, err);
    return st;
}

static el_status read_constraints(const json_t *doc, const char *name,
                                  el_space *out, el_error *err)
{
    static const char *const keys[] = {"max_gpus", "batch_in_cache", NULL};
    const json_t *object = json_object_get(doc, "constraints"), *flag;
    char where[256];
    el_status st;

    out->max_gpus = EL_UNKNOWN;
    out->batch_in_cache = true;
    if (!object)
        return EL_OK;
    (void)snprintf(where, sizeof where, "%.200s: constraints", name);
    st = el_json_only_keys(object, where, keys, err);
    if (st == EL_OK)
        st = el_json_get_number(object, where, "max_gpus", &out->max_gpus, err);
    if (st != EL_OK)
        return st;
    if (out->max_gpus < 1.0)
        return el_fail(err, EL_E_DATA, "%s.max_gpus: must be 1 or more, is %g",
                       where, out->max_gpus);
    flag = json_object_get(object, "batch_in_cache");
    if (flag && !json_is_boolean(flag))
        return el_fail(err, EL_E_DATA, "%s.batch_in_cache: not true or false",
                       where);
    out->batch_in_cache = !flag || json_is_true(flag);
    return EL_OK;
}

el_status el_space_read(const json_t *doc, const char *name, el_space *out,
                        el_error *err)
{
    static const char *const keys[] = {
        "schema", "version",     "energylens", "tp",           "pp",
        "ep",     "dp",          "batch_size", "input_tokens", "output_tokens",
        "dtype",  "constraints", NULL};
    el_space space = {.n_dtype = 0};
    char where[256];
    int version;
    el_status st = el_json_check_schema(doc, name, EL_SPACE_SCHEMA,
                                        EL_SPACE_VERSION, &version, err);

    (void)snprintf(where, sizeof where, "%.200s:", name);
    if (st == EL_OK)
        st = el_json_only_keys(doc, where, keys, err);
    for (el_axis a = 0; a < EL_N_AXES && st == EL_OK; a++)
        st = read_axis(doc, name, a, &space.axis[a], err);
    if (st == EL_OK)
        st = read_dtypes(doc, name, &space, err);
    if (st == EL_OK)
        st = read_constraints(doc, name, &space, err);
    if (st == EL_OK)
        *out = space;
    return st;
}

el_status el_space_load(const char *path, el_space *out, el_error *err)
{
    json_t *doc = NULL;
    el_status st = el_json_load(path, &doc, err);

    if (st == EL_OK)
        st = el_space_read(doc, path, out, err);
    json_decref(doc);
    return st;
}

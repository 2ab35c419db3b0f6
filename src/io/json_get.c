/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "io/csv_text.h"
#include "io/json.h"

el_status el_json_check_schema(const json_t *doc, const char *name,
                               const char *schema, int newest, int *version,
                               el_error *err)
{
    const json_t *have = json_object_get(doc, "schema");
    const json_t *number = json_object_get(doc, "version");
    char shown[EL_SHOW_SIZE];
    json_int_t value;

    if (!json_is_object(doc))
        return el_fail(err, EL_E_DATA, "%s: not a JSON object", name);
    if (!json_is_string(have))
        return el_fail(err, EL_E_DATA, "%s: schema: missing, want \"%s\"", name,
                       schema);
    if (strcmp(json_string_value(have), schema) != 0) {
        el_text_show(shown, json_string_value(have), json_string_length(have));
        return el_fail(err, EL_E_DATA, "%s: schema: is %s, want \"%s\"", name,
                       shown, schema);
    }
    value = json_integer_value(number); /* 0 if it is none */
    if (value < 1)
        return el_fail(err, EL_E_DATA,
                       "%s: version: missing or not a positive integer", name);
    if (value > newest)
        return el_fail(err, EL_E_VERSION,
                       "%s: %s version %" JSON_INTEGER_FORMAT
                       " is newer than %d, the newest read here",
                       name, schema, value, newest);
    *version = (int)value;
    return EL_OK;
}

/* What stands between `where` and a key. */
static const char *joint(const char *where)
{
    size_t n = strlen(where);

    if (n == 0)
        return "";
    return where[n - 1] == ':' ? " " : ".";
}

static el_status fail_object(const char *where, el_error *err)
{
    size_t n = strlen(where);

    if (n > 0 && where[n - 1] == ':')
        n--;
    return el_fail(err, EL_E_DATA, "%.*s%snot a JSON object",
                   n < INT_MAX ? (int)n : INT_MAX, where, n > 0 ? ": " : "");
}

el_status el_json_get_number(const json_t *object, const char *where,
                             const char *key, double *out, el_error *err)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_object(object))
        return fail_object(where, err);
    if (value && !json_is_null(value) && !json_is_number(value))
        return el_fail(err, EL_E_DATA, "%s%s%s: not a number", where,
                       joint(where), key);
    *out = json_is_number(value) ? json_number_value(value) : (double)NAN;
    return EL_OK;
}

el_status el_json_get_string(const json_t *object, const char *where,
                             const char *key, const char **out, el_error *err)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_object(object))
        return fail_object(where, err);
    if (value && !json_is_null(value) && !json_is_string(value))
        return el_fail(err, EL_E_DATA, "%s%s%s: not a string", where,
                       joint(where), key);
    *out = json_string_value(value); /* NULL if it is none */
    return EL_OK;
}

static bool is_known(const char *key, const char *const *known)
{
    for (; *known; known++)
        if (strcmp(key, *known) == 0)
            return true;
    return false;
}

el_status el_json_only_keys(const json_t *object, const char *where,
                            const char *const *known, el_error *err)
{
    char shown[EL_SHOW_SIZE];
    json_t *all;
    void *i;

    if (!json_is_object(object))
        return fail_object(where, err);
    /* iteration does not change the object; jansson's type cannot say so */
    memcpy(&all, &object, sizeof(void *));
    for (i = json_object_iter(all); i; i = json_object_iter_next(all, i)) {
        const char *key = json_object_iter_key(i);

        if (is_known(key, known))
            continue;
        el_text_show(shown, key, strlen(key));
        return el_fail(err, EL_E_DATA, "%s%sunknown key %s", where,
                       *where == '\0'                    ? ""
                       : where[strlen(where) - 1] == ':' ? " "
                                                         : ": ",
                       shown);
    }
    return EL_OK;
}

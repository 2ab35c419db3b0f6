/* SPDX-License-Identifier: Apache-2.0 */
#include "io/json_place.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "energylens/form.h"
#include "energylens/known.h"
#include "io/csv_text.h"
#include "io/json.h"

el_status el_place_bad(const el_place *p, const char *key, const char *what)
{
    size_t n = strlen(p->where);
    const char *joint = n == 0 ? "" : p->where[n - 1] == ':' ? " " : ".";

    return el_fail(p->err, EL_E_DATA, "%s%s%s: %s", p->where, joint, key, what);
}

el_status el_place_enter(const el_place *p, const char *key, el_place *out)
{
    size_t n = strlen(p->where);
    const char *joint = n == 0 ? "" : p->where[n - 1] == ':' ? " " : ".";

    out->object = json_object_get(p->object, key);
    out->err = p->err;
    if (!out->object)
        return el_place_bad(p, key, "missing");
    (void)snprintf(out->where, EL_PLACE_SIZE, "%.200s%s%.48s", p->where, joint,
                   key);
    return EL_OK;
}

el_place el_place_element(const el_place *list, size_t i)
{
    el_place e = {json_array_get(list->object, i), "", list->err};

    (void)snprintf(e.where, EL_PLACE_SIZE, "%.230s[%zu]", list->where, i);
    return e;
}

el_status el_place_only(const el_place *p, const char *const *keys)
{
    return el_json_only_keys(p->object, p->where, keys, p->err);
}

el_status el_place_array(const el_place *p, const char *key, el_place *out)
{
    el_status st = el_place_enter(p, key, out);

    if (st == EL_OK && !json_is_array(out->object))
        st = el_place_bad(p, key, "not an array");
    return st;
}

el_status el_place_known(const el_place *p, const char *key, double *out)
{
    if (!json_object_get(p->object, key))
        return el_place_bad(p, key, "missing");
    return el_json_get_number(p->object, p->where, key, out, p->err);
}

el_status el_place_number(const el_place *p, const char *key, double lo,
                          double hi, double *out)
{
    double v = 0.0;
    el_status st = el_place_known(p, key, &v);
    char what[96];

    if (st != EL_OK)
        return st;
    if (!el_is_known(v))
        return el_place_bad(p, key, "is null, want a number");
    if (v < lo || v > hi) {
        (void)snprintf(what, sizeof what, "is %g, must be from %g to %g", v, lo,
                       hi);
        return el_place_bad(p, key, what);
    }
    *out = v;
    return EL_OK;
}

el_status el_place_count(const el_place *p, const char *key, size_t *out)
{
    const json_t *v = json_object_get(p->object, key);
    double n = 0.0;
    el_status st = el_place_number(p, key, 0.0, EL_MAX_COUNT, &n);

    if (st != EL_OK)
        return st;
    if (!json_is_integer(v))
        return el_place_bad(p, key, "not a whole number");
    *out = (size_t)json_integer_value(v);
    return EL_OK;
}

el_status el_place_bool(const el_place *p, const char *key, bool *out)
{
    const json_t *v = json_object_get(p->object, key);

    if (!json_is_boolean(v))
        return el_place_bad(p, key, v ? "not true or false" : "missing");
    *out = json_is_true(v);
    return EL_OK;
}

el_status el_place_text(const el_place *p, const char *key, char *out,
                        size_t cap)
{
    const json_t *v = json_object_get(p->object, key);

    if (!json_is_string(v))
        return el_place_bad(p, key, v ? "not a string" : "missing");
    if (json_string_length(v) >= cap)
        return el_place_bad(p, key, "too long");
    el_str_copy(out, cap, json_string_value(v));
    return EL_OK;
}

el_status el_place_choice(const el_place *p, const char *key,
                          const char *(*name)(size_t), size_t n, size_t *out)
{
    char text[EL_LABEL_LEN];
    char shown[EL_SHOW_SIZE], what[EL_PLACE_SIZE];
    el_status st = el_place_text(p, key, text, sizeof text);

    for (size_t i = 0; st == EL_OK && i < n; i++) {
        if (strcmp(text, name(i)) == 0) {
            *out = i;
            return EL_OK;
        }
    }
    if (st != EL_OK)
        return st;
    el_text_show(shown, text, strlen(text));
    (void)snprintf(what, sizeof what, "unknown %s %s", key, shown);
    return el_place_bad(p, key, what);
}

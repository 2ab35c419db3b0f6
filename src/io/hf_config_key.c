/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/csv_text.h"
#include "io/hf_config_reader.h"

#define MAX_KEY 64

/* First of the alternatives. */
static int first(const char *keys)
{
    return (int)strcspn(keys, "|");
}

void el_hf_fail(el_hf *r, const char *key, const char *fmt, ...)
{
    char what[256];
    va_list args;

    if (r->st != EL_OK)
        return;
    va_start(args, fmt);
    /* clang-analyzer 14 loses va_start behind the early return
       NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    r->st = el_fail(r->err, EL_E_DATA, "%s: %s%s%.*s%s%s", r->name, r->at_key,
                    *r->at_key && *key ? "." : "", first(key), key,
                    *key || *r->at_key ? ": " : "", what);
}

const json_t *el_hf_get(const json_t *object, const char *keys)
{
    char key[MAX_KEY];

    for (;;) {
        size_t n = strcspn(keys, "|");
        const json_t *value;

        memcpy(key, keys, n);
        key[n] = '\0';
        value = json_object_get(object, key);
        if (value && !json_is_null(value))
            return value;
        if (keys[n] == '\0')
            return NULL;
        keys += n + 1;
    }
}

bool el_hf_has(const el_hf *r, const char *keys)
{
    return el_hf_get(r->at, keys) != NULL;
}

double el_hf_real(el_hf *r, const char *keys, double lo, double hi,
                  double missing)
{
    const json_t *value = el_hf_get(r->at, keys);
    double number;

    if (r->st != EL_OK)
        return 0;
    if (!value && isnan(missing))
        el_hf_fail(r, keys, "missing");
    if (!value)
        return isnan(missing) ? 0 : missing;
    if (!json_is_number(value)) {
        el_hf_fail(r, keys, "not a number");
        return 0;
    }
    number = json_number_value(value);
    if (!(number >= lo && number <= hi)) {
        el_hf_fail(r, keys, "out of range (%.10g, limit %.10g to %.10g)",
                   number, lo, hi);
        return 0;
    }
    return number;
}

double el_hf_int(el_hf *r, const char *keys, double lo, double hi,
                 double missing)
{
    double number = el_hf_real(r, keys, lo, hi, missing);

    if (r->st == EL_OK && number > floor(number)) {
        el_hf_fail(r, keys, "not a whole number (%.10g)", number);
        return 0;
    }
    return number;
}

bool el_hf_flag(el_hf *r, const char *keys, bool missing)
{
    const json_t *value = el_hf_get(r->at, keys);

    if (!value)
        return missing;
    if (json_is_integer(value))
        return json_integer_value(value) != 0;
    if (!json_is_boolean(value))
        el_hf_fail(r, keys, "not true or false");
    return json_is_true(value);
}

const char *el_hf_text(el_hf *r, const char *keys)
{
    const json_t *value = el_hf_get(r->at, keys);

    if (value && !json_is_string(value))
        el_hf_fail(r, keys, "not a string");
    return json_string_value(value);
}

const json_t *el_hf_layer_list(el_hf *r, const char *keys)
{
    const json_t *value = el_hf_get(r->at, keys);

    if (!value)
        return NULL;
    if (!json_is_array(value)) {
        el_hf_fail(r, keys, "not a list");
        return NULL;
    }
    if (json_array_size(value) != r->layers) {
        el_hf_fail(r, keys, "wrong length (%zu, num_hidden_layers is %zu)",
                   json_array_size(value), r->layers);
        return NULL;
    }
    return value;
}

bool el_hf_enter(el_hf *r, const char *key)
{
    const json_t *value = el_hf_get(r->root, key);

    if (!value)
        return false;
    if (!json_is_object(value)) {
        el_hf_fail(r, key, "not an object");
        return false;
    }
    r->at = value;
    r->at_key = key;
    return true;
}

void el_hf_leave(el_hf *r)
{
    r->at = r->text;
    r->at_key = r->text_key;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/object.h"

#include <math.h>

#include "io/json.h"

el_object el_object_new(void)
{
    json_t *json = json_object();

    return (el_object){json, json == NULL};
}

el_object el_array_new(void)
{
    json_t *json = json_array();

    return (el_object){json, json == NULL};
}

void el_object_put(el_object *object, const char *key, json_t *value)
{
    if (json_object_set_new(object->json, key, value) != 0)
        object->failed = true;
}

void el_object_append(el_object *array, json_t *value)
{
    if (json_array_append_new(array->json, value) != 0)
        array->failed = true;
}

void el_object_number(el_object *object, const char *key, double value)
{
    el_object_put(object, key, el_json_number(value));
}

void el_object_count(el_object *object, const char *key, double value)
{
    bool whole = value >= -1e15 && value <= 1e15 && value == floor(value);

    el_object_put(object, key,
                  whole ? json_integer((json_int_t)value)
                        : el_json_number(value));
}

void el_object_text(el_object *object, const char *key, const char *text)
{
    el_object_put(object, key, json_string(text));
}

json_t *el_object_done(el_object *object)
{
    if (!object->failed)
        return object->json;
    json_decref(object->json);
    return NULL;
}

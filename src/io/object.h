/* SPDX-License-Identifier: Apache-2.0 */
/* JSON objects that remember a failed step. Layer: io. */
#ifndef EL_IO_OBJECT_H
#define EL_IO_OBJECT_H
#include <jansson.h>
#include <stdbool.h>

/* An object or array under construction; a failed step makes done() NULL. */
typedef struct el_object {
    json_t *json;
    bool failed;
} el_object;

el_object el_object_new(void);
el_object el_array_new(void);
/* Steal value; NULL counts as out of memory. */
void el_object_put(el_object *object, const char *key, json_t *value);
void el_object_append(el_object *array, json_t *value);
void el_object_number(el_object *object, const char *key, double value);
/* An integer where the value is whole. */
void el_object_count(el_object *object, const char *key, double value);
void el_object_text(el_object *object, const char *key, const char *text);
json_t *el_object_done(el_object *object);

#endif

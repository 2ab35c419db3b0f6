/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of one candidate, and objects that remember a failure. Layer: io. */
#ifndef EL_IO_CANDIDATE_JSON_H
#define EL_IO_CANDIDATE_JSON_H
#include <jansson.h>
#include <stdbool.h>

#include "energylens/optimize.h"
#include "io/optimize_json.h"

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

json_t *el_reasons_json(const el_reason *reason, size_t n);
json_t *el_candidate_json(const el_setup *setup, const el_candidate *candidate);
/* A key for each axis of the setup: number, text or null. */
void el_setup_json(const el_setup *setup, el_object *out);
/* model, gpu, precision, engine (null where setups differ), scope, fit_note,
 * load */
void el_context_json(const el_optimize_context *context, el_object *out);

#endif

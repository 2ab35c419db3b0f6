/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of one candidate. Layer: io. */
#ifndef EL_IO_CANDIDATE_JSON_H
#define EL_IO_CANDIDATE_JSON_H
#include <jansson.h>
#include <stdbool.h>

#include "energylens/optimize.h"
#include "io/json_write.h"
#include "io/object.h"
#include "io/optimize_json.h"

/* The members that el_optimize_write names. on_front: one for each front, or
 * NULL: no such members. */
void el_candidate_write(el_json_writer *w, const char *key,
                        const el_setup *setup, const el_candidate *candidate,
                        const bool *on_front);
/* Under the axis' key: number, text or null. */
void el_setup_write(el_json_writer *w, const el_setup *setup,
                    el_setup_axis axis);

/* Reasons, and all axes of a setup, for trees. NULL: out of memory. */
json_t *el_reasons_json(const el_reason *reason, size_t n);
void el_setup_json(const el_setup *setup, el_object *out);
/* model, gpu, precision, engine (null where setups differ), scope, fit_note,
 * load */
void el_context_json(const el_optimize_context *context, el_object *out);
/* One of these, of the object that they make. */
void el_context_write(el_json_writer *w, const json_t *made, const char *key);

#endif

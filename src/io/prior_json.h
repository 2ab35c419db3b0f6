/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prior files: {"schema": "energylens.prior", "version": 1, "energylens": ...,
 * "result": {...}}. Layer: io.
 *
 *   result    source (where the measurements came from), form, parameters
 *             [names], groups []
 *   groups[]  model, model_slug, gpu, engine, precision, targets {energy,
 *             latency, ttft, itl}
 *   target    rows, deviation [] (fitted less the physical centre), sd []
 *
 * Constants alone: no row of the measurements can be had back from it.
 */
#ifndef EL_IO_PRIOR_JSON_H
#define EL_IO_PRIOR_JSON_H
#include "energylens/text.h"
#include "model/learned.h"

#define EL_PRIOR_SCHEMA  "energylens.prior"
#define EL_PRIOR_VERSION 1

/*
 * Append a whole file, four digits a number. Lessons of one group follow each
 * other. EL_E_ARG (none, or of another form than closed12), EL_E_NOMEM.
 */
EL_NODISCARD el_status el_lessons_print(const el_lessons *lessons, el_buf *out,
                                        el_error *err);

/*
 * Append the lessons of a file in memory, and take its source; `name` stands in
 * messages. EL_E_DATA "x.json: groups[3].targets.energy.sd[0]: must be
 * 1e-06 to 1000", EL_E_VERSION, EL_E_NOMEM; *out then holds part of them.
 */
EL_NODISCARD el_status el_lessons_parse(const char *text, size_t len,
                                        const char *name, el_lessons *out,
                                        el_error *err);

/* What the program carries: data/priors. The same errors. */
EL_NODISCARD el_status el_lessons_built_in(el_lessons *out, el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Predictions as JSON. Layer: io. */
#ifndef EL_IO_PREDICT_JSON_H
#define EL_IO_PREDICT_JSON_H
#include <jansson.h>

#include "energylens/table.h"
#include "model/answer.h"

/*
 * {"scope", "rows": [{what was asked, the keys of the predict contract,
 * "breakdown": {"<cause>_j": ...}, "fit": {} or null}]}. Unknown numbers are
 * null. New reference; NULL when out of memory.
 */
json_t *el_predict_json(el_scope scope, const el_row *row,
                        const el_answer *answer, size_t n);

/* "batch_size,output_tokens" of a bit set of 1 << el_axis. Room for all. */
#define EL_AXES_TEXT 80u
void el_axes_text(unsigned axes, char text[EL_AXES_TEXT]);

#endif

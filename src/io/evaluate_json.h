/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluations as JSON. Layer: io. */
#ifndef EL_IO_EVALUATE_JSON_H
#define EL_IO_EVALUATE_JSON_H
#include <jansson.h>

#include "energylens/evaluate.h"

/*
 * {"results": [{"form", "split", "label", "samples", "samples_unit", "seeds",
 * "scope", figures with _lo and _hi, "ceiling_top1_pct", "scenarios", "rows",
 * "groups"}], "differences": [{"form", "against", "split", "samples",
 * "scenarios", "level", figures}], "divergence": {"scenarios", "differ_pct",
 * "dearer_pct", "slower_pct"}, "data": {...}, "notes": [...], "level"}.
 * label is "" for all groups together; scenarios and rows are means per seed.
 * NULL when out of memory.
 */
json_t *el_evaluation_json(const el_evaluation *evaluation,
                           const el_evaluate_options *options,
                           const el_groups *groups);

#endif

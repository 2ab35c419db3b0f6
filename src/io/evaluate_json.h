/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluations as JSON, and their predictions as CSV. Layer: io. */
#ifndef EL_IO_EVALUATE_JSON_H
#define EL_IO_EVALUATE_JSON_H
#include <jansson.h>

#include "base/str.h"
#include "energylens/evaluate.h"

/* Rows of all groups by what became of them: {"rows", "kept", ...}. */
json_t *el_cleaning_total_json(const el_groups *groups);

/*
 * {"results": [{"form", "split", "samples", "samples_unit", "seeds", "scope",
 * figures with _lo and _hi, "ceiling_top1_pct", "scenarios", "rows",
 * "groups"}], "data": {...}, "notes": [...], "level"}. scenarios and rows are
 * means per seed. NULL when out of memory.
 */
json_t *el_evaluation_json(const el_evaluation *evaluation,
                           const el_evaluate_options *options,
                           const el_groups *groups);

/*
 * One line per prediction under a header: the row's keys, split, seed, form,
 * in_training (0 or 1), measured_j, predicted_j (per request, blank where a
 * form only ranks). Needs evaluation->tried. Errors are sticky in out.
 */
void el_evaluation_csv(const el_evaluation *evaluation,
                       const el_evaluate_options *options,
                       const el_groups *groups, el_buf *out);

#endif

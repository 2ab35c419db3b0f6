/* SPDX-License-Identifier: Apache-2.0 */
/* A front of laws as JSON and as CSV. Layer: io. */
#ifndef EL_IO_LAW_SHEET_H
#define EL_IO_LAW_SHEET_H
#include <jansson.h>

#include "base/str.h"
#include "energylens/discover.h"
#include "model/law_score.h"

/* All borrowed. */
typedef struct el_law_sheet {
    const el_front *front;
    const el_law_score *score; /* of each law on all rows */
    const char *source, *target;
    const char *const *name; /* n_col: columns as formulas are written */
    size_t n_col;
    const el_unit_rules *units; /* NULL: none are known */
    const el_unit_bases *bases;
    el_loss loss;
    size_t n_row, n_searched;
    bool timed_out;
} el_law_sheet;

/*
 * {"target", "columns": [{"name", "unit"}], "laws": [{"formula", "complexity",
 * "constants": [{"value", "lo", "hi", "unit", "fixed"}], ...}], "pick", ...}.
 * "pick" is the index of the law that was picked, null without laws. NULL when
 * out of memory.
 */
json_t *el_law_sheet_json(const el_law_sheet *sheet);

/* One line a law under a header. Errors are sticky in out. */
void el_law_sheet_csv(const el_law_sheet *sheet, el_buf *out);

/* Unit of constant j, "" where units are not known or not decided. */
void el_law_unit(const el_law_sheet *sheet, const el_law *law, unsigned j,
                 el_buf *out);

#endif

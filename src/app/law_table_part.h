/* SPDX-License-Identifier: Apache-2.0 */
/* The two kinds of el_law_table. Layer: app. */
#ifndef EL_APP_LAW_TABLE_PART_H
#define EL_APP_LAW_TABLE_PART_H
#include "app/law_table.h"
#include "io/csv.h"

/* A table being read; t->target and t->source are set. */
typedef struct el_law_reader {
    const el_law_ask *ask;
    const el_csv *csv;
    const el_task *task;
    el_law_table *t;
} el_law_reader;

/* Fill rows, columns, names and y. Errors of el_law_table_read(). */
EL_NODISCARD el_status el_law_read_runs(el_law_reader *r, el_error *err);
EL_NODISCARD el_status el_law_read_csv(el_law_reader *r, el_error *err);

/* Room for n_row rows and n_col columns; col[] and y point into it. */
EL_NODISCARD el_status el_law_table_room(el_law_table *t, size_t n_row,
                                         size_t n_col, el_error *err);

/* Column names in a warning: at most some, then how many more. */
void el_law_name_add(el_buf *list, size_t *n, const char *name);

#endif

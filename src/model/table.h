/* SPDX-License-Identifier: Apache-2.0 */
/* Building a table; used by io. Layer: model. */
#ifndef EL_MODEL_TABLE_H
#define EL_MODEL_TABLE_H
#include "base/str.h"
#include "energylens/table.h"

struct el_table {
    el_row *row;
    size_t n_row, cap;
    el_strings strings;
};

/* A row with one GPU and nothing known of it: texts "", degrees 1, else NaN. */
el_row el_row_blank(void);

EL_NODISCARD el_status el_table_new(el_table **out, el_error *err);
/* Copies *row; its strings must be interned in table->strings already. */
EL_NODISCARD el_status el_table_add(el_table *table, const el_row *row,
                                    el_error *err);
/* Interned in the table; NULL when out of memory. */
const char *el_table_intern(el_table *table, const char *text, size_t len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What both kinds of table need: room, and lists of names for warnings. */
#include "app/law_table_part.h"

#include "base/mem.h"

#define MAX_NAMED 8u

void el_law_name_add(el_buf *list, size_t *n, const char *name)
{
    if (++*n <= MAX_NAMED)
        el_buf_printf(list, "%s%s", *n > 1 ? ", " : "", name);
    else if (*n == MAX_NAMED + 1)
        el_buf_add(list, " and more");
}

el_status el_law_table_room(el_law_table *t, size_t n_row, size_t n_col,
                            el_error *err)
{
    t->value = n_row <= SIZE_MAX / (n_col + 1)
                   ? el_array(n_row * (n_col + 1), sizeof *t->value)
                   : NULL;
    if (!t->value)
        return el_fail(err, EL_E_NOMEM, "%s: %zu rows of %zu columns",
                       t->source, n_row, n_col);
    t->n_row = n_row;
    t->n_col = n_col;
    for (size_t k = 0; k < n_col; k++)
        t->col[k] = t->value + k * n_row;
    t->y = t->value + n_col * n_row;
    return EL_OK;
}

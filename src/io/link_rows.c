/* SPDX-License-Identifier: Apache-2.0 */
#include "io/link_rows.h"

#include <string.h>

#include "base/mem.h"

#define ONE_SHOT_MAX 1048576.0 /* engines go one-shot up to this, comm.c */

const char *el_link_skip_text(el_link_skip reason)
{
    static const char *const text[EL_N_SKIPS] = {
        "empty message", "wrong results", "no time", "other collective",
        "above 1 MiB"};

    return text[reason];
}

void el_link_rows_skip(el_link_rows *rows, int collective, el_link_skip why)
{
    rows->skipped[collective][why]++;
}

el_status el_link_rows_add(el_link_rows *rows, const el_link_row *row,
                           el_error *err)
{
    void *grown;

    if (!(row->bytes > 0.0)) {
        el_link_rows_skip(rows, (int)row->collective, EL_SKIP_NO_BYTES);
        return EL_OK;
    }
    if (!(row->time_s > 0.0)) {
        el_link_rows_skip(rows, (int)row->collective, EL_SKIP_NO_TIME);
        return EL_OK;
    }
    if (row->collective == EL_COLL_ONE_SHOT && row->bytes > ONE_SHOT_MAX) {
        el_link_rows_skip(rows, (int)row->collective, EL_SKIP_LARGE);
        return EL_OK;
    }
    grown = el_grow(rows->row, &rows->cap, rows->n + 1, sizeof *rows->row);
    if (!grown)
        return el_fail(err, EL_E_NOMEM, "links: %zu rows", rows->n);
    rows->row = grown;
    rows->row[rows->n++] = *row;
    return EL_OK;
}

void el_link_rows_clear(el_link_rows *rows)
{
    el_free(rows->row);
    memset(rows, 0, sizeof *rows);
}

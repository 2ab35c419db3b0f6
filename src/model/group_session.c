/* SPDX-License-Identifier: Apache-2.0 */
/* The session rule of the cleaning (docs/tables.md). */
#include <stdint.h>

#include "base/mem.h"
#include "model/group_build.h"

static double row_shards(const el_row *row)
{
    return row->tp > row->ep ? row->tp : row->ep;
}

/* Distance from a session to the nearest one of the same group and other
 * degree; SIZE_MAX when there is none. */
static size_t session_distance(const builder *b, const cell *c)
{
    const el_row *rows = el_table_rows(b->table);
    double shards = row_shards(&rows[c->row]);
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < b->n; i++) {
        const cell *o = &b->cell[i];
        size_t d;
        if (o->group != c->group || o->fate != KEPT ||
            rows[o->row].source_file != rows[c->row].source_file ||
            row_shards(&rows[o->row]) == shards)
            continue;
        d = o->session > c->session ? o->session - c->session
                                    : c->session - o->session;
        if (d < best)
            best = d;
    }
    return best;
}

/* First kept row of the session that stands for row i's (log, group, degree);
 * of equally near ones the earliest. */
static size_t nearest_session(const builder *b, size_t i,
                              const size_t *distance)
{
    const el_row *rows = el_table_rows(b->table);
    double shards = row_shards(&rows[i]);
    size_t best = SIZE_MAX;

    for (size_t j = 0; j < b->n; j++) {
        const cell *o = &b->cell[j];
        if (o->group == b->cell[i].group && o->fate == KEPT &&
            rows[j].source_file == rows[i].source_file &&
            row_shards(&rows[j]) == shards &&
            (best == SIZE_MAX || distance[j] < distance[best]))
            best = j;
    }
    return best == SIZE_MAX ? i : best;
}

el_status el_group_keep_sessions(builder *b, el_error *err)
{
    const el_row *rows = el_table_rows(b->table);
    size_t *distance = el_array(b->n, sizeof *distance);
    size_t *keep = el_array(b->n, sizeof *keep);
    el_status st = EL_OK;

    if (!distance || !keep) {
        st = el_fail(err, EL_E_NOMEM, "sessions: %zu rows", b->n);
        goto done;
    }
    for (size_t i = 0; i < b->n; i++) {
        bool first = i == 0 || b->cell[i].session != b->cell[i - 1].session;
        distance[i] =
            first ? session_distance(b, &b->cell[i]) : distance[i - 1];
    }
    for (size_t i = 0; i < b->n; i++) {
        bool first = i == 0 || b->cell[i].session != b->cell[i - 1].session;
        keep[i] = first ? nearest_session(b, i, distance) : keep[i - 1];
    }
    for (size_t i = 0; i < b->n; i++) {
        if (b->cell[i].fate == KEPT &&
            b->cell[keep[i]].session != b->cell[i].session &&
            *rows[i].source_file)
            b->cell[i].fate = OTHER_SESSION;
    }
done:
    el_free(keep);
    el_free(distance);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The session rule of the cleaning (docs/tables.md). */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "model/group_build.h"

/* A kept row of a log, in the order of (group, log, row) or, where
 * `by_degree`, of (group, log, degree, row). */
typedef struct entry {
    const el_row *row;
    size_t group, session, at; /* at: in the table */
    size_t distance; /* sessions to the nearest of another degree; SIZE_MAX */
} entry;

static double row_shards(const el_row *row)
{
    return row->tp > row->ep ? row->tp : row->ep;
}

static bool same_log(const entry *a, const entry *b)
{
    return a->group == b->group && a->row->source_file == b->row->source_file;
}

static bool same_degree(const entry *a, const entry *b)
{
    return same_log(a, b) && row_shards(a->row) == row_shards(b->row);
}

static int order(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (int)isnan(b) - (int)isnan(a);
    return (a > b) - (a < b);
}

/* Names are interned: their addresses tell them apart, in any order. */
static int order_log(const entry *a, const entry *b)
{
    uintptr_t x = (uintptr_t)a->row->source_file,
              y = (uintptr_t)b->row->source_file;

    if (a->group != b->group)
        return a->group > b->group ? 1 : -1;
    return (x > y) - (x < y);
}

static int by_row(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int c = order_log(x, y);

    return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

static int by_degree(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int c = order_log(x, y);

    if (c == 0)
        c = order(row_shards(x->row), row_shards(y->row));
    return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

/* Configurations of one degree. */
static int by_config(const void *a, const void *b)
{
    const el_row *x = ((const entry *)a)->row, *y = ((const entry *)b)->row;
    const double key[][2] = {
        {x->pp, y->pp},
        {x->dp, y->dp},
        {x->batch_size, y->batch_size},
        {x->input_tokens, y->input_tokens},
        {x->output_tokens, y->output_tokens},
        {(double)(uintptr_t)x->workload, (double)(uintptr_t)y->workload},
    };
    int c = 0;

    for (size_t i = 0; c == 0 && i < sizeof key / sizeof *key; i++)
        c = order(key[i][0], key[i][1]);
    return c;
}

static void note_distance(entry *e, const entry *other)
{
    size_t d = e->session > other->session ? e->session - other->session
                                           : other->session - e->session;

    e->distance = d < e->distance ? d : e->distance;
}

/* Of each row to the rows of other degrees before and after it in its log. */
static void measure(entry *e, size_t n)
{
    size_t other = SIZE_MAX;

    for (size_t i = 1; i < n; i++) {
        if (!same_log(&e[i], &e[i - 1]))
            other = SIZE_MAX;
        else if (!same_degree(&e[i], &e[i - 1]))
            other = i - 1;
        if (other != SIZE_MAX)
            note_distance(&e[i], &e[other]);
    }
    other = SIZE_MAX;
    for (size_t i = n - 1; i-- > 0;) {
        if (!same_log(&e[i], &e[i + 1]))
            other = SIZE_MAX;
        else if (!same_degree(&e[i], &e[i + 1]))
            other = i + 1;
        if (other != SIZE_MAX)
            note_distance(&e[i], &e[other]);
    }
}

static size_t block_end(const entry *e, size_t i, size_t n)
{
    size_t j = i + 1;

    while (j < n && e[j].session == e[i].session)
        j++;
    return j;
}

/*
 * Sessions e[0..n-1] of one group, log and degree: the one nearest to those of
 * other degrees stands for all that it measured again. Blocks that share no
 * configuration with it are no repeats: a table in another order.
 */
static void compete(builder *b, entry *e, size_t n)
{
    size_t best = 0, end, size;

    for (size_t i = 1; i < n; i++)
        if (e[i].distance < e[best].distance)
            best = i;
    end = block_end(e, best, n);
    size = end - best;
    qsort(e + best, size, sizeof *e, by_config);
    for (size_t i = 0; i < n;) {
        size_t next = block_end(e, i, n);
        bool again = false;

        for (size_t j = i; i != best && j < next && !again; j++)
            again = bsearch(&e[j], e + best, size, sizeof *e, by_config);
        for (size_t j = i; again && j < next; j++)
            b->cell[e[j].at].fate = OTHER_SESSION;
        i = next;
    }
}

el_status el_group_keep_sessions(builder *b, el_error *err)
{
    const el_row *rows = el_table_rows(b->table);
    entry *e;
    size_t n = 0;

    if (b->n == 0)
        return EL_OK;
    e = el_array(b->n, sizeof *e);
    if (!e)
        return el_fail(err, EL_E_NOMEM, "sessions: %zu rows", b->n);
    for (size_t i = 0; i < b->n; i++)
        if (b->cell[i].fate == KEPT && *rows[i].source_file)
            e[n++] = (entry){&rows[i], b->cell[i].group, b->cell[i].session, i,
                             SIZE_MAX};
    qsort(e, n, sizeof *e, by_row);
    if (n > 0)
        measure(e, n);
    qsort(e, n, sizeof *e, by_degree);
    for (size_t i = 0; i < n;) {
        size_t j = i + 1;

        while (j < n && same_degree(&e[i], &e[j]))
            j++;
        compete(b, e + i, j - i);
        i = j;
    }
    el_free(e);
    return EL_OK;
}

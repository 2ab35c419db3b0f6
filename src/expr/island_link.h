/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where islands live: all in this process (island_serial.c), or a part of them
 * in each process of an MPI job. Layer: expr.
 *
 * Every process holds what all islands show and does the same with it, so the
 * number of processes changes nothing but the time.
 */
#ifndef EL_EXPR_ISLAND_LINK_H
#define EL_EXPR_ISLAND_LINK_H
#include <stddef.h>

#include "energylens/error.h"

typedef struct el_island_link {
    unsigned rank, n_rank; /* this process, of how many */
    /*
     * All-gather: item[i * size ... + size) of every i that this process owns
     * (el_island_owner) goes to all others, theirs come here. EL_E_IO
     */
    el_status (*share)(void *item, size_t size, unsigned n, void *ctx,
                       el_error *err);
    void *ctx;
} el_island_link;

/* Islands are dealt out in blocks: process of island i of n. */
static inline unsigned el_island_owner(const el_island_link *link, unsigned i,
                                       unsigned n)
{
    const unsigned each = (n + link->n_rank - 1) / link->n_rank;

    return i / each;
}

/* The link of this program. */
const el_island_link *el_island_link_get(void);

#endif

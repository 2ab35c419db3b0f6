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
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expr/rules.h"

/* An evolution as the first process has it, for the others to join in. */
typedef struct el_island_job {
    const el_columns *columns;
    const double *y;
    const el_discover_options *options;
    uint64_t seed;
    const el_rules *rules; /* of the archive, NULL: none; and */
    double exact;          /* its exact */
    unsigned threads;      /* of each process */
    const void *state;     /* checkpoint.h */
    size_t n_byte;
} el_island_job;

typedef struct el_island_link {
    unsigned rank, n_rank; /* this process, of how many */
    /* Before the first epoch, by rank 0; NULL: the others know. EL_E_IO,
       EL_E_NOMEM */
    el_status (*invite)(const el_island_job *job, void *ctx, el_error *err);
    /* Before every epoch: *go_on of rank 0 is that of all. EL_E_IO */
    el_status (*agree)(bool *go_on, void *ctx, el_error *err);
    /*
     * All-gather: item[i * size ... + size) of every i that this process owns
     * (el_island_owner) goes to all others, theirs come here. Items are plain
     * data. EL_E_IO
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

/* SPDX-License-Identifier: Apache-2.0 */
/* The state of an evolution, for evolve.c and checkpoint.c. Layer: expr. */
#ifndef EL_EXPR_EVOLUTION_H
#define EL_EXPR_EVOLUTION_H
#include "expr/evolve.h"
#include "expr/island.h"

/* What an island shows to the others after an epoch. */
typedef struct el_showcase {
    el_member best[EL_LAW_MAX_COMPLEXITY + 1];
    unsigned stale;
} el_showcase;

struct el_evolution {
    el_discover_options options;
    uint64_t seed;
    unsigned n_island;
    const el_island_link *link;
    const el_archive *archive; /* read while islands live */
    el_habitat habitat;        /* some rows, */
    el_frame all;              /* and all of them */
    el_response target;
    el_island *island; /* those of other processes stay empty */
    el_island_room *room;
    el_showcase *shown; /* of all islands */
    unsigned n_seed;
    el_expr seed_expr[EL_ARCHIVE_MAX + 1];     /* from the generators */
    size_t each;                               /* formulas of an island now */
    double offered[EL_LAW_MAX_COMPLEXITY + 1]; /* to the archive, so far */
    el_member polished[EL_LAW_MAX_COMPLEXITY + 1];
    uint64_t epoch, tried;
};

#endif

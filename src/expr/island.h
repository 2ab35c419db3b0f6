/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One population of formulas and the best it has seen. Layer: expr.
 *
 * Plain data without pointers: what an island is after an epoch depends on what
 * it was before, the rows, and (seed, island, epoch), on nothing else.
 */
#ifndef EL_EXPR_ISLAND_H
#define EL_EXPR_ISLAND_H
#include "energylens/discover.h"
#include "expr/mutate.h"
#include "expr/refit.h"
#include "expr/rules.h"

#define EL_POPULATION 100u
#define EL_SEEN       16384u /* a power of two */

typedef struct el_member {
    el_expr expr;
    double loss;     /* INFINITY: none */
    double nat;      /* ln loss */
    unsigned weight; /* complexity */
} el_member;

typedef struct el_island {
    unsigned n;      /* members */
    unsigned oldest; /* the next to be replaced */
    el_member member[EL_POPULATION];
    el_member best[EL_LAW_MAX_COMPLEXITY + 1]; /* by complexity */
    double share[EL_LAW_MAX_COMPLEXITY + 1]; /* formulas tried, old ones fade */
    double won[EL_N_MUTATIONS], tried[EL_N_MUTATIONS]; /* as old ones fade */
    unsigned stale;                                    /* epochs */
} el_island;

/* What one thread needs to work on an island; seen[] starts anew with every
   epoch. */
typedef struct el_island_room {
    el_tape tape;
    uint64_t seen[EL_SEEN];
} el_island_room;

/* Rows and rules, shared by all and read only. */
typedef struct el_habitat {
    el_grammar grammar;
    el_frame frame;
    el_response response;
    const el_rules *rules; /* what the best must keep; NULL: none */
} el_habitat;

/* Empty: no members, nothing seen. */
void el_island_init(el_island *island);

/* One more member, fitted; the oldest goes where there is no room. */
void el_island_admit(el_island *island, const el_member *member);
/* A member, el_express()ed, fitted; false where that fails. */
bool el_island_settle(el_island *island, el_island_room *room,
                      const el_habitat *habitat, const el_expr *expr);

/*
 * Try `n` formulas (fits; those seen in this epoch do not count). Returns
 * how many were fitted: n, or fewer where nothing new turns up.
 */
size_t el_island_run(el_island *island, el_island_room *room,
                     const el_habitat *habitat, size_t n, el_rng *rng);

#endif

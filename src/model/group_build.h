/* SPDX-License-Identifier: Apache-2.0 */
/* A table on its way to groups. Layer: model. */
#ifndef EL_MODEL_GROUP_BUILD_H
#define EL_MODEL_GROUP_BUILD_H
#include "energylens/group.h"

typedef enum row_fate {
    KEPT,
    NO_ENERGY,
    FLAGGED,
    SHORT_RUN,
    OTHER_SESSION
} row_fate;

/* Working record of one table row. */
typedef struct cell {
    size_t row, group, session;
    row_fate fate;
} cell;

typedef struct builder {
    const el_table *table;
    const el_catalog *catalog;
    const el_clean_options *options;
    const el_task *task;
    cell *cell;
    size_t n;
    el_groups groups;
    size_t cap;
    size_t n_disagree; /* configurations whose repeats disagree */
    double worst_ratio;
    const el_row *worst;
} builder;

/*
 * Nodes and software change between sessions (power +3..7 %, latency up to
 * x2), so degrees are compared within neighbouring sessions only: per (log,
 * group, degree) keep the session nearest to those of the other degrees; the
 * rows of others get fate OTHER_SESSION. EL_E_NOMEM.
 */
EL_NODISCARD el_status el_group_keep_sessions(builder *b, el_error *err);

/* Sort each group's samples, combine those of one configuration by geometric
 * mean, count; warn, in one line, where they disagree. */
void el_group_merge(builder *b);

/* Warn, a line each, of a GPU or a model that is not in the catalogue and of
 * mean power that no GPU has: most likely another unit. */
void el_group_doubt(const builder *b);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The verb explore: every point where it is wanted, fronts of all. Layer: app.
 */
#ifndef EL_APP_EXPLORE_H
#define EL_APP_EXPLORE_H
#include <stdio.h>

#include "app/optimize.h"

#define EL_MAX_POINTS 100000u /* of an answer that holds all in memory */

/* What is wanted of the points, besides the fronts. */
typedef enum el_explore_want {
    EL_WANT_CSV = 1,    /* every point, as rows of a temporary file */
    EL_WANT_POINTS = 2, /* every point, in memory: at most EL_MAX_POINTS */
    EL_WANT_CLOUD = 4   /* some thousand of them, for a chart */
} el_explore_want;

typedef struct el_explored {
    el_explore_query query;
    el_explore_result result;
    FILE *csv;
    el_candidate *point;
    double *cloud; /* latency [s], then J per output token, of each */
    size_t n_cloud;
} el_explored;

/*
 * Look at the whole grid of the state's setups. query->base is filled in here.
 * Memory is that of the fronts and of what is wanted.
 *
 * EL_E_ARG (more than EL_MAX_POINTS points wanted), EL_E_IO (temporary file),
 * EL_E_CANCELLED, EL_E_NOMEM and el_explore's.
 */
EL_NODISCARD el_status el_explore_run(const el_ask_state *state,
                                      const el_explore_query *query,
                                      unsigned want, const el_task *task,
                                      el_explored *out, el_error *err);
void el_explored_clear(el_explored *explored);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A plan of runs, as a table to fill and as JSON. Layer: io. */
#ifndef EL_IO_PLANNED_H
#define EL_IO_PLANNED_H
#include <jansson.h>

#include "base/str.h"
#include "energylens/design.h"
#include "energylens/group.h"

/* One load and who wins it, by what is believed before the plan. */
typedef struct el_load_winner {
    size_t run;
    size_t choices;              /* configurations that can serve it */
    double share;                /* of draws in which it stays the winner */
    double energy_j, lo_j, hi_j; /* per request */
} el_load_winner;

typedef struct el_planned {
    el_design design;
    el_space space; /* with dtypes */
    el_run_list runs;
    el_group_key key;
    double params, active_params; /* for models that no catalogue has */
    size_t n_measured;            /* rows that count */
    size_t n_used;                /* runs of the space among them */
    size_t n_step;
    el_design_step *step;   /* gain and settled only of an active design */
    size_t n_short;         /* planned runs expected below min_latency_s */
    el_load_winner *winner; /* runs.n_load */
    double settled;         /* mean share over loads with a choice; NaN none */
    double *energy_j,
        *latency_s; /* expected of each run; latency NaN unknown */
    bool from_fit;
} el_planned;

void el_planned_clear(el_planned *planned);

/* Measurement table (version 1) of the planned runs, what is measured blank. */
EL_NODISCARD el_status el_planned_csv(const el_planned *planned, el_buf *out,
                                      el_error *err);

/* The result of `plan`; NULL when out of memory. */
json_t *el_planned_json(const el_planned *planned);

const char *el_design_name(el_design design); /* "lhs", "grid", "active" */

#endif

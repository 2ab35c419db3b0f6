/* SPDX-License-Identifier: Apache-2.0 */
/* The setups of a search: GPU types, formats, engines, clocks. Layer: app. */
#ifndef EL_APP_SETUP_H
#define EL_APP_SETUP_H
#include "app/analytic.h"
#include "app/fit_pick.h"
#include "app/measured.h"
#include "app/runs.h"
#include "energylens/optimize.h"

#define EL_MAX_SETUPS 65536u

/* Values of one axis as typed; n = 0: the usual one. */
typedef struct el_choices {
    size_t n;
    const char *v[EL_MAX_VALUES];
} el_choices;

/* What all setups have in common; borrowed. */
typedef struct el_setup_ask {
    const el_fit_set *set; /* n = 0: the analytic model answers */
    const el_catalog *catalog;
    const char *model;
    const el_choices *axis;      /* EL_N_SETUP_AXES lists */
    const double *gpus;          /* of each type named; NaN: the query's */
    const el_runs *runs;         /* correct the analytic model; NULL: none do */
    const el_measured *measured; /* of the GPU; NULL: nothing */
    const el_optimize_query *query; /* load, limits, grid */
} el_setup_ask;

typedef struct el_setups {
    size_t n;
    el_optimize_query *query; /* one each, as el_optimize wants them */
    el_setup *setup;
    struct el_setup_answer *answer; /* private: what query points into */
} el_setups;

/*
 * One setup for each combination of the axes. Combinations that there are not
 * (a clock above the GPU's, a GPU that the catalogue knows too little of) are
 * left out and said in `left_out` ("h100: ..."; "" = none), unless none is
 * left. Ready to be searched: every sharding of the grid is lowered.
 *
 * EL_E_ARG (a name that is not known; an axis that a fit does not have),
 * EL_E_DATA, EL_E_NOMEM. ask and what it points to must outlive out.
 */
EL_NODISCARD el_status el_setups_open(const el_setup_ask *ask, el_setups *out,
                                      char left_out[256], el_error *err);
void el_setups_close(el_setups *setups);

/* The analytic model that answers for setup i; NULL: a fit does. */
const el_analytic_state *el_setup_analytic(const el_setups *setups, size_t i);

#endif

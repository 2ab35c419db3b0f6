/* SPDX-License-Identifier: Apache-2.0 */
/* What is believed of the runs of a space. Layer: app. */
#ifndef EL_APP_PLAN_BELIEF_H
#define EL_APP_PLAN_BELIEF_H
#include "app/analytic.h"
#include "energylens/design.h"
#include "energylens/fit.h"

typedef struct el_belief_ask {
    const el_catalog *catalog;
    const el_space *space;
    const el_run_list *runs;
    el_analytic_state *state; /* one a dtype; shardings of runs prepared */
    const el_group_fit *fit;  /* NULL: prior and rows */
    const char *measured;     /* NULL: none */
    const char *engine;       /* NULL: any */
    el_prior prior;
    double min_latency_s;
} el_belief_ask;

typedef struct el_belief {
    el_contest contest;
    uint8_t *used; /* runs measured already */
    size_t n_row;  /* measured rows that count */
} el_belief;

/*
 * Believe the fit; else closed12 with the prior, fitted to the rows of the
 * model and GPU where there are any. Other dtypes move its parameters by the
 * shift of their physical centres; of their rows those count that are runs of
 * the space.
 *
 * EL_E_DATA, EL_E_IO (the table), EL_E_ARG (a fit without a gradient),
 * EL_E_NUMERIC, EL_E_NOMEM.
 */
EL_NODISCARD el_status el_belief_make(const el_belief_ask *ask,
                                      const el_task *task, el_belief *out,
                                      el_error *err);
void el_belief_clear(el_belief *belief);

#endif

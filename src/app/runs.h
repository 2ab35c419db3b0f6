/* SPDX-License-Identifier: Apache-2.0 */
/* Measured rows that correct the analytic model. Layer: app. */
#ifndef EL_APP_RUNS_H
#define EL_APP_RUNS_H
#include "app/analytic.h"
#include "app/tables.h"
#include "energylens/files.h"

#define EL_RUNS_NOTE 256u

typedef struct el_runs {
    char name[EL_STORE_NAME]; /* of the source, as shown */
    el_table *table;
} el_runs;

/* Errors of el_tables_read; *out is written only on EL_OK. */
EL_NODISCARD el_status el_runs_read(const char *path, const el_task *task,
                                    el_runs *out, el_error *err);
void el_runs_clear(el_runs *runs);

/*
 * Calibrate s->analytic on the rows of its model, GPU, precision and engine
 * (blank ones count as these) that `fit` would keep: energy known, no dropping
 * flag, 1.5 s or longer. note: how many, how good, and why others were ignored.
 *
 * EL_E_DATA where no row is left, with the same reasons; EL_E_NUMERIC,
 * EL_E_NOMEM.
 */
EL_NODISCARD el_status el_runs_calibrate(const el_runs *runs,
                                         const el_catalog *catalog,
                                         el_analytic_state *s,
                                         char note[EL_RUNS_NOTE],
                                         el_error *err);

#endif

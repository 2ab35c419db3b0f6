/* SPDX-License-Identifier: Apache-2.0 */
/* Does a law that was found hold for other models and GPUs? Layer: app. */
#ifndef EL_APP_DISCOVER_REFIT_H
#define EL_APP_DISCOVER_REFIT_H
#include "app/fit.h"

/* The law holds where its error is at most this many times closed12's, or
 * within this of it, with its constants fitted to the same rows. */
#define EL_HOLDS_FACTOR 1.25
#define EL_HOLDS_PCT    1.0

/* One group; parallel to groups.group of the result. */
typedef struct el_refit_row {
    bool has_fit; /* else `why` says what is missing */
    el_group_fit fit;
    double error_pct, closed12_pct; /* mean |error| on the rows themselves */
    bool holds;
    char why[160];
} el_refit_row;

typedef struct el_refitted {
    el_fit_result closed12; /* with the groups */
    el_expr law;
    el_refit_row *row; /* closed12.groups.n */
    size_t n_held, n_fitted;
} el_refitted;

/*
 * Fit the numbers of the law of a fit file again to each group of a table.
 * args->options is not read.
 * EL_E_DATA (the file holds no law; the table), EL_E_IO, EL_E_VERSION,
 * EL_E_NUMERIC, EL_E_NOMEM, EL_E_CANCELLED. *out is written only on EL_OK.
 */
EL_NODISCARD el_status el_app_refit(const char *law_path,
                                    const el_fit_args *args,
                                    const el_task *task, el_refitted *out,
                                    el_error *err);
void el_refitted_clear(el_refitted *refitted);

#endif

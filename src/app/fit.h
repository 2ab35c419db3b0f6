/* SPDX-License-Identifier: Apache-2.0 */
/* Measurement tables to a set of fits. Layer: app. */
#ifndef EL_APP_FIT_H
#define EL_APP_FIT_H
#include "energylens/fit.h"
#include "model/bootstrap_fit.h"

typedef struct el_fit_args {
    const char *const *path; /* tables; "-" is stdin */
    size_t n_path;
    const char *catalog_dir; /* or NULL */
    const char *model, *gpu; /* only these groups; NULL: all */
    el_fit_options options;
    el_clean_options clean;
    size_t n_draw;          /* of the bootstrap; 0: none */
    const char *learn_from; /* learned prior: fit file whose models teach too;
                               NULL: those of data/priors */
} el_fit_args;

/* What was fitted, and what it was fitted from. */
typedef struct el_fit_result {
    el_catalog *catalog;
    el_table *table;
    el_groups groups; /* all of them, also those without a fit */
    el_fit_set set;   /* with source, hash, seed and version */
    el_bootstrap bootstrap;
    bool has_bootstrap;
} el_fit_result;

/*
 * EL_E_DATA (bad tables; no row left; no group of that model or GPU: names
 * those that there are), EL_E_IO, EL_E_NUMERIC, EL_E_NOMEM, EL_E_CANCELLED.
 * *out is written only on EL_OK.
 */
EL_NODISCARD el_status el_app_fit(const el_fit_args *args, const el_task *task,
                                  el_fit_result *out, el_error *err);
void el_fit_result_clear(el_fit_result *result);

/* Forget groups of other models or GPUs (NULL: any), by catalogue entry or by
 * name. EL_E_DATA: none is left; names those that there are. */
EL_NODISCARD el_status el_fit_keep_groups(const char *model, const char *gpu,
                                          const el_catalog *catalog,
                                          el_groups *groups, el_error *err);

/* Sum over groups; every row is counted in one of its members. */
el_cleaning el_fit_total(const el_groups *groups);

#endif

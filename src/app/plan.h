/* SPDX-License-Identifier: Apache-2.0 */
/* Which runs to measure next. Layer: app. */
#ifndef EL_APP_PLAN_H
#define EL_APP_PLAN_H
#include "io/planned.h"

typedef struct el_plan_args {
    const char *space;    /* file; "-" is stdin */
    const char *fit;      /* file that says what is believed; NULL: prior */
    const char *measured; /* table of the runs so far; NULL: none */
    const char *catalog_dir;
    const char *model, *gpu, *engine, *precision; /* NULL: of the fit */
    el_design design;
    el_prior prior;
    size_t n_runs;
    double min_latency_s; /* shorter measured runs are left out */
} el_plan_args;

/*
 * EL_E_ARG (model or GPU missing or not known; too many runs), EL_E_DATA (bad
 * space, fit or table; no feasible run), EL_E_IO, EL_E_VERSION, EL_E_NUMERIC,
 * EL_E_NOMEM, EL_E_CANCELLED. *out is written only on EL_OK.
 */
EL_NODISCARD el_status el_app_plan(const el_plan_args *args,
                                   const el_task *task, el_planned *out,
                                   el_error *err);
#endif

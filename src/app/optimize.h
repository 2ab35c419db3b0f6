/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs optimize and explore: files in, answers out. Layer: app. */
#ifndef EL_APP_OPTIMIZE_H
#define EL_APP_OPTIMIZE_H
#include "app/setup.h"
#include "energylens/catalog.h"
#include "energylens/optimize.h"

/* What both verbs are asked. Numbers that are not given are NaN. */
typedef struct el_ask {
    const char *fit_path;             /* NULL: the analytic model */
    const char *calibrate_path;       /* rows that correct it, or NULL */
    el_measured_files files;          /* links and kernels of the GPU */
    const el_task *task;              /* warnings about them; or NULL */
    const char *catalog_dir;          /* NULL: the built-in catalogue alone */
    const char *model;                /* as typed, or NULL */
    el_choices axis[EL_N_SETUP_AXES]; /* GPUs, formats, engines ... */
    const char *workload; /* label whose prompt length the fit found, or NULL */
    const char *current;  /* "tp=8,batch=64", or NULL */
    /* what is of one setup, and current, are filled in here */
    el_optimize_query query;
} el_ask;

/* Everything that an answer points into. Must stay in place. */
typedef struct el_ask_state {
    el_fit_set set;
    el_runs runs; /* without a table: none */
    el_measured measured;
    el_catalog *catalog;
    el_optimize_query query; /* what all setups have in common */
    el_choices axis[EL_N_SETUP_AXES];
    char gpu[EL_MAX_VALUES][EL_NAME_LEN]; /* names without their counts */
    double gpus[EL_MAX_VALUES];           /* counts; NaN: query.gpus */
    bool counted;                         /* some have one */
    el_setups setups;
    char left_out[256]; /* a combination that there is not, and why; "" */
} el_ask_state;

/*
 * Load the files and open the setups. EL_E_ARG (el_setups_open; a malformed
 * `current`), EL_E_DATA, EL_E_IO, EL_E_VERSION, EL_E_NOMEM.
 */
EL_NODISCARD el_status el_ask_open(const el_ask *ask, el_ask_state *out,
                                   el_error *err);
/* The same from a fit set in memory, which out takes over. */
EL_NODISCARD el_status el_ask_open_set(const el_ask *ask, el_fit_set *set,
                                       el_ask_state *out, el_error *err);
void el_ask_close(el_ask_state *state);

/*
 * "tp=8,batch=64": keys tp pp ep dp batch in any order. tp is needed, pp and
 * ep are 1 where not said, dp and batch NaN. EL_E_ARG.
 */
EL_NODISCARD el_status el_config_parse(const char *text, el_config *out,
                                       el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as jobs for engines. Layer: app. */
#ifndef EL_APP_PROFILE_PLAN_H
#define EL_APP_PROFILE_PLAN_H
#include "base/task.h"
#include "energylens/table.h"
#include "load/load.h"
#include "profile/engine_words.h"
#include "store/store.h"

typedef struct el_profile_plan_args {
    const char *path;
    const uint64_t *row; /* only these, from 1; n_row = 0: all */
    size_t n_row;
    const char *engine_cmd;   /* el_engine_words(); NULL: one is running */
    const char *engine_url;   /* where it is; NULL: 127.0.0.1:{port} */
    const char *engine_model; /* {model}; NULL: the catalogue's "org/model",
                                 else as in the plan */
    const char *catalog_dir;
} el_profile_plan_args;

/* One row of the plan. */
typedef struct el_profile_job {
    size_t row;                           /* from 1 */
    el_store_configuration configuration; /* texts are borrowed of the table */
    el_load_shape shape;
    const char *engine_model; /* {model} */
    size_t in_flight;         /* batch_size dp */
    size_t n_gpu;
    size_t engine; /* index of its command line */
} el_profile_job;

typedef struct el_profile_plan {
    el_table *table;
    el_profile_job *job; /* those of one engine stand together */
    size_t n;
    char **engine; /* command lines, {port} left in them; "" not ours */
    size_t n_engine;
    size_t n_row; /* of the whole plan */
} el_profile_plan;

/*
 * Reads and checks the whole plan. Order: engines in the order of their first
 * rows, rows of one engine as they stand. EL_E_DATA ("plan.csv:3: input_tokens:
 * needed"; not whole), EL_E_ARG (--row, --engine-cmd, several engines where
 * one is running), EL_E_IO, EL_E_NOMEM, EL_E_CANCELLED. *out on EL_OK only.
 */
EL_NODISCARD el_status el_profile_plan_read(const el_profile_plan_args *args,
                                            const el_task *task,
                                            el_profile_plan *out,
                                            el_error *err);
void el_profile_plan_clear(el_profile_plan *plan);

/* --engine-cmd for `job`; port 0: "PORT" stands for it. EL_E_ARG, EL_E_DATA
 * (precision missing), EL_E_NOMEM. */
EL_NODISCARD el_status el_profile_command(const char *command,
                                          const el_profile_job *job,
                                          unsigned port, el_argv *out,
                                          el_error *err);

/* "tp=2 pp=1 batch=16 512+128 bfloat16", for people. */
void el_profile_job_text(const el_profile_job *job, el_buf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Tables in, figures of forms out. Layer: app. */
#ifndef EL_APP_EVALUATE_H
#define EL_APP_EVALUATE_H
#include "base/task.h"
#include "energylens/evaluate.h"
#include "model/table.h"

/* What figures are given apart for. */
typedef enum el_evaluate_by {
    EL_BY_ARCH,   /* dense, moe, ssm, ... */
    EL_BY_VENDOR, /* of the GPU */
    EL_BY_GPU,
    EL_BY_ENGINE,
    EL_BY_PRECISION,
    EL_BY_MODEL,
    EL_N_BY
} el_evaluate_by;

const char *el_evaluate_by_name(el_evaluate_by by); /* "arch", ... */

typedef struct el_evaluate_args {
    const char *const *path;
    size_t n_path;
    const char *catalog_dir;          /* or NULL */
    const char *gpu, *engine, *model; /* keep only these groups; NULL: all */
    bool choices_only; /* drop groups measured in one configuration only */
    double min_latency_s;
    bool keep_flagged;
    bool sessions; /* session rule, where one log holds several models */
    el_evaluate_options options; /* samples: the first count */
    const double *more_samples;  /* further counts, each drawn anew */
    size_t n_more;
    unsigned by; /* bit 1 << el_evaluate_by; 0: all groups together only */
    const char *predictions; /* CSV file to write, or NULL */
    const char *checkpoint;  /* file of what is done so far, or NULL */
    bool resume;             /* go on from it */
} el_evaluate_args;

/* groups and evaluation point into table. */
typedef struct el_evaluate_result {
    el_table *table;
    el_groups groups; /* those evaluated */
    el_evaluation evaluation;
} el_evaluate_result;

/*
 * EL_E_IO, EL_E_DATA (malformed table; nothing left after the filters: says
 * which; a checkpoint of another run), EL_E_ARG and the rest of el_evaluate.
 * out is written on EL_OK only; the predictions file is written whole or not at
 * all.
 */
EL_NODISCARD el_status el_app_evaluate(const el_evaluate_args *args,
                                       const el_task *task,
                                       el_evaluate_result *out, el_error *err);
void el_evaluate_result_clear(el_evaluate_result *result);

#endif

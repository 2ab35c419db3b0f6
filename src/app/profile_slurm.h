/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as an array job of Slurm. Layer: app. */
#ifndef EL_APP_PROFILE_SLURM_H
#define EL_APP_PROFILE_SLURM_H
#include <stdint.h>

#include "base/str.h"

typedef struct el_slurm_args {
    const char *program;     /* path of energylens on the nodes */
    const char *name;        /* of the job */
    const char *store;       /* what the tasks' stores are merged into */
    const char *const *word; /* the options of profile, plan first */
    size_t n_word;
    const char *const *option; /* lines for sbatch: "--partition=gpu" */
    size_t n_option;
    const uint64_t *row; /* of the plan, from 1 */
    size_t n_row;
} el_slurm_args;

/*
 * The script. Run by a person it submits itself: an array with a task for each
 * configuration, and a merge when all have ended. A task keeps a store of its
 * own beside `store`, goes on where it was cut off, and is put into the queue
 * again when its time runs out. EL_E_ARG: a database, which needs no merging;
 * a newline in a word; EL_E_NOMEM.
 */
EL_NODISCARD el_status el_slurm_script(const el_slurm_args *args, el_buf *out,
                                       el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Finished training sets in a file, to go on from later. Layer: app. */
#ifndef EL_APP_EVALUATE_CHECKPOINT_H
#define EL_APP_EVALUATE_CHECKPOINT_H
#include <pthread.h>

#include "app/evaluate.h"
#include "io/journal.h"

/* What one line of the file holds. */
typedef struct el_kept_set {
    size_t count, set; /* which number of samples, which training set of it */
    const char *text;  /* borrowed from the journal */
} el_kept_set;

typedef struct el_evaluate_checkpoint {
    el_journal journal;
    el_kept_set *kept; /* sorted */
    size_t n_kept;
    size_t count;              /* number of samples that runs now */
    pthread_mutex_t lock;      /* lines of the journal come one at a time */
    el_evaluate_keeper keeper; /* for el_evaluate_options */
} el_evaluate_checkpoint;

/*
 * Begin the file of args->checkpoint, or with args->resume go on with it; NULL
 * does nothing. A file belongs to one run: program version, groups as cleaned,
 * forms, splits, counts, seeds and every option that changes a figure. *c must
 * stay in place until its close. EL_E_DATA (not of this run), EL_E_IO,
 * EL_E_NOMEM.
 */
EL_NODISCARD el_status el_evaluate_checkpoint_open(const el_evaluate_args *args,
                                                   const el_groups *groups,
                                                   const el_task *task,
                                                   el_evaluate_checkpoint *c,
                                                   el_error *err);
void el_evaluate_checkpoint_close(el_evaluate_checkpoint *c);

#endif

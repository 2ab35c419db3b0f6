/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a search in a file, to go on from later. Layer: app. */
#ifndef EL_APP_LAW_CHECKPOINT_H
#define EL_APP_LAW_CHECKPOINT_H
#include "base/task.h"
#include "energylens/discover.h"

#define EL_CHECKPOINT_S 60.0 /* between two writes of the file */

typedef struct el_law_checkpoint {
    const char *path; /* borrowed; NULL: none */
    double written_s; /* on the monotonic clock */
    void *state;      /* the last one seen */
    size_t n_byte, cap;
    bool pending; /* it is not in the file */
    char *resumed;
    el_error err; /* of the first write that failed */
} el_law_checkpoint;

/*
 * Set options->save, and with `resume` what was saved before; a file that is
 * not there yet starts a new search, with a warning. path NULL: nothing.
 * EL_E_IO, EL_E_NOMEM. *c must stay in place until its close.
 */
EL_NODISCARD el_status el_law_checkpoint_open(const char *path, bool resume,
                                              const el_task *task,
                                              el_discover_options *options,
                                              el_law_checkpoint *c,
                                              el_error *err);

/* Write what is not in the file yet; frees. EL_E_IO, EL_E_NOMEM, also of
 * earlier writes. */
EL_NODISCARD el_status el_law_checkpoint_close(el_law_checkpoint *c,
                                               el_error *err);

#endif

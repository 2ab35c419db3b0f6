/* SPDX-License-Identifier: Apache-2.0 */
/* A file that grows by a line at a time and outlives its program. Layer: io. */
#ifndef EL_IO_JOURNAL_H
#define EL_IO_JOURNAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "energylens/error.h"

/*
 * The first line is a head that says whose journal it is. Every line stands
 * behind the hash of its bytes, so that one which a dying program left half
 * written is told from a whole one.
 */
typedef struct el_journal {
    const char *path; /* borrowed */
    FILE *file;       /* flushed after every line */
    size_t n_line;    /* those there were, without the head */
    const char **line;
    char *text; /* of them all */
} el_journal;

/*
 * Begin a journal, or with `resume` go on with the one at `path`: out->line
 * are then the lines in it, in order. What follows the last whole line is cut
 * off; a file that is not there yet, or is empty, begins. Without `resume` a
 * journal is overwritten, any other file is refused.
 *
 * @param head one line
 * @retval EL_E_IO "path: reason", EL_E_DATA (no journal; another head; a bad
 *         line that is not the last one), EL_E_NOMEM
 */
EL_NODISCARD el_status el_journal_open(const char *path, const char *head,
                                       bool resume, el_journal *out,
                                       el_error *err);

/* Append one line; it is the system's before this returns. EL_E_IO, NOMEM. */
EL_NODISCARD el_status el_journal_add(const el_journal *journal,
                                      const char *line, el_error *err);

void el_journal_close(el_journal *journal); /* {0} is fine */

#endif

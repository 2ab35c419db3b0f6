/* SPDX-License-Identifier: Apache-2.0 */
/* Measured collectives, and how many could not be used. Layer: io. */
#ifndef EL_IO_LINK_ROWS_H
#define EL_IO_LINK_ROWS_H
#include "energylens/links.h"

/* Why a row is in no fit. */
typedef enum el_link_skip {
    EL_SKIP_NO_BYTES, /* empty message */
    EL_SKIP_WRONG,    /* results were wrong */
    EL_SKIP_NO_TIME,  /* N/A */
    EL_SKIP_OTHER,    /* a collective that no model here has */
    EL_SKIP_LARGE,    /* one-shot beyond what engines send that way */
    EL_N_SKIPS
} el_link_skip;

const char *el_link_skip_text(el_link_skip reason); /* "empty message", ... */

#define EL_GPU_NAME 96u

/* Rows of all files, in order. */
typedef struct el_link_rows {
    el_link_row *row;
    size_t n, cap;
    size_t skipped[EL_N_COLLECTIVES + 1][EL_N_SKIPS]; /* last: of no known
                                                         collective */
    char gpu[EL_GPU_NAME]; /* as the files say it; "" they do not */
    const char *gpu_file;  /* which said so; borrowed */
} el_link_rows;

void el_link_rows_clear(el_link_rows *rows);

/* Append one, or count why not. EL_E_NOMEM. */
EL_NODISCARD el_status el_link_rows_add(el_link_rows *rows,
                                        const el_link_row *row, el_error *err);
void el_link_rows_skip(el_link_rows *rows, int collective, el_link_skip why);

#endif

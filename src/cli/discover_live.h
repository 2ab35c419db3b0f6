/* SPDX-License-Identifier: Apache-2.0 */
/* The front while it is sought, drawn over itself on a terminal. Layer: cli. */
#ifndef EL_CLI_DISCOVER_LIVE_H
#define EL_CLI_DISCOVER_LIVE_H
#include <stdio.h>

#include "app/discover.h"
#include "cli/cli.h"

#define EL_LIVE_LAWS    12u /* most at once */
#define EL_LIVE_AFTER_S 0.5 /* shorter searches show nothing */
#define EL_LIVE_EVERY_S 0.2 /* between two pictures */

/* How far the budget and the evolution were at some moment. */
typedef struct el_live_mark {
    double time_s;
    size_t done;
    uint64_t tried;
} el_live_mark;

typedef struct el_live {
    FILE *stream;        /* NULL: nothing is shown */
    const el_task *task; /* the user's */
    double (*now_s)(void);
    double start_s, drawn_s;
    size_t total;             /* of the budget; 0: not known yet */
    el_live_mark first, last; /* reports; first.time_s NaN: none */
    uint64_t tried;
    int width, height;
    el_buf laws; /* n_law lines */
    unsigned n_law, n_line;
} el_live;

/*
 * Show the search for *args on stderr: sets args->show and returns the task to
 * search with, which borrows *live and cli. Where stderr is no terminal that
 * can be drawn over, or cli is quiet, nothing is shown but cli->task's own
 * progress.
 */
el_task el_live_start(el_live *live, const el_cli *cli, el_discover_args *args);
/* Wipes the picture. */
void el_live_end(el_live *live);

#endif

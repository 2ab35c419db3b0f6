/* SPDX-License-Identifier: Apache-2.0 */
/* One status line with rate and time left. Layer: cli. */
#ifndef EL_CLI_PROGRESS_H
#define EL_CLI_PROGRESS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define EL_PROGRESS_AFTER_S 0.5 /* shorter work shows nothing */
#define EL_PROGRESS_EVERY_S 0.1 /* between two lines */

typedef struct el_progress {
    FILE *stream;     /* NULL: silent */
    const char *what; /* verb */
    int width;
    double (*now_s)(void); /* monotonic clock */
    double start_s, last_s;
    size_t last_done, total;
    bool started, shown;
} el_progress;

void el_progress_init(el_progress *p, FILE *stream, const char *what,
                      int width);
/* A smaller `done` or another `total` starts a new piece of work. */
void el_progress_update(el_progress *p, size_t done, size_t total);
void el_progress_clear(el_progress *p); /* wipes the line */

/* The line itself: "fit  42 %  1,234/2,900  310/s  5.37 s left". */
void el_progress_line(char *line, size_t cap, const char *what, size_t done,
                      size_t total, double elapsed_s);

#endif

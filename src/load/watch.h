/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thousands of sockets, and when each became readable. Layer: load.
 *
 * Readiness is collected often and acted on later: el_watch_wait() stamps all
 * sockets that are ready, in one system call, however long those before them
 * will take; more data for one that waits gives it a later stamp. Edges, not
 * levels: el_watch_done() looks again whether something was left unread.
 */
#ifndef EL_LOAD_WATCH_H
#define EL_LOAD_WATCH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energylens/error.h"

typedef struct el_watched {
    uint32_t events; /* wanted: EPOLLIN and so on; 0: not watched */
    uint32_t ready;  /* of them, since stamp_s */
    double stamp_s;
    bool queued, fresh; /* fresh: registered since it was taken */
} el_watched;

typedef struct el_watch {
    int epoll, timer;
    el_watched *fd; /* by number */
    size_t n_fd, cap_queue;
    int *queue; /* [head, tail), in the order in which they became ready */
    size_t head, tail;
} el_watch;

EL_NODISCARD el_status el_watch_open(el_watch *w, el_error *err);
void el_watch_close(el_watch *w);
/* events 0: forget the socket. EL_E_NOMEM, EL_E_IO. */
EL_NODISCARD el_status el_watch_set(el_watch *w, int fd, uint32_t events);
/* Returns when a socket is ready or at until_s; in the past: at once. */
void el_watch_wait(el_watch *w, double until_s);
/* The next one that is ready, and what for; -1: none. */
int el_watch_next(el_watch *w, uint32_t *ready, double *stamp_s);
void el_watch_done(el_watch *w, int fd); /* it was acted on */

#endif

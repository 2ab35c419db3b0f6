/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thousands of sockets, and when each became readable. Layer: load.
 *
 * Readiness is collected often and acted on later: el_watch_wait() stamps all
 * sockets that are ready, in one system call, however long those before them
 * will take. A socket is armed for one event; el_watch_done() arms it again.
 */
#ifndef EL_LOAD_WATCH_H
#define EL_LOAD_WATCH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energylens/error.h"

typedef struct el_ready {
    int fd;
    uint32_t events; /* EPOLLIN and so on */
    double stamp_s;
} el_ready;

typedef struct el_watched {
    uint32_t events; /* wanted; 0: not watched */
    bool armed, queued;
} el_watched;

typedef struct el_watch {
    int epoll, timer;
    bool timer_set;
    el_watched *fd; /* by number */
    size_t n_fd, cap_queue;
    el_ready *queue; /* [head, tail), in the order of stamps */
    size_t head, tail;
} el_watch;

double el_watch_now_s(void); /* CLOCK_MONOTONIC */

EL_NODISCARD el_status el_watch_open(el_watch *w, el_error *err);
void el_watch_close(el_watch *w);
/* events 0: forget the socket. EL_E_NOMEM, EL_E_IO. */
EL_NODISCARD el_status el_watch_set(el_watch *w, int fd, uint32_t events);
/* Returns when a socket is ready or at until_s; in the past: at once. */
void el_watch_wait(el_watch *w, double until_s);
bool el_watch_next(el_watch *w, el_ready *out);
void el_watch_done(el_watch *w, int fd);

#endif

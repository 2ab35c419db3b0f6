/* SPDX-License-Identifier: Apache-2.0 */
#include "load/watch.h"

#include <math.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define BATCH 256 /* of one epoll_wait() */

el_status el_watch_open(el_watch *w, el_error *err)
{
    struct epoll_event e = {.events = EPOLLIN};

    *w = (el_watch){.timer = -1};
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll >= 0)
        w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    e.data.fd = w->timer;
    if (w->timer < 0 || epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->timer, &e) != 0) {
        el_watch_close(w);
        return el_fail(err, EL_E_DEVICE, "load: no epoll or no timerfd");
    }
    return EL_OK;
}

void el_watch_close(el_watch *w)
{
    if (w->timer >= 0)
        (void)close(w->timer);
    if (w->epoll >= 0)
        (void)close(w->epoll);
    el_free(w->fd);
    el_free(w->queue);
    *w = (el_watch){.epoll = -1, .timer = -1};
}

/* A socket is in the queue at most once: as many places as sockets will do. */
static bool make_room(el_watch *w, size_t fd)
{
    el_watched *more = el_grow(w->fd, &w->n_fd, fd + 1, sizeof *more);
    int *queue;

    if (!more)
        return false;
    w->fd = more;
    queue = el_grow(w->queue, &w->cap_queue, w->n_fd, sizeof *queue);
    if (!queue)
        return false;
    w->queue = queue;
    return true;
}

el_status el_watch_set(el_watch *w, int fd, uint32_t events)
{
    struct epoll_event e = {.events = events | EPOLLET, .data.fd = fd};
    el_watched *s;
    bool known;

    if (!make_room(w, (size_t)fd))
        return EL_E_NOMEM;
    s = &w->fd[fd];
    known = s->events != 0;
    s->events = events;
    s->fresh = true;
    if (events == 0) { /* may be closed by now */
        if (known)
            (void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, fd, &e);
        return EL_OK;
    }
    if (epoll_ctl(w->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) == 0)
        return EL_OK;
    s->events = 0;
    return EL_E_IO;
}

/* Absolute: no slack of the scheduler's own clock adds up. */
static void set_timer(el_watch *w, double until_s)
{
    struct itimerspec t = {{0, 0}, {0, 0}};
    double whole = floor(until_s);

    t.it_value.tv_sec = (time_t)whole;
    t.it_value.tv_nsec = (long)(1e9 * (until_s - whole)) | 1; /* 0: off */
    (void)timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

static void note(el_watch *w, const struct epoll_event *e, double now_s)
{
    int fd = e->data.fd;
    el_watched *s;

    if (fd == w->timer) {
        uint64_t ignored;

        (void)!read(w->timer, &ignored, sizeof ignored);
        return;
    }
    s = &w->fd[fd];
    s->stamp_s = now_s;
    s->ready |= e->events;
    if (s->queued)
        return;
    if (w->tail == w->cap_queue) {
        w->tail -= w->head;
        memmove(w->queue, w->queue + w->head, w->tail * sizeof *w->queue);
        w->head = 0;
    }
    s->queued = true;
    w->queue[w->tail++] = fd;
}

void el_watch_wait(el_watch *w, double until_s)
{
    struct epoll_event e[BATCH];
    bool wait = until_s > el_clock_s();
    int n;

    if (wait)
        set_timer(w, until_s);
    do {
        double now_s;

        n = epoll_wait(w->epoll, e, BATCH, wait ? -1 : 0);
        now_s = el_clock_s();
        for (int i = 0; i < n; i++)
            note(w, &e[i], now_s);
        wait = false;
    } while (n == BATCH);
}

int el_watch_next(el_watch *w, uint32_t *ready, double *stamp_s)
{
    while (w->head < w->tail) {
        int fd = w->queue[w->head++];
        el_watched *s = &w->fd[fd];

        if (w->head == w->tail)
            w->head = w->tail = 0;
        *ready = s->ready;
        *stamp_s = s->stamp_s;
        s->ready = 0;
        s->queued = s->fresh = false;
        if (s->events != 0)
            return fd;
    }
    return -1;
}

void el_watch_done(el_watch *w, int fd)
{
    el_watched *s = &w->fd[fd];
    struct epoll_event e = {.events = s->events | EPOLLET, .data.fd = fd};

    if (s->events == 0 || s->fresh)
        return; /* libcurl has said something else meanwhile */
    (void)epoll_ctl(w->epoll, EPOLL_CTL_MOD, fd, &e);
}

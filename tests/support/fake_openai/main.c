/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets, timers, the loop. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "fake.h"

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
    (void)signal;
    stop = 1;
}

double now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A heap of connections by next_s. */
static void place(server *s, size_t i, conn *c)
{
    s->heap[i] = c;
    c->heap = i + 1;
}

static void sift(server *s, size_t i)
{
    conn *c = s->heap[i];

    while (i > 0 && s->heap[(i - 1) / 2]->next_s > c->next_s) {
        place(s, i, s->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    for (;;) {
        size_t k = 2 * i + 1;

        if (k + 1 < s->n_heap && s->heap[k + 1]->next_s < s->heap[k]->next_s)
            k++;
        if (k >= s->n_heap || s->heap[k]->next_s >= c->next_s)
            break;
        place(s, i, s->heap[k]);
        i = k;
    }
    place(s, i, c);
}

void timer_set(server *s, conn *c, double at_s)
{
    c->next_s = at_s;
    if (c->heap == 0) {
        conn **more =
            el_grow(s->heap, &s->cap_heap, s->n_heap + 1, sizeof(conn *));

        if (!more)
            abort();
        s->heap = more;
        place(s, s->n_heap++, c);
    }
    sift(s, c->heap - 1);
}

void timer_drop(server *s, conn *c)
{
    size_t i = c->heap;
    conn *last;

    if (i == 0)
        return;
    last = s->heap[--s->n_heap];
    c->heap = 0;
    if (last == c)
        return;
    place(s, i - 1, last);
    sift(s, i - 1);
}

static void watch(server *s, conn *c, bool out)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

    if (out == c->watches_out)
        return;
    c->watches_out = out;
    e.events |= out ? (uint32_t)EPOLLOUT : 0;
    (void)epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->fd, &e);
}

void conn_close(server *s, conn *c)
{
    const struct linger now = {1, 0};

    if (c->fd < 0)
        return;
    tokens_stop(s, c);
    if (c->r.fault.kind == FAULT_RESET)
        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    (void)close(c->fd);
    s->by_fd[c->fd] = NULL;
    c->fd = -1;
    el_buf_clear(&c->in);
    el_buf_clear(&c->out);
    c->next = s->dead; /* freed when no event of this round can name it */
    s->dead = c;
}

/* false: the other side is gone. */
static bool send_some(server *s, conn *c)
{
    while (c->sent < c->out.len) {
        size_t n = c->out.len - c->sent;
        ssize_t k;

        if (s->o.split > 0 && n > (size_t)s->o.split)
            n = (size_t)s->o.split;
        k = send(c->fd, c->out.text + c->sent, n, MSG_NOSIGNAL);
        if (k < 0)
            return errno == EAGAIN || errno == EINTR;
        c->sent += (size_t)k;
    }
    c->sent = c->out.len = 0;
    return true;
}

void conn_flush(server *s, conn *c)
{
    if (c->fd < 0)
        return;
    if (!send_some(s, c)) {
        conn_close(s, c);
        return;
    }
    watch(s, c, c->sent < c->out.len);
    if (c->state != ANSWERING || c->out.len > 0)
        return;
    if (c->close_after)
        conn_close(s, c);
    else
        c->state = READING;
}

static void receive(server *s, conn *c)
{
    char part[65536];
    ssize_t k = recv(c->fd, part, sizeof part, 0);
    bool again;

    if (k < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (k > 0)
        el_buf_add_n(&c->in, part, (size_t)k);
    if (k <= 0 || !el_buf_ok(&c->in)) {
        conn_close(s, c);
        return;
    }
    do {
        size_t before = c->in.len;

        if (!http_read(s, c)) {
            conn_close(s, c);
            return;
        }
        again = c->in.len < before;
        conn_flush(s, c);
    } while (again && c->fd >= 0 && c->state == READING);
}

static void keep(server *s, conn *c)
{
    conn **more =
        el_grow(s->by_fd, &s->n_fd, (size_t)c->fd + 1, sizeof(conn *));

    if (!more)
        abort();
    s->by_fd = more;
    s->by_fd[c->fd] = c;
}

static void accept_all(server *s)
{
    int on = 1, fd;

    while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
        struct epoll_event e = {.events = EPOLLIN};
        conn *c = el_array(1, sizeof *c);

        if (!c)
            abort();
        c->fd = fd;
        c->id = ++s->n_conn;
        keep(s, c);
        e.data.ptr = c;
        (void)fcntl(fd, F_SETFL, O_NONBLOCK);
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e);
    }
}

#define MAX_EVENTS 512

/* Until something happens or the first timer is due; not more than 1 s. */
static void wait_for(server *s)
{
    double wait = s->n_heap ? s->heap[0]->next_s - now_s() : 1;
    struct timespec t = {0, 0};
    fd_set set;

    if (wait <= 0)
        return;
    if (wait >= 1)
        t.tv_sec = 1;
    else
        t.tv_nsec = (long)(1e9 * wait);
    FD_ZERO(&set);
    FD_SET(s->epoll, &set);
    (void)pselect(s->epoll + 1, &set, NULL, NULL, &t, NULL);
}

static void handle(server *s, const struct epoll_event *e)
{
    conn *c = e->data.ptr;

    if (!c) {
        accept_all(s);
        return;
    }
    if (c->fd >= 0 && (e->events & EPOLLOUT))
        conn_flush(s, c);
    if (c->fd >= 0 && (e->events & ~(uint32_t)EPOLLOUT))
        receive(s, c);
}

static void bury(server *s)
{
    while (s->dead) {
        conn *c = s->dead;

        s->dead = c->next;
        el_free(c);
    }
}

/* Leaves nothing behind: a leak checker may be looking. */
static void close_all(server *s)
{
    for (size_t i = 0; i < s->n_fd; i++)
        if (s->by_fd[i])
            conn_close(s, s->by_fd[i]);
    bury(s);
    el_free(s->by_fd);
    el_free(s->heap);
    if (s->log)
        (void)fclose(s->log);
}

static void serve(server *s)
{
    struct epoll_event e[MAX_EVENTS];

    while (!stop) {
        int n;

        wait_for(s);
        n = epoll_wait(s->epoll, e, MAX_EVENTS, 0);
        for (int i = 0; i < n; i++)
            handle(s, &e[i]);
        for (int i = 0; i < MAX_EVENTS && s->n_heap; i++) {
            if (s->heap[0]->next_s > now_s())
                break;
            tokens_due(s, s->heap[0]);
        }
        bury(s);
        if (s->log)
            (void)fflush(s->log);
    }
}

static bool listen_on(server *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)s->o.port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event e = {.events = EPOLLIN};
    socklen_t len = sizeof a;
    int on = 1;

    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    (void)setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    (void)fcntl(s->listener, F_SETFL, O_NONBLOCK);
    (void)fcntl(s->listener, F_SETFD, FD_CLOEXEC);
    if (bind(s->listener, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(s->listener, 4096) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&a, &len) != 0 ||
        epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->listener, &e) != 0)
        return false;
    printf("http://127.0.0.1:%u\n", ntohs(a.sin_port));
    return fflush(stdout) == 0;
}

/* Thousands of streams, where the hard limit allows. */
static void raise_files(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
    }
}

int main(int argc, char **argv)
{
    struct sigaction act = {.sa_handler = on_signal};
    server s = {.n_request = 0};
    int bad = options_read(argc, argv, &s.o);

    if (bad) {
        (void)fprintf(stderr, "fake_openai: %s?\n", argv[bad]);
        return 2;
    }
    (void)sigaction(SIGTERM, &act, NULL);
    (void)sigaction(SIGINT, &act, NULL);
    (void)prctl(PR_SET_TIMERSLACK, 1000UL);
    raise_files();
    s.start_s = now_s();
    s.log = s.o.log ? fopen(s.o.log, "w") : NULL;
    if ((s.o.log && !s.log) || !listen_on(&s)) {
        perror("fake_openai");
        return 4;
    }
    serve(&s);
    close_all(&s);
    return 0;
}

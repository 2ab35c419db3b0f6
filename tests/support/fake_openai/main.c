/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_openai [OPTION VALUE]...: prints its URL, serves until SIGTERM.
 *
 *   --port 0                 0: any that is free
 *   --engine vllm            or sglang, tensorrt-llm, llama.cpp, openai
 *   --model fake-model  --owner TEXT (of /v1/models)  --api-key KEY
 *   --ttft 0.005             seconds from the request to its first token,
 *   --prefill-rate 0         and tokens of the prompt a second (0: no wait)
 *   --itl 0.001              seconds between tokens,
 *   --itl-per-stream 0       and for each running stream
 *   --step                   tokens of all streams at the same instants
 *   --max-concurrent 0       streams that run, others wait (0: all run)
 *   --load-time 0            seconds of "Loading model" (503) at first
 *   --vocabulary 32000  --context 131072
 *   --letters 7              of a text's token
 *   --merge 1                tokens an event
 *   --split 0                most bytes a send()
 *   --eos 3                  tokens of an answer that may end; 0: to the limit
 *   --fault KIND[=N]@EVERY[+SKIP]   see fake.h; repeated: the first that fits
 *   --log FILE               a line of JSON for each request, with its times
 *   --with-parent            ends when the parent does
 *
 * All times are CLOCK_MONOTONIC, those of the log too.
 */
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
        while (s->dead) {
            conn *c = s->dead;

            s->dead = c->next;
            el_free(c);
        }
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

static bool take_number(const char *name, const char *value, options *o)
{
    const struct {
        const char *name;
        double *d;
        long *l;
    } number[] = {
        {"--ttft", &o->ttft_s, NULL},
        {"--prefill-rate", &o->prefill_tok_s, NULL},
        {"--itl", &o->itl_s, NULL},
        {"--itl-per-stream", &o->itl_per_stream_s, NULL},
        {"--load-time", &o->load_s, NULL},
        {"--port", NULL, &o->port},
        {"--max-concurrent", NULL, &o->concurrent},
        {"--vocabulary", NULL, &o->vocabulary},
        {"--context", NULL, &o->context},
        {"--letters", NULL, &o->letters},
        {"--merge", NULL, &o->merge},
        {"--split", NULL, &o->split},
        {"--eos", NULL, &o->eos},
    };

    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        char *end;

        if (strcmp(name, number[i].name) != 0)
            continue;
        if (number[i].d)
            *number[i].d = strtod(value, &end);
        else
            *number[i].l = strtol(value, &end, 10);
        return end != value && *end == '\0';
    }
    return false;
}

static bool take_text(const char *name, const char *value, options *o)
{
    const struct {
        const char *name;
        const char **text;
    } text[] = {{"--engine", &o->engine},
                {"--model", &o->model},
                {"--owner", &o->owner},
                {"--api-key", &o->api_key},
                {"--log", &o->log}};

    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        if (strcmp(name, text[i].name) == 0) {
            *text[i].text = value;
            return true;
        }
    return false;
}

/* Index of the argument that is wrong, or 0. */
static int take_options(int argc, char **argv, options *o)
{
    for (int i = 1; i < argc; i++) {
        const char *value = argv[i + 1]; /* argv[argc] is NULL */

        if (strcmp(argv[i], "--step") == 0) {
            o->step = true;
            continue;
        }
        if (strcmp(argv[i], "--with-parent") == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
            continue;
        }
        if (!value)
            return i;
        if (strcmp(argv[i], "--fault") == 0) {
            if (o->n_fault == MAX_FAULTS ||
                !fault_parse(value, &o->fault[o->n_fault++]))
                return i;
        } else if (!take_text(argv[i], value, o) &&
                   !take_number(argv[i], value, o)) {
            return i;
        }
        i++;
    }
    if (!o->owner && strcmp(o->engine, "llama.cpp") == 0)
        o->owner = "llamacpp";
    else if (!o->owner && strcmp(o->engine, "tensorrt-llm") == 0)
        o->owner = "tensorrt_llm";
    else if (!o->owner)
        o->owner = o->engine;
    return 0;
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
    server s = {.o = {.engine = "vllm",
                      .model = "fake-model",
                      .ttft_s = 0.005,
                      .itl_s = 0.001,
                      .vocabulary = 32000,
                      .context = 131072,
                      .letters = 7,
                      .eos = 3}};
    int bad = take_options(argc, argv, &s.o);

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
    if (s.log)
        (void)fclose(s.log);
    return 0; /* connections go with the process */
}

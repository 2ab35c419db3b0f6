/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: begins requests when they are due, lets libcurl work on sockets
 * that are ready, ends what takes too long.
 */
#include "load/run.h"

#include <math.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/task.h"
#include "load/quiet.h"

#define SWEEP_S     0.02 /* how often timeouts and retries are looked at */
#define TICK_S      0.25
#define MAX_ACTION  8u  /* before readiness is collected again */
#define SPARE_FILES 64u /* that the process needs besides */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx,
                     void *socket)
{
    el_run *r = ctx;
    uint32_t events = 0;
    el_status st;

    (void)easy, (void)socket;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= EPOLLOUT;
    st = el_watch_set(&r->watch, fd, events);
    if (st != EL_OK)
        el_run_give_up(r,
                       el_fail(r->err, st, "load: a socket cannot be watched"));
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *ctx)
{
    el_run *r = ctx;

    (void)multi;
    r->curl_s = ms < 0 ? (double)INFINITY : el_clock_s() + 1e-3 * (double)ms;
    return 0;
}

static el_status attach(el_run *r)
{
    const el_curl *f = &r->load->curl;
    CURLM *m = r->load->multi;
    unsigned bad = 0;

    bad |= (unsigned)f->multi_setopt(m, CURLMOPT_SOCKETFUNCTION, on_socket);
    bad |= (unsigned)f->multi_setopt(m, CURLMOPT_SOCKETDATA, (void *)r);
    bad |= (unsigned)f->multi_setopt(m, CURLMOPT_TIMERFUNCTION, on_timer);
    bad |= (unsigned)f->multi_setopt(m, CURLMOPT_TIMERDATA, (void *)r);
    bad |=
        (unsigned)f->multi_setopt(m, CURLMOPT_MAXCONNECTS, (long)r->limit + 8);
    return bad ? el_fail(r->err, EL_E_DEVICE, "libcurl is older than 7.85")
               : EL_OK;
}

/* Kept connections outlive the run; its loop must not be told of them. */
static void detach(el_run *r)
{
    const el_curl *f = &r->load->curl;
    CURLM *m = r->load->multi;

    (void)f->multi_setopt(m, CURLMOPT_SOCKETFUNCTION,
                          (curl_socket_callback)NULL);
    (void)f->multi_setopt(m, CURLMOPT_TIMERFUNCTION,
                          (curl_multi_timer_callback)NULL);
}

static int mask_of(uint32_t ready)
{
    int mask = 0;

    mask |= ready & EPOLLIN ? CURL_CSELECT_IN : 0;
    mask |= ready & EPOLLOUT ? CURL_CSELECT_OUT : 0;
    mask |= ready & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0;
    return mask;
}

static void act(el_run *r)
{
    const el_curl *f = &r->load->curl;
    double stamp_s;
    uint32_t ready;
    int running;

    for (size_t i = 0; i < MAX_ACTION; i++) {
        int fd = el_watch_next(&r->watch, &ready, &stamp_s);

        if (fd < 0)
            break;
        r->load->stamp_s = stamp_s;
        (void)f->multi_action(r->load->multi, fd, mask_of(ready), &running);
        el_watch_done(&r->watch, fd);
        /* what it has read was there by now */
        r->total.lag_max_s = fmax(r->total.lag_max_s, el_clock_s() - stamp_s);
    }
    r->load->stamp_s = el_clock_s();
    if (r->curl_s <= r->load->stamp_s) {
        r->curl_s = (double)INFINITY; /* on_timer() may set it again */
        (void)f->multi_action(r->load->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
}

static void collect_finished(el_run *r)
{
    const el_curl *f = &r->load->curl;
    CURLMsg *m;
    int left;

    while ((m = f->multi_info(r->load->multi, &left)) != NULL) {
        CURLcode code = m->data.result;
        el_load_stream *s = NULL;

        if (m->msg != CURLMSG_DONE)
            continue;
        (void)f->easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&s);
        el_run_finish(r, s, code);
    }
}

static void check_time(el_run *r, el_load_stream *s, double now_s)
{
    const el_load_target *t = &r->load->target;
    const el_load_request *q = &s->r;

    if (t->timeout_s > 0 && now_s - q->start_s > t->timeout_s)
        el_stream_break(s, EL_LOAD_TIMEOUT, "not over after %g s",
                        t->timeout_s);
    else if (isnan(q->first_s) && now_s - q->sent_s > t->first_timeout_s)
        el_stream_break(s, EL_LOAD_NO_FIRST, "no token after %g s",
                        t->first_timeout_s);
    else if (now_s - q->last_s > t->gap_timeout_s)
        el_stream_break(s, EL_LOAD_HANG, "no more tokens for %g s",
                        t->gap_timeout_s);
    else
        return;
    el_run_finish(r, s, CURLE_OK);
}

static void sweep(el_run *r, double now_s)
{
    if (el_task_is_cancelled(r->task))
        el_run_give_up(r,
                       el_fail(r->err, EL_E_CANCELLED, "stopped on request"));
    for (size_t i = 0; i < r->load->n_stream; i++) {
        el_load_stream *s = r->load->stream[i];

        if (s->state == EL_STREAM_FLYING) {
            check_time(r, s, now_s);
        } else if (s->state == EL_STREAM_WAITING && s->wait_s <= now_s) {
            s->state = EL_STREAM_IDLE;
            r->n_waiting--;
            el_run_begin_attempt(r, s);
        }
    }
    r->sweep_s = now_s + SWEEP_S;
}

static void tick(el_run *r, double now_s)
{
    el_load_now *n = &r->now;

    r->tick_s = now_s + TICK_S;
    if (!r->work->tick)
        return;
    n->time_s = now_s;
    n->n_in_flight = r->n_flying;
    n->n_decoding = 0;
    n->n_chunk = r->total.n_chunk;
    for (size_t i = 0; i < r->load->n_stream; i++) {
        const el_load_stream *s = r->load->stream[i];

        if (s->state != EL_STREAM_FLYING)
            continue;
        n->n_decoding += s->r.n_chunk > 0;
        n->n_chunk += s->r.n_chunk;
    }
    if (!r->work->tick(n, r->work->ctx))
        r->stop = true;
}

/* Something else to do at once, or the time of the next thing. */
static double wake_s(const el_run *r, bool more)
{
    double due_s = r->arrivals.due_s;

    if (more || r->watch.head < r->watch.tail)
        return 0;
    if (isnan(due_s) || r->n_flying + r->n_waiting >= r->limit)
        due_s = (double)INFINITY;
    return fmin(fmin(r->curl_s, r->sweep_s), fmin(r->tick_s, due_s));
}

static bool is_over(const el_run *r, double now_s)
{
    return r->n_flying == 0 && r->n_waiting == 0 && !el_run_may_begin(r, now_s);
}

static void loop(el_run *r)
{
    double now_s = r->arrivals.start_s;

    r->curl_s = (double)INFINITY;
    r->sweep_s = now_s;
    r->tick_s = now_s + TICK_S;
    while (!is_over(r, now_s)) {
        bool more = el_run_begin_due(r);
        double over_s = r->work->duration_s > 0
                            ? r->arrivals.start_s + r->work->duration_s
                            : (double)INFINITY;

        if (!more && el_run_may_begin(r, now_s))
            el_run_make_body(r); /* while nothing waits for it */
        el_watch_wait(&r->watch, wake_s(r, more));
        act(r);
        collect_finished(r);
        now_s = el_clock_s();
        if (now_s >= r->sweep_s)
            sweep(r, now_s);
        if (now_s >= r->tick_s)
            tick(r, now_s);
        if (r->st != EL_OK || ((r->stop || now_s >= over_s) && !r->work->drain))
            el_run_cut(r);
    }
}

/* As many files as streams, where the hard limit allows. */
static el_status raise_files(el_run *r)
{
    struct rlimit l;
    rlim_t need = (rlim_t)r->limit + SPARE_FILES;

    if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur >= need)
        return EL_OK;
    if (l.rlim_max < need && r->work->streams == 0) {
        need = l.rlim_max; /* nobody asked for so many */
        r->limit = need > SPARE_FILES ? (size_t)need - SPARE_FILES : 1;
    }
    if (l.rlim_max < need)
        return el_fail(r->err, EL_E_DEVICE,
                       "load: %zu streams need %llu open files, the limit is "
                       "%llu (ulimit -Hn)",
                       r->limit, (unsigned long long)need,
                       (unsigned long long)l.rlim_max);
    l.rlim_cur = need;
    (void)setrlimit(RLIMIT_NOFILE, &l);
    return EL_OK;
}

static el_status prepare(el_run *r)
{
    el_status st = raise_files(r);

    if (st != EL_OK)
        return st;
    r->idle = el_array(r->limit + r->load->n_stream, sizeof *r->idle);
    if (!r->idle)
        return el_fail(r->err, EL_E_NOMEM, "load: out of memory");
    for (size_t i = r->load->n_stream; i > 0; i--)
        r->idle[r->n_idle++] = i - 1;
    st = el_watch_open(&r->watch, r->err);
    return st == EL_OK ? attach(r) : st;
}

el_status el_load_run(el_load *load, const el_load_work *work,
                      const el_task *task, el_load_total *total, el_error *err)
{
    el_run r = {.load = load, .work = work, .task = task, .err = err};
    el_status st = el_client_check_work(work, err);
    el_quiet quiet;
    double cpu;

    if (st != EL_OK)
        return st;
    el_quiet_begin(&quiet);
    cpu = el_clock_cpu_s();
    load->n_run++;
    r.seed = work->seed ^ (0x9E3779B97F4A7C15u * load->n_run);
    r.limit = work->streams > 0 ? work->streams : EL_LOAD_MAX_STREAMS;
    r.watch.epoll = r.watch.timer = -1;
    r.st = prepare(&r);
    r.total.start_s = load->stamp_s = el_clock_s();
    el_arrivals_init(&r.arrivals, work, r.seed, r.total.start_s);
    if (r.st == EL_OK)
        loop(&r);
    detach(&r);
    r.total.end_s = el_clock_s();
    r.total.n_request = r.now.n_started;
    r.total.cpu_s = el_clock_cpu_s() - cpu;
    *total = r.total;
    el_watch_close(&r.watch);
    el_free(r.idle);
    el_buf_clear(&r.body);
    el_quiet_end(&quiet);
    return r.st;
}

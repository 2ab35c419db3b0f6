/* SPDX-License-Identifier: Apache-2.0 */
#include "meter/sampler.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define SLOW_EVERY_S                                                           \
    0.2 /* clocks, heat and throttling do not change faster                    \
         */

typedef struct channel {
    size_t device;
    el_trace trace;
    size_t n_failed, in_row;
    bool lost;
    double lost_s;
    char why[256];
} channel;

/* `lock` guards all that follows it; what stands before it does not change
   after the start. */
struct el_sampler {
    el_meter *meter;
    double interval_s;
    size_t n;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running, stop, out_of_memory;
    double slow_s; /* when slow values are due */
    el_sampler_cost cost;
    channel *at;
};

static void lose(channel *c)
{
    c->lost = true;
    c->lost_s = el_clock_s();
}

static void note_failure(channel *c, el_status st, const el_error *err)
{
    c->n_failed++;
    c->in_row++;
    el_str_copy(c->why, sizeof c->why, err->message);
    if (st == EL_E_DEVICE || c->in_row >= EL_SAMPLER_MAX_MISSES)
        lose(c);
}

static void keep(el_sampler *s, channel *c, const el_reading *sample)
{
    el_trace *t = &c->trace;
    el_reading *v = el_grow(t->v, &t->cap, t->n + 1, sizeof *v);

    if (!v) {
        s->out_of_memory = true;
        lose(c);
        return;
    }
    t->v = v;
    t->v[t->n++] = *sample;
}

static void read_channel(el_sampler *s, channel *c, bool all)
{
    el_reading sample;
    el_error err = {0};
    el_status st = el_meter_read(s->meter, c->device, all, &sample, &err);

    if (st != EL_OK) {
        note_failure(c, st, &err);
        return;
    }
    c->in_row = 0;
    keep(s, c, &sample);
}

/* With the lock held. */
static void read_all(el_sampler *s)
{
    el_error err = {0};
    el_status st = el_meter_refresh(s->meter, &err);
    double now = el_clock_s();
    bool all = now >= s->slow_s;

    if (all)
        s->slow_s = now + SLOW_EVERY_S;
    for (size_t i = 0; i < s->n; i++) {
        if (s->at[i].lost)
            continue;
        if (st == EL_OK)
            read_channel(s, &s->at[i], all);
        else
            note_failure(&s->at[i], st, &err);
    }
}

static struct timespec to_timespec(double time_s)
{
    double whole = floor(time_s);

    return (struct timespec){(time_t)whole, (long)(1e9 * (time_s - whole))};
}

/* With the lock held, which it leaves while waiting. True: stop. */
static bool wait_until(el_sampler *s, double time_s)
{
    const struct timespec until = to_timespec(time_s);

    while (!s->stop && el_clock_s() < time_s)
        if (pthread_cond_timedwait(&s->wake, &s->lock, &until) != 0)
            break;
    return s->stop;
}

static void *sample(void *arg)
{
    el_sampler *s = arg;
    double begin_s = el_clock_s(), next_s = begin_s;

    (void)pthread_mutex_lock(&s->lock);
    do {
        double late;

        read_all(s);
        s->cost.n_tick++;
        next_s += s->interval_s;
        late = floor((el_clock_s() - next_s) / s->interval_s);
        if (late > 0) { /* stay on the grid, skip what is past */
            s->cost.n_missed += (size_t)late;
            next_s += late * s->interval_s;
        }
    } while (!wait_until(s, next_s));
    s->cost.cpu_s = el_clock_cpu_s();
    s->cost.wall_s = el_clock_s() - begin_s;
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

static bool init_locks(el_sampler *s)
{
    pthread_condattr_t monotonic;
    bool ok;

    if (pthread_mutex_init(&s->lock, NULL) != 0)
        return false;
    if (pthread_condattr_init(&monotonic) != 0) {
        (void)pthread_mutex_destroy(&s->lock);
        return false;
    }
    ok = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
         pthread_cond_init(&s->wake, &monotonic) == 0;
    (void)pthread_condattr_destroy(&monotonic);
    if (!ok)
        (void)pthread_mutex_destroy(&s->lock);
    return ok;
}

/* Signals are the caller's business: the thread takes none. */
static bool start_thread(el_sampler *s)
{
    sigset_t all, old;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    s->running = pthread_create(&s->thread, NULL, sample, s) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return s->running;
}

el_status el_sampler_start(el_meter *meter, const size_t *device, size_t n,
                           double interval_s, el_sampler **out, el_error *err)
{
    el_sampler *s;

    if (n == 0 || !(interval_s > 0))
        return el_fail(err, EL_E_ARG, "sampler: no device or no interval");
    s = el_array(1, sizeof *s);
    if (!s)
        return el_fail(err, EL_E_NOMEM, "sampler: out of memory");
    s->meter = meter;
    s->interval_s = interval_s;
    s->n = n;
    s->at = el_array(n, sizeof *s->at);
    if (!s->at || !init_locks(s)) {
        el_free(s->at);
        el_free(s);
        return el_fail(err, EL_E_NOMEM, "sampler: out of memory");
    }
    for (size_t i = 0; i < n; i++)
        s->at[i].device = device[i];
    if (!start_thread(s)) {
        el_sampler_free(s);
        return el_fail(err, EL_E_IO, "sampler: cannot start a thread");
    }
    *out = s;
    return EL_OK;
}

double el_sampler_mark(el_sampler *s)
{
    double time_s;

    (void)pthread_mutex_lock(&s->lock);
    read_all(s);
    time_s = el_clock_s();
    (void)pthread_mutex_unlock(&s->lock);
    return time_s;
}

bool el_sampler_last(el_sampler *s, size_t i, el_reading *out)
{
    const el_trace *t = &s->at[i].trace;
    bool any;

    (void)pthread_mutex_lock(&s->lock);
    any = t->n > 0;
    if (any)
        *out = t->v[t->n - 1];
    (void)pthread_mutex_unlock(&s->lock);
    return any;
}

bool el_sampler_is_alive(el_sampler *s)
{
    bool alive = false;

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++)
        alive = alive || !s->at[i].lost;
    (void)pthread_mutex_unlock(&s->lock);
    return alive;
}

el_status el_sampler_stop(el_sampler *s, el_error *err)
{
    if (s->running) {
        (void)pthread_mutex_lock(&s->lock);
        s->stop = true;
        (void)pthread_cond_signal(&s->wake);
        (void)pthread_mutex_unlock(&s->lock);
        (void)pthread_join(s->thread, NULL);
        s->running = false;
    }
    if (s->out_of_memory)
        return el_fail(err, EL_E_NOMEM, "sampler: readings were lost");
    return EL_OK;
}

void el_sampler_result(const el_sampler *s, size_t i, el_sampled *out)
{
    const channel *c = &s->at[i];

    *out = (el_sampled){.trace = &c->trace,
                        .n_failed = c->n_failed,
                        .lost = c->lost,
                        .lost_s = c->lost_s};
    el_str_copy(out->why, sizeof out->why, c->why);
}

void el_sampler_cost_of(const el_sampler *s, el_sampler_cost *out)
{
    *out = s->cost;
}

void el_sampler_free(el_sampler *s)
{
    if (!s)
        return;
    (void)!el_sampler_stop(s, NULL);
    (void)pthread_cond_destroy(&s->wake);
    (void)pthread_mutex_destroy(&s->lock);
    for (size_t i = 0; i < s->n; i++)
        el_free(s->at[i].trace.v);
    el_free(s->at);
    el_free(s);
}

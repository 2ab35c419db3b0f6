/* SPDX-License-Identifier: Apache-2.0 */
#include "app/live.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "app/live_part.h"
#include "base/clock.h"
#include "base/mem.h"

/* A thread that looks at one thing again and again. */
typedef struct looker {
    void (*look)(el_live *live);
    double every_s;
    el_live *live;
    pthread_t thread;
    bool running;
} looker;

struct el_live {
    pthread_mutex_t lock; /* of what follows, but for fetches */
    pthread_cond_t wake;
    bool stop;
    el_live_meter *meter;
    el_live_page *page;
    looker of_meter, of_page;
};

static void look_at_meter(el_live *live)
{
    (void)pthread_mutex_lock(&live->lock);
    el_live_meter_look(live->meter);
    (void)pthread_mutex_unlock(&live->lock);
}

/* A page may take seconds: only this thread touches it meanwhile. */
static void look_at_page(el_live *live)
{
    double now_s;

    el_live_page_fetch(live->page);
    now_s = el_clock_s();
    (void)pthread_mutex_lock(&live->lock);
    el_live_page_take(live->page, now_s);
    (void)pthread_mutex_unlock(&live->lock);
}

/* True: stop. */
static bool wait_until(el_live *live, double until_s)
{
    const struct timespec until = {(time_t)floor(until_s),
                                   (long)(1e9 * (until_s - floor(until_s)))};
    bool stop;

    (void)pthread_mutex_lock(&live->lock);
    while (!live->stop && el_clock_s() < until_s)
        (void)pthread_cond_timedwait(&live->wake, &live->lock, &until);
    stop = live->stop;
    (void)pthread_mutex_unlock(&live->lock);
    return stop;
}

static void *look_again(void *ctx)
{
    const looker *l = ctx;
    double next_s = el_clock_s();

    do {
        l->look(l->live);
        next_s = fmax(next_s + l->every_s, el_clock_s()); /* none made up for */
    } while (!wait_until(l->live, next_s));
    return NULL;
}

static el_status start(el_live *live, looker *l, void (*look)(el_live *),
                       double every_s, el_error *err)
{
    l->look = look;
    l->every_s = every_s;
    l->live = live;
    l->running = pthread_create(&l->thread, NULL, look_again, l) == 0;
    return l->running ? EL_OK : el_fail(err, EL_E_IO, "live: no thread");
}

static el_status init(el_live *live, el_error *err)
{
    pthread_condattr_t attr;
    int bad = pthread_condattr_init(&attr);

    if (bad == 0) {
        bad = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        bad = bad ? bad : pthread_cond_init(&live->wake, &attr);
        (void)pthread_condattr_destroy(&attr);
    }
    if (bad == 0) {
        bad = pthread_mutex_init(&live->lock, NULL);
        if (bad)
            (void)pthread_cond_destroy(&live->wake);
    }
    return bad ? el_fail(err, EL_E_NOMEM, "live: no lock") : EL_OK;
}

el_status el_live_open(const el_live_ask *ask, const el_task *task,
                       el_live **out, el_error *err)
{
    el_live_ask what = *ask;
    el_live *live = el_array(1, sizeof *live);
    el_status st;

    if (!live)
        return el_fail(err, EL_E_NOMEM, "live: out of memory");
    st = init(live, err);
    if (st != EL_OK) {
        el_free(live);
        return st;
    }
    what.ask.task = task;
    if (ask->meter)
        st = el_live_meter_open(ask->meter, &live->meter, err);
    if (st == EL_OK && ask->url)
        st = el_live_page_open(&what, &live->page, err);
    if (st == EL_OK && live->meter)
        st = start(live, &live->of_meter, look_at_meter,
                   el_live_meter_interval_s(live->meter), err);
    if (st == EL_OK && live->page)
        st = start(live, &live->of_page, look_at_page, ask->every_s, err);
    if (st == EL_OK)
        *out = live;
    else
        el_live_close(live);
    return st;
}

void el_live_read(el_live *live, el_live_now *out)
{
    memset(out, 0, sizeof *out);
    (void)pthread_mutex_lock(&live->lock);
    if (live->meter)
        el_live_meter_copy(live->meter, out);
    if (live->page)
        el_live_page_copy(live->page, out);
    (void)pthread_mutex_unlock(&live->lock);
}

static void join(looker *l)
{
    if (l->running)
        (void)pthread_join(l->thread, NULL);
}

void el_live_close(el_live *live)
{
    if (!live)
        return;
    (void)pthread_mutex_lock(&live->lock);
    live->stop = true;
    (void)pthread_cond_broadcast(&live->wake);
    (void)pthread_mutex_unlock(&live->lock);
    join(&live->of_meter);
    join(&live->of_page);
    el_live_meter_close(live->meter);
    el_live_page_close(live->page);
    (void)pthread_cond_destroy(&live->wake);
    (void)pthread_mutex_destroy(&live->lock);
    el_free(live);
}

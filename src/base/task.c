/* SPDX-License-Identifier: Apache-2.0 */
#include "task.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

#define REPORT_EVERY_S 0.25

/* Holds no data, only keeps callbacks apart: a task is const and shared by
   nested work, so the lock cannot live in it. */
static pthread_mutex_t callback_lock = PTHREAD_MUTEX_INITIALIZER;

bool el_task_is_cancelled(const el_task *task)
{
    bool yes;

    if (!task || !task->cancelled)
        return false;
    (void)pthread_mutex_lock(&callback_lock);
    yes = task->cancelled(task->ctx);
    (void)pthread_mutex_unlock(&callback_lock);
    return yes;
}

static void progress(const el_task *task, size_t done, size_t total)
{
    (void)pthread_mutex_lock(&callback_lock);
    task->progress(done, total, task->ctx);
    (void)pthread_mutex_unlock(&callback_lock);
}

static size_t percent(size_t done, size_t total)
{
    return (size_t)(100.0 * (double)done / (double)total);
}

void el_task_report(const el_task *task, size_t done, size_t total)
{
    if (!task || !task->progress || total == 0)
        return;
    if (done > 0 && percent(done, total) == percent(done - 1, total))
        return;
    progress(task, done, total);
}

void el_task_warn(const el_task *task, const char *fmt, ...)
{
    char line[512];
    va_list ap;

    if (!task || !task->warn)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    (void)pthread_mutex_lock(&callback_lock);
    task->warn(line, task->ctx);
    (void)pthread_mutex_unlock(&callback_lock);
}

typedef struct job {
    size_t n;
    el_item_fn fn;
    void *ctx;
    const el_task *task;
    atomic_size_t next;    /* first item not handed out */
    atomic_size_t stop;    /* no item above this one starts */
    atomic_bool cancelled; /* asked once, seen by all */
    pthread_mutex_t lock;  /* guards what follows */
    size_t done;
    double report_s; /* time of the next report */
    el_error first;  /* of the lowest failing item */
} job;

static void note_failure(job *j, size_t i, el_status st, el_error *detail)
{
    if (detail->message[0] == '\0' || detail->status != st)
        (void)el_fail(detail, st, "item %zu: %s", i, el_status_text(st));
    (void)pthread_mutex_lock(&j->lock);
    if (i <= atomic_load(&j->stop)) {
        atomic_store(&j->stop, i);
        j->first = *detail;
    }
    (void)pthread_mutex_unlock(&j->lock);
}

static void note_done(job *j)
{
    double t;

    if (!j->task || !j->task->progress)
        return;
    /* The report stays inside the lock: counts must not arrive out of order */
    (void)pthread_mutex_lock(&j->lock);
    j->done++;
    t = el_clock_s();
    if (t >= j->report_s || j->done == j->n) {
        j->report_s = t + REPORT_EVERY_S;
        progress(j->task, j->done, j->n);
    }
    (void)pthread_mutex_unlock(&j->lock);
}

static bool is_stopped(job *j)
{
    if (!atomic_load(&j->cancelled) && el_task_is_cancelled(j->task))
        atomic_store(&j->cancelled, true);
    return atomic_load(&j->cancelled);
}

static void *work(void *arg)
{
    job *j = arg;

    while (!is_stopped(j)) {
        size_t i = atomic_fetch_add(&j->next, 1);
        el_error detail;
        el_status st;

        /* Handed out in order: whatever is below a failing item is already
           with some thread, which runs it. */
        if (i >= j->n || i > atomic_load(&j->stop))
            break;
        detail.status = EL_OK;
        detail.message[0] = '\0';
        st = j->fn(j->ctx, i, &detail);
        if (st != EL_OK)
            note_failure(j, i, st, &detail);
        else
            note_done(j);
    }
    return NULL;
}

static size_t thread_count(const el_task *task, size_t n)
{
    size_t k = task ? task->threads : 1;

    if (k == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);

        k = cores > 0 ? (size_t)cores : 1;
    }
    k = k > EL_MAX_THREADS ? EL_MAX_THREADS : k;
    return k > n ? n : k;
}

el_status el_parallel_for(size_t n, el_item_fn fn, void *ctx,
                          const el_task *task, el_error *err)
{
    pthread_t thread[EL_MAX_THREADS];
    size_t want = thread_count(task, n), started = 0;
    job j = {.n = n, .fn = fn, .ctx = ctx, .task = task};

    if (n == 0)
        return EL_OK;
    j.stop = SIZE_MAX;
    j.report_s = el_clock_s() + REPORT_EVERY_S;
    if (pthread_mutex_init(&j.lock, NULL) != 0)
        return el_fail(err, EL_E_NOMEM, "parallel: no mutex");
    while (started + 1 < want &&
           pthread_create(&thread[started], NULL, work, &j) == 0)
        started++;
    (void)work(&j); /* the caller is one of the workers */
    while (started > 0)
        (void)pthread_join(thread[--started], NULL);
    (void)pthread_mutex_destroy(&j.lock);
    if (j.stop != SIZE_MAX)
        return el_fail(err, j.first.status, "%s", j.first.message);
    if (j.cancelled)
        return el_fail(err, EL_E_CANCELLED, "stopped on request");
    return EL_OK;
}

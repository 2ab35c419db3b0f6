/* SPDX-License-Identifier: Apache-2.0 */
#include "model/scale.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define MOST_INTERVALS 1e7
#define LANE_ARRAYS    6u
#define FIRST_CAP      64u /* requests */

/* A replica and what it was dealt so far. */
typedef struct lane {
    size_t cap;
    double *value; /* LANE_ARRAYS of cap: arrivals, then what became of them */
    el_arrivals arrivals;
    el_served served;
    el_replica_sim *sim;
    double ready_s; /* ascending over those awake */
} lane;

typedef struct work {
    const el_replicas *all;
    const el_scaling *scaling;
    const el_task *task;
    lane *lane;
    size_t awake;
    double calm_s; /* nothing has waited since */
    el_error *err;
} work;

size_t el_interval_count(const el_replicas *replicas, const el_arrivals *log)
{
    double interval_s = replicas->scaling->interval_s;
    double last_s = log->n > 0 ? log->arrive_s[log->n - 1] : 0.0;

    if (!isfinite(interval_s))
        return 1;
    return 1 + (size_t)fmin(floor(last_s / interval_s), MOST_INTERVALS);
}

size_t el_interval_of(double t_s, double interval_s, size_t n_interval)
{
    if (n_interval == 1)
        return 0;
    return (size_t)fmin(floor(t_s / interval_s), (double)(n_interval - 1));
}

/* ---- lanes ---- */

static el_status grow(work *w, lane *l)
{
    size_t n = l->arrivals.n, cap = l->cap ? 2 * l->cap : FIRST_CAP;
    double *v = el_array(LANE_ARRAYS * cap, sizeof *v);

    if (!v)
        return el_fail(w->err, EL_E_NOMEM, "scaling: %zu requests", n);
    for (size_t k = 0; k < LANE_ARRAYS && n > 0; k++)
        memcpy(v + k * cap, l->value + k * l->cap, n * sizeof *v);
    el_free(l->value);
    l->value = v;
    l->cap = cap;
    l->arrivals = (el_arrivals){n, v, v + cap, v + 2 * cap};
    l->served = (el_served){v + 3 * cap, v + 4 * cap, v + 5 * cap};
    return EL_OK;
}

static el_status deal(work *w, lane *l, const el_arrivals *log, size_t i)
{
    el_status st = EL_OK;
    size_t n = l->arrivals.n;

    if (n == l->cap)
        st = grow(w, l);
    if (st != EL_OK)
        return st;
    l->value[n] = log->arrive_s[i];
    l->value[l->cap + n] = log->isl[i];
    l->value[2 * l->cap + n] = log->osl[i];
    l->arrivals.n++;
    return EL_OK;
}

static el_status open_lanes(work *w)
{
    el_status st = EL_OK;

    w->lane = el_array(w->all->n, sizeof *w->lane);
    if (!w->lane)
        return el_fail(w->err, EL_E_NOMEM, "scaling: %zu replicas", w->all->n);
    for (size_t r = 0; st == EL_OK && r < w->all->n; r++) {
        lane *l = &w->lane[r];

        st = el_replica_begin(w->all->replica, &l->arrivals, &l->served,
                              &l->sim, w->err);
    }
    return st;
}

static void close_lanes(work *w)
{
    for (size_t r = 0; w->lane && r < w->all->n; r++) {
        el_replica_end(w->lane[r].sim);
        el_free(w->lane[r].value);
    }
    el_free(w->lane);
}

/* ---- decisions ---- */

/* What an autoscaler sees at now_s. */
static el_status look(work *w, double now_s, el_replica_queue *out)
{
    el_replica_queue sum = {0, 0, INFINITY};
    el_status st = EL_OK;

    for (size_t r = 0; st == EL_OK && r < w->all->n; r++) {
        el_replica_queue q;

        st = el_replica_run(w->lane[r].sim, now_s, w->task, w->err);
        q = el_replica_look(w->lane[r].sim);
        sum.waiting += q.waiting;
        sum.in_flight += q.in_flight;
        sum.since_s = fmin(sum.since_s, q.since_s);
    }
    *out = sum;
    return st;
}

static void add_replicas(work *w, const el_replica_queue *q, double now_s)
{
    double want = fmax((double)w->awake + 1.0,
                       ceil((double)q->waiting / w->scaling->depth));
    size_t to = (size_t)fmin(want, (double)w->all->n);

    for (; w->awake < to; w->awake++)
        w->lane[w->awake].ready_s = now_s + w->scaling->wake_s;
}

static bool could_hold(const work *w, const el_replica_queue *q)
{
    return (double)q->in_flight <= w->scaling->target *
                                       (double)w->all->replica->batch *
                                       (double)(w->awake - 1);
}

static void decide(work *w, const el_replica_queue *q, double now_s)
{
    const el_scaling *s = w->scaling;

    if (q->waiting > 0 && ((double)q->waiting > s->depth * (double)w->awake ||
                           now_s - q->since_s > s->wait_s))
        add_replicas(w, q, now_s);
    if (q->waiting > 0) {
        w->calm_s = now_s;
    } else if (now_s - w->calm_s >= s->calm_s && w->awake > s->least &&
               could_hold(w, q)) {
        w->awake--;
        w->calm_s = now_s;
    }
}

/* How many of those awake take requests. */
static size_t ready(const work *w, double now_s)
{
    size_t n = 1; /* the first never sleeps */

    while (n < w->awake && w->lane[n].ready_s <= now_s)
        n++;
    return n;
}

el_status el_scale_by_queue(const el_replicas *replicas, const el_arrivals *log,
                            const el_task *task, size_t *awake, size_t *owner,
                            el_error *err)
{
    work w = {.all = replicas,
              .scaling = replicas->scaling,
              .task = task,
              .awake = replicas->n,
              .err = err};
    size_t n = el_interval_count(replicas, log), i = 0;
    double interval_s = w.scaling->interval_s;
    el_status st = open_lanes(&w);

    for (size_t k = 0; st == EL_OK && k < n; k++) {
        el_replica_queue q;

        if (k > 0) {
            st = look(&w, (double)k * interval_s, &q);
            if (st == EL_OK)
                decide(&w, &q, (double)k * interval_s);
        }
        awake[k] = w.awake;
        for (; st == EL_OK && i < log->n &&
               el_interval_of(log->arrive_s[i], interval_s, n) == k;
             i++) {
            owner[i] = i % ready(&w, log->arrive_s[i]);
            st = deal(&w, &w.lane[owner[i]], log, i);
        }
    }
    close_lanes(&w);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/traffic.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/task.h"
#include "energylens/known.h"
#include "model/scale.h"
#include "num/stats.h"

/* One replica's share of the log, and what became of it. */
typedef struct share {
    el_arrivals arrivals; /* slices of work's arrays, as are the next */
    el_served served;
    double *delay_s; /* that waking added to arrivals */
    double *idle_w;  /* by interval */
    double *bin_j;
    el_replica_sum sum;
} share;

typedef struct work {
    const el_replica *replica;
    const el_arrivals *log;
    double until_s;
    const el_scaling *scaling;
    const el_bins *bins;
    const el_task *task;
    size_t n, n_interval;
    size_t *awake;  /* by interval */
    size_t *owner;  /* by request */
    size_t *origin; /* request of each place in the arrays below */
    double *value;  /* arrivals, lengths, results: 7 of log->n */
    double *by_bin, *idle_w;
    share *share;
} work;

static size_t interval_of(const work *w, double t_s)
{
    return el_interval_of(t_s, w->scaling->interval_s, w->n_interval);
}

/* ---- who is awake ---- */

static void decide(work *w)
{
    const el_scaling *s = w->scaling;
    double capacity_s = s->target * s->interval_s, work_s;
    size_t i = 0;

    w->awake[0] = w->n;
    for (size_t k = 1; k < w->n_interval; k++) {
        double want;

        work_s = 0.0;
        for (; i < w->log->n && interval_of(w, w->log->arrive_s[i]) < k; i++)
            work_s +=
                el_replica_work_s(w->replica, w->log->isl[i], w->log->osl[i]);
        want = fmax(ceil(work_s / capacity_s), (double)s->least);
        w->awake[k] = (size_t)fmin(want, (double)w->n);
    }
}

/* A request that comes while its replica wakes up is served after that. */
static double waking_s(const work *w, size_t owner, double arrive_s)
{
    size_t k = interval_of(w, arrive_s);
    double ready_s;

    if (k == 0 || w->awake[k - 1] > owner)
        return 0.0;
    ready_s = (double)k * w->scaling->interval_s + w->scaling->wake_s;
    return fmax(ready_s - arrive_s, 0.0);
}

/* ---- the log by replica ---- */

static void assign(work *w)
{
    for (size_t i = 0; i < w->log->n; i++)
        w->owner[i] = i % w->awake[interval_of(w, w->log->arrive_s[i])];
}

static void count_shares(work *w)
{
    for (size_t i = 0; i < w->log->n; i++)
        w->share[w->owner[i]].arrivals.n++;
}

/* Arrays of the work in a part for each replica, still empty. */
static void cut_shares(work *w)
{
    size_t at = 0, n = w->log->n;

    for (size_t r = 0; r < w->n; r++) {
        share *s = &w->share[r];
        double *v = w->value + at;

        at += s->arrivals.n;
        s->arrivals = (el_arrivals){0, v, v + n, v + 2 * n};
        s->delay_s = v + 3 * n;
        s->served = (el_served){v + 4 * n, v + 5 * n, v + 6 * n};
        s->idle_w = w->idle_w + r * w->n_interval;
        s->bin_j = w->by_bin + r * w->bins->n;
        for (size_t k = 0; k < w->n_interval; k++)
            s->idle_w[k] =
                r < w->awake[k] ? w->replica->idle_w : w->scaling->sleep_w;
    }
}

static void deal(work *w)
{
    size_t n = w->log->n;

    for (size_t i = 0; i < n; i++) {
        share *s = &w->share[w->owner[i]];
        size_t at = (size_t)(s->arrivals.arrive_s - w->value) + s->arrivals.n++;
        double delay_s = waking_s(w, w->owner[i], w->log->arrive_s[i]);

        w->value[at] = w->log->arrive_s[i] + delay_s;
        w->value[n + at] = w->log->isl[i];
        w->value[2 * n + at] = w->log->osl[i];
        w->value[3 * n + at] = delay_s;
        w->origin[at] = i;
    }
}

static el_idle idle_of(const work *w, const share *s)
{
    return (el_idle){w->scaling->interval_s, w->n_interval, s->idle_w};
}

static el_bins bins_of(const work *w, const share *s)
{
    return (el_bins){w->bins->from_s, w->bins->width_s, w->bins->n, s->bin_j};
}

static el_status serve_one(void *ctx, size_t r, el_error *err)
{
    work *w = ctx;
    share *s = &w->share[r];
    el_idle idle = idle_of(w, s);
    el_bins bins = bins_of(w, s);
    el_status st = el_replica_serve(w->replica, &s->arrivals, &idle, &bins,
                                    &s->served, w->task, &s->sum, err);

    for (size_t i = 0; st == EL_OK && i < s->arrivals.n; i++)
        s->served.ttft_s[i] += s->delay_s[i];
    return st;
}

/* ---- the account ---- */

static void add_sum(el_replica_sum *all, const el_replica_sum *one)
{
    all->n_refused += one->n_refused;
    all->end_s = fmax(all->end_s, one->end_s);
    all->prefill_s += one->prefill_s;
    all->decode_s += one->decode_s;
    all->idle_s += one->idle_s;
    all->prefill_j += one->prefill_j;
    all->decode_j += one->decode_j;
    all->idle_j += one->idle_j;
    all->tokens += one->tokens;
    all->steps += one->steps;
    all->peak = fmax(all->peak, one->peak);
}

static double mean_awake(const work *w, double end_s)
{
    double sum = 0.0, left_s = end_s;

    if (w->n_interval == 1 || !(end_s > 0.0))
        return (double)w->awake[0];
    for (size_t k = 0; k < w->n_interval && left_s > 0.0; k++) {
        double time_s = k + 1 < w->n_interval
                            ? fmin(w->scaling->interval_s, left_s)
                            : left_s;
        sum += time_s * (double)w->awake[k];
        left_s -= time_s;
    }
    return sum / end_s;
}

/* All replicas rest until the last of them is done. */
static void close_shares(work *w, el_bins *bins, el_traffic *out)
{
    double end_s = w->until_s;

    if (w->log->n > 0)
        end_s = fmax(end_s, w->log->arrive_s[w->log->n - 1]);
    for (size_t r = 0; r < w->n; r++)
        end_s = fmax(end_s, w->share[r].sum.end_s);
    for (size_t r = 0; r < w->n; r++) {
        share *s = &w->share[r];
        el_idle idle = idle_of(w, s);
        el_bins own = bins_of(w, s);

        el_replica_rest(w->replica, &idle, end_s, &own, &s->sum);
        for (size_t k = 0; k < own.n; k++)
            bins->energy_j[k] += own.energy_j[k];
        add_sum(&out->sum, &s->sum);
    }
    out->span_s = end_s;
    out->awake = mean_awake(w, end_s);
}

static bool within(double value, double limit)
{
    return !el_is_known(limit) || !el_is_known(value) || value <= limit;
}

/* Known values to the front; how many. */
static size_t gather(const double *from, size_t n, double *out)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++)
        if (el_is_known(from[i]))
            out[m++] = from[i];
    return m;
}

static void quantiles(const double *from, size_t n, double percentile,
                      double *spare, double *median, double *tail)
{
    size_t m = gather(from, n, spare);

    *median = *tail = EL_UNKNOWN;
    if (m == 0)
        return;
    *median = el_quantile(spare, m, 0.5);
    *tail = el_sorted_quantile(spare, m, percentile / 100.0);
}

/* Times of all requests; arrivals are not needed any more and give room. */
static void judge(work *w, const el_promise *promise, double *energy_j,
                  el_traffic *out)
{
    size_t n = w->log->n, kept = 0;
    double served = 0.0, gaps = 0.0;
    const double *isl = w->value + n, *osl = w->value + 2 * n;
    const double *ttft_s = w->value + 4 * n, *tpot_s = w->value + 5 * n;

    for (size_t i = 0; i < n; i++) {
        if (energy_j)
            energy_j[w->origin[i]] = w->value[6 * n + i];
        if (!el_is_known(ttft_s[i]))
            continue; /* refused */
        kept += within(ttft_s[i], promise->ttft_s) &&
                within(tpot_s[i], promise->tpot_s);
        out->input_tokens += isl[i];
        out->output_tokens += osl[i];
        out->ttft_mean_s += ttft_s[i];
        served++;
        if (el_is_known(tpot_s[i])) {
            out->itl_mean_s += tpot_s[i] * (osl[i] - 1.0);
            gaps += osl[i] - 1.0;
        }
    }
    out->ttft_mean_s /= served; /* of none: not known */
    out->itl_mean_s /= gaps;
    out->n_request = n;
    out->kept = n > 0 ? (double)kept / (double)n : EL_UNKNOWN;
    quantiles(ttft_s, n, promise->percentile, w->value, &out->ttft_s,
              &out->ttft_tail_s);
    quantiles(tpot_s, n, promise->percentile, w->value, &out->tpot_s,
              &out->tpot_tail_s);
}

/* ---- memory ---- */

static el_status work_make(work *w, el_error *err)
{
    size_t n = w->log->n + 1, m = w->n_interval;

    w->awake = el_array(m, sizeof *w->awake);
    w->owner = el_array(n, sizeof *w->owner);
    w->origin = el_array(n, sizeof *w->origin);
    w->value = el_array(7 * n, sizeof *w->value);
    w->idle_w = el_array(m * w->n, sizeof *w->idle_w);
    w->by_bin = el_array(w->bins->n * w->n + 1, sizeof *w->by_bin);
    w->share = el_array(w->n, sizeof *w->share);
    if (w->awake && w->owner && w->origin && w->value && w->idle_w &&
        w->by_bin && w->share)
        return EL_OK;
    return el_fail(err, EL_E_NOMEM, "traffic: %zu requests, %zu replicas",
                   w->log->n, w->n);
}

static void work_clear(work *w)
{
    el_free(w->share);
    el_free(w->by_bin);
    el_free(w->idle_w);
    el_free(w->value);
    el_free(w->origin);
    el_free(w->owner);
    el_free(w->awake);
}

el_status el_traffic_serve(const el_replicas *replicas, const el_arrivals *log,
                           el_bins *bins, double *energy_j, const el_task *task,
                           el_traffic *out, el_error *err)
{
    work w = {.replica = replicas->replica,
              .log = log,
              .until_s = replicas->until_s,
              .scaling = replicas->scaling,
              .bins = bins,
              .task = task,
              .n = replicas->n,
              .n_interval = el_interval_count(replicas, log)};
    el_traffic t = {0};
    el_status st = work_make(&w, err);

    if (st == EL_OK && w.scaling->by_queue) {
        st = el_scale_by_queue(replicas, log, task, w.awake, w.owner, err);
    } else if (st == EL_OK) {
        decide(&w);
        assign(&w);
    }
    if (st == EL_OK) {
        count_shares(&w);
        cut_shares(&w);
        deal(&w);
        st = el_parallel_for(w.n, serve_one, &w, task, err);
    }
    if (st == EL_OK) {
        close_shares(&w, bins, &t);
        judge(&w, replicas->promise, energy_j, &t);
        *out = t;
    }
    work_clear(&w);
    return st;
}

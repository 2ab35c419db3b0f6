/* SPDX-License-Identifier: Apache-2.0 */
#include "model/replica.h"

#include <math.h>

#include "base/mem.h"
#include "base/task.h"
#include "energylens/known.h"

#define POLL_EVERY 65536u /* requests between two looks at Ctrl-C */

/* A request in flight. */
typedef struct flight {
    double last_step; /* after which it leaves */
    double first_s;   /* of its first token */
    double shared_j;  /* what a place had cost when it came */
    size_t request;
} flight;

struct el_replica_sim {
    const el_replica *r;
    const el_arrivals *a;
    const el_idle *idle;
    const el_served *served;
    el_bins *bins;
    size_t next, n_flight;
    flight *heap; /* smallest last_step first; r->batch */
    double now_s, step;
    double context, kv_tokens; /* in flight; reserved */
    double shared_j;           /* of one place in the batch, from t = 0 */
    el_replica_sum sum;
    el_bins none; /* where nobody wants them */
};

typedef el_replica_sim sim;

/* ---- time and energy ---- */

static size_t bin_of(const el_bins *bins, double t_s)
{
    double k = floor((t_s - bins->from_s) / bins->width_s);

    return k <= 0.0 ? 0 : (size_t)fmin(k, (double)(bins->n - 1));
}

/* energy_j, drawn evenly from now until now + time_s */
static void fill_bins(el_bins *bins, double now_s, double time_s,
                      double energy_j)
{
    double end_s = now_s + time_s;
    size_t k;

    if (bins->n == 0)
        return;
    k = bin_of(bins, now_s);
    for (; k + 1 < bins->n && end_s > now_s; k++) {
        double border_s = bins->from_s + (double)(k + 1) * bins->width_s;
        double part_j;

        if (end_s <= border_s)
            break;
        part_j = energy_j * ((border_s - now_s) / (end_s - now_s));
        bins->energy_j[k] += part_j;
        energy_j -= part_j;
        now_s = border_s;
    }
    bins->energy_j[k] += energy_j;
}

static void pass_time(sim *s, double time_s, double energy_j)
{
    fill_bins(s->bins, s->now_s, time_s, energy_j);
    s->now_s += time_s;
}

/* Watts with nothing in flight at now, and until when that holds. */
static double idle_power(const sim *s, double *until_s)
{
    const el_idle *idle = s->idle;
    double k;

    *until_s = INFINITY;
    if (!idle->idle_w || idle->n == 0)
        return s->r->idle_w;
    k = floor(s->now_s / idle->interval_s);
    if (k >= (double)(idle->n - 1))
        return idle->idle_w[idle->n - 1];
    *until_s = (k + 1.0) * idle->interval_s;
    return idle->idle_w[(size_t)k];
}

static void rest_until(sim *s, double until_s)
{
    while (s->now_s < until_s) {
        double border_s, power_w = idle_power(s, &border_s);
        double to_s = fmin(border_s, until_s);
        double time_s = to_s - s->now_s;

        s->sum.idle_s += time_s;
        s->sum.idle_j += power_w * time_s;
        pass_time(s, time_s, power_w * time_s);
        s->now_s = to_s; /* exactly: intervals must end */
    }
}

/* ---- requests in flight ---- */

static void push(sim *s, flight f)
{
    size_t i = s->n_flight++;

    for (; i > 0 && s->heap[(i - 1) / 2].last_step > f.last_step;
         i = (i - 1) / 2)
        s->heap[i] = s->heap[(i - 1) / 2];
    s->heap[i] = f;
    s->sum.peak = fmax(s->sum.peak, (double)s->n_flight);
}

static flight pop(sim *s)
{
    flight top = s->heap[0], last = s->heap[--s->n_flight];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= s->n_flight)
            break;
        if (child + 1 < s->n_flight &&
            s->heap[child + 1].last_step < s->heap[child].last_step)
            child++;
        if (last.last_step <= s->heap[child].last_step)
            break;
        s->heap[i] = s->heap[child];
        i = child;
    }
    s->heap[i] = last;
    return top;
}

static double tokens_of(const sim *s, size_t i)
{
    return s->a->isl[i] + s->a->osl[i];
}

static void leave(sim *s)
{
    flight f = pop(s);
    size_t i = f.request;

    s->served->tpot_s[i] = (s->now_s - f.first_s) / (s->a->osl[i] - 1.0);
    s->served->energy_j[i] += s->shared_j - f.shared_j;
    s->context -= tokens_of(s, i);
    s->kv_tokens -= tokens_of(s, i);
}

/* ---- events ---- */

static void refuse(sim *s, size_t i)
{
    s->served->ttft_s[i] = s->served->tpot_s[i] = EL_UNKNOWN;
    s->served->energy_j[i] = EL_UNKNOWN;
    s->sum.n_refused++;
}

static void refuse_too_long(sim *s)
{
    for (; s->next < s->a->n && tokens_of(s, s->next) > s->r->kv_tokens;
         s->next++)
        refuse(s, s->next);
}

/* The next request could be admitted if it were here. */
static bool has_place(const sim *s)
{
    return s->next < s->a->n && s->n_flight < s->r->batch &&
           s->kv_tokens + tokens_of(s, s->next) <= s->r->kv_tokens;
}

static void admit(sim *s, size_t i, double first_s)
{
    s->served->ttft_s[i] = first_s - s->a->arrive_s[i];
    s->served->tpot_s[i] = EL_UNKNOWN;
    if (!(s->a->osl[i] > 1.0))
        return;
    push(s, (flight){s->step + s->a->osl[i] - 1.0, first_s, s->shared_j, i});
    s->context += s->a->isl[i] + 1.0;
    s->kv_tokens += tokens_of(s, i);
}

/* Behind the last request that joins the next pass, and its prompt tokens. */
static size_t choose_pass(const sim *s, double *tokens)
{
    const el_arrivals *a = s->a;
    double kv_tokens = s->kv_tokens;
    size_t end = s->next;

    *tokens = 0.0;
    while (end < a->n && a->arrive_s[end] <= s->now_s &&
           s->n_flight + (end - s->next) < s->r->batch &&
           kv_tokens + tokens_of(s, end) <= s->r->kv_tokens &&
           (end == s->next || *tokens + a->isl[end] <= s->r->chunk_tokens)) {
        *tokens += a->isl[end];
        kv_tokens += tokens_of(s, end++);
    }
    return end;
}

/* each: of a step; per_token: of a token of context; over n steps from now */
static double over_steps(const sim *s, double each, double per_token, double n)
{
    double b = (double)s->n_flight;

    return n * (each + per_token * (s->context + b * (n - 1.0) / 2.0));
}

/* n steps of all in flight, time and energy still to be passed. */
static void make_tokens(sim *s, double n, double *time_s, double *energy_j)
{
    const el_replica *r = s->r;
    size_t k = s->n_flight - 1;
    double b = (double)s->n_flight;

    *time_s = over_steps(s, r->step_s[k], r->context_s[k], n);
    *energy_j = over_steps(s, r->step_j[k], r->context_j[k], n);
    s->step += n;
    s->context += n * b;
    s->shared_j += *energy_j / b;
    s->sum.decode_s += *time_s;
    s->sum.decode_j += *energy_j;
    s->sum.steps += n;
    s->sum.tokens += n * b;
}

static void leave_done(sim *s)
{
    while (s->n_flight > 0 && s->heap[0].last_step <= s->step)
        leave(s);
}

/* One step of those in flight that reads prompts too. */
static void read_prompts(sim *s)
{
    double tokens, time_s, energy_j, step_s = 0.0, step_j = 0.0;
    size_t end = choose_pass(s, &tokens);

    time_s = el_replica_pass(s->r, s->r->pass_s, tokens);
    energy_j = el_replica_pass(s->r, s->r->pass_j, tokens);
    s->sum.prefill_s += time_s;
    s->sum.prefill_j += energy_j;
    if (s->n_flight > 0)
        make_tokens(s, 1.0, &step_s, &step_j);
    for (; s->next < end; s->next++) {
        s->served->energy_j[s->next] = energy_j * s->a->isl[s->next] / tokens;
        admit(s, s->next, s->now_s + time_s + step_s);
    }
    pass_time(s, time_s + step_s, energy_j + step_j);
    leave_done(s);
}

/* Fewest steps, 1 .. most, that last at least wait_s. */
static double steps_until(const sim *s, double each_s, double per_token_s,
                          double wait_s, double most)
{
    double a = per_token_s * (double)s->n_flight / 2.0;
    double b = each_s + per_token_s * s->context - a;
    double n = ceil(2.0 * wait_s / (b + sqrt(b * b + 4.0 * a * wait_s)));

    n = fmin(fmax(n, 1.0), most);
    while (n < most && over_steps(s, each_s, per_token_s, n) < wait_s)
        n++;
    while (n > 1.0 && over_steps(s, each_s, per_token_s, n - 1.0) >= wait_s)
        n--;
    return n;
}

static void decode(sim *s, double until_s)
{
    size_t k = s->n_flight - 1;
    double n = s->heap[0].last_step - s->step, time_s, energy_j;

    if (has_place(s)) /* and so it has not come yet */
        until_s = fmin(until_s, s->a->arrive_s[s->next]);
    if (isfinite(until_s))
        n = steps_until(s, s->r->step_s[k], s->r->context_s[k],
                        until_s - s->now_s, n);
    make_tokens(s, n, &time_s, &energy_j);
    pass_time(s, time_s, energy_j);
    leave_done(s);
}

el_status el_replica_run(el_replica_sim *s, double until_s, const el_task *task,
                         el_error *err)
{
    size_t poll = s->next + POLL_EVERY;

    for (;;) {
        refuse_too_long(s);
        if (s->now_s >= until_s)
            return EL_OK;
        if (s->next >= poll) {
            poll = s->next + POLL_EVERY;
            if (el_task_is_cancelled(task))
                return el_fail(err, EL_E_CANCELLED, "replica: stopped");
        }
        if (has_place(s) && s->a->arrive_s[s->next] <= s->now_s)
            read_prompts(s);
        else if (s->n_flight > 0)
            decode(s, until_s);
        else if (s->next < s->a->n)
            rest_until(s, fmin(s->a->arrive_s[s->next], until_s));
        else
            return EL_OK;
    }
}

el_status el_replica_serve(const el_replica *replica,
                           const el_arrivals *arrivals, const el_idle *idle,
                           el_bins *bins, const el_served *served,
                           const el_task *task, el_replica_sum *out,
                           el_error *err)
{
    sim s = {.r = replica,
             .a = arrivals,
             .idle = idle,
             .served = served,
             .bins = bins};
    el_status st;

    s.heap = el_array(replica->batch, sizeof *s.heap);
    if (!s.heap)
        return el_fail(err, EL_E_NOMEM, "replica: a batch of %zu",
                       replica->batch);
    st = el_replica_run(&s, INFINITY, task, err);
    s.sum.end_s = s.now_s;
    el_free(s.heap);
    if (st == EL_OK)
        *out = s.sum;
    return st;
}

/* ---- in pieces ---- */

static const el_idle no_idle = {INFINITY, 0, NULL};

el_status el_replica_begin(const el_replica *replica,
                           const el_arrivals *arrivals, const el_served *served,
                           el_replica_sim **out, el_error *err)
{
    sim *s = el_array(1, sizeof *s);

    if (s) {
        *s = (sim){.r = replica,
                   .a = arrivals,
                   .idle = &no_idle,
                   .served = served,
                   .bins = &s->none};
        s->heap = el_array(replica->batch, sizeof *s->heap);
    }
    if (!s || !s->heap) {
        el_replica_end(s);
        return el_fail(err, EL_E_NOMEM, "replica: a batch of %zu",
                       replica->batch);
    }
    *out = s;
    return EL_OK;
}

el_replica_queue el_replica_look(const el_replica_sim *s)
{
    el_replica_queue q = {s->a->n - s->next, s->n_flight, INFINITY};

    if (q.waiting > 0)
        q.since_s = s->a->arrive_s[s->next];
    return q;
}

void el_replica_end(el_replica_sim *s)
{
    if (s)
        el_free(s->heap);
    el_free(s);
}

void el_replica_rest(const el_replica *replica, const el_idle *idle,
                     double until_s, el_bins *bins, el_replica_sum *sum)
{
    sim s = {.r = replica,
             .idle = idle,
             .bins = bins,
             .now_s = sum->end_s,
             .sum = *sum};

    rest_until(&s, until_s);
    *sum = s.sum;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/trial.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "profile/rounds.h"
#include "profile/trial_part.h"

#define PAD_S 0.3 /* of readings around the load, for ticks of counters */
#define NAP_S 0.05

/* A trial under way. */
typedef struct run {
    const el_trial_ask *ask;
    const el_task *task;
    el_sampler *sampler; /* NULL: no meter */
    el_trial *t;
    size_t cap_request;
    double *end_s; /* of answered requests, ascending */
    size_t n_end, cap_end;
    double *fail_s; /* of attempts that were not */
    size_t n_fail, cap_fail;
    double *rate, *power, *time_s; /* by tick, at its end */
    size_t n_tick, cap_rate, cap_power, cap_time;
    el_load_now last;
    size_t n_users; /* processes on all devices before */
    bool found, out_of_memory;
    el_rounds rounds;
    el_status status; /* of the engine while the load ran */
    el_error why;
} run;

const char *el_trial_tag(unsigned bit)
{
    static const char *const name[] = {
#define X(flag, at, text) [at] = (text),
        EL_TRIAL_TAG_LIST(X)
#undef X
    };

    return bit < sizeof name / sizeof *name ? name[bit] : NULL;
}

void el_trial_clear(el_trial *t)
{
    for (size_t i = 0; i < t->n_device; i++)
        el_free(t->device[i].trace.v);
    el_free(t->device);
    el_free(t->request);
    *t = (el_trial){.n_device = 0};
}

/* --- while the load runs -------------------------------------------------- */

static double power_now(run *r)
{
    double sum = 0;
    el_reading s;

    for (size_t i = 0; r->sampler && i < r->ask->n_device; i++) {
        if (!el_sampler_last(r->sampler, i, &s) || !(s.have & EL_HAVE_POWER))
            return NAN;
        sum += s.power_w;
    }
    return r->sampler ? sum : (double)NAN;
}

static void show(run *r, el_trial_stage stage, double token_hz)
{
    const el_trial_now now = {stage, power_now(r), token_hz,
                              r->last.n_in_flight, r->last.n_ok};

    if (r->ask->show)
        r->ask->show(&now, r->ask->ctx);
}

/* Ends come nearly in order. */
static bool keep_end(run *r, double end_s)
{
    double *v = el_grow(r->end_s, &r->cap_end, r->n_end + 1, sizeof *v);
    size_t i = r->n_end;

    if (!v)
        return false;
    for (; i > 0 && v[i - 1] > end_s; i--)
        v[i] = v[i - 1];
    v[i] = end_s;
    r->end_s = v;
    r->n_end++;
    return true;
}

static bool keep(run *r, const el_load_request *q)
{
    el_trial *t = r->t;
    el_trial_request *v =
        el_grow(t->request, &r->cap_request, t->n_all + 1, sizeof *v);

    if (!v)
        return false;
    t->request = v;
    v[t->n_all++] = (el_trial_request){
        .flight = {q->sent_s, q->first_s, q->last_s, (double)q->input_tokens,
                   (double)q->output_tokens,
                   el_load_outcome_is_answered(q->outcome)},
        .prompt_tokens = q->prompt_tokens,
        .completion_tokens = q->completion_tokens,
        .ttft_s = el_load_ttft_s(q),
        .itl_s = el_load_tpot_s(q),
        .gap_max_s = q->gap_max_s,
        .n_retry = q->attempt - 1,
        .outcome = q->outcome,
        .answered = el_load_outcome_is_answered(q->outcome)};
    if (!v[t->n_all - 1].answered)
        v[t->n_all - 1].flight.end_s = q->end_s; /* worked on until then */
    if (q->cached_tokens > 0)
        t->tags |= EL_TRIAL_CACHED;
    return !el_load_outcome_is_answered(q->outcome) || keep_end(r, q->last_s);
}

static bool keep_failure(run *r, double end_s)
{
    double *v = el_grow(r->fail_s, &r->cap_fail, r->n_fail + 1, sizeof *v);

    if (!v)
        return false;
    v[r->n_fail++] = end_s;
    r->fail_s = v;
    return true;
}

static bool on_done(const el_load_request *q, void *ctx)
{
    run *r = ctx;

    if (!el_load_outcome_is_answered(q->outcome) &&
        q->outcome != EL_LOAD_STOPPED && !keep_failure(r, q->end_s))
        r->out_of_memory = true;
    if (!q->again && !keep(r, q))
        r->out_of_memory = true;
    return !r->out_of_memory;
}

static bool keep_tick(run *r, const el_load_now *now)
{
    size_t n = r->n_tick;
    double dt = now->time_s - r->last.time_s;
    double *rate = el_grow(r->rate, &r->cap_rate, n + 1, sizeof *rate);
    double *power = el_grow(r->power, &r->cap_power, n + 1, sizeof *power);
    double *time_s = el_grow(r->time_s, &r->cap_time, n + 1, sizeof *time_s);

    r->rate = rate ? rate : r->rate;
    r->power = power ? power : r->power;
    r->time_s = time_s ? time_s : r->time_s;
    if (!rate || !power || !time_s)
        return false;
    if (!(dt > 0))
        return true;
    rate[n] = (double)(now->n_chunk - r->last.n_chunk) / dt;
    power[n] = power_now(r);
    time_s[n] = now->time_s;
    r->n_tick++;
    return true;
}

static bool all_known(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(v[i]))
            return false;
    return true;
}

/* From when on tokens and power are steady; HUGE_VAL: not yet. */
static double steady_from(run *r)
{
    el_trial *t = r->t;
    size_t from;

    if (r->ask->window_s < EL_METER_SHORT_S)
        return r->t->load_s;
    t->rate = el_steady_find(r->rate, r->n_tick);
    t->power = (el_steady){true, 0, NAN, NAN, NAN};
    if (all_known(r->power, r->n_tick))
        t->power = el_steady_find(r->power, r->n_tick);
    if (!t->rate.is_steady || !t->power.is_steady)
        return HUGE_VAL;
    from = t->rate.from > t->power.from ? t->rate.from : t->power.from;
    return from > 0 ? r->time_s[from - 1] : t->load_s;
}

static bool look_for_window(run *r, double now_s)
{
    double from_s = steady_from(r);
    bool late = now_s - r->t->load_s >= r->ask->max_s;

    if (from_s < HUGE_VAL)
        r->found = el_rounds_find(r->end_s, r->n_end, r->ask->in_flight, from_s,
                                  r->ask->window_s, &r->rounds);
    if (!r->found && late) { /* better than nothing, and tagged */
        r->t->tags |= EL_TRIAL_NOT_STEADY;
        r->found = el_rounds_find(r->end_s, r->n_end, r->ask->in_flight,
                                  0.5 * (r->t->load_s + now_s),
                                  r->ask->window_s, &r->rounds);
    }
    show(r, from_s < HUGE_VAL ? EL_TRIAL_MEASURE : EL_TRIAL_WARM_UP,
         r->n_tick > 0 ? r->rate[r->n_tick - 1] : (double)NAN);
    return !r->found && !late;
}

static bool on_tick(const el_load_now *now, void *ctx)
{
    run *r = ctx;
    bool first = r->last.time_s == 0;

    if (r->ask->engine)
        r->status = el_engine_check(r->ask->engine, &r->why);
    if (!first && !keep_tick(r, now))
        r->out_of_memory = true;
    r->last = *now;
    if (r->out_of_memory || r->status != EL_OK)
        return false;
    return look_for_window(r, now->time_s);
}

static el_status load(run *r, el_error *err)
{
    const el_trial_ask *a = r->ask;
    const el_load_work work = {.shape = &a->shape,
                               .n_shape = 1,
                               .arrival = EL_LOAD_CLOSED,
                               .streams = a->in_flight,
                               .seed = a->seed,
                               .done = on_done,
                               .tick = on_tick,
                               .ctx = r};
    el_error why = {0};
    el_status st;

    r->t->load_s = r->sampler ? el_sampler_mark(r->sampler) : el_clock_s();
    st = el_load_run(a->load, &work, r->task, &r->t->total, &why);
    if (r->out_of_memory)
        return el_fail(err, EL_E_NOMEM, "load: %zu requests", r->t->n_all);
    if (st != EL_OK && st != EL_E_CANCELLED && a->engine &&
        r->status == EL_OK) /* who refuses may have died just now */
        r->status = el_engine_check(a->engine, &r->why);
    if (r->status != EL_OK)
        return el_fail(err, r->status, "%s", r->why.message);
    if (st != EL_OK)
        return el_fail(err, st, "%s", why.message);
    if (!r->found)
        return el_fail(err, EL_E_DATA,
                       "no round of %zu requests in %.3g s: %zu were answered "
                       "(--max-time)",
                       a->in_flight, a->max_s, r->n_end);
    r->t->start_s = r->rounds.start_s;
    r->t->end_s = r->rounds.end_s;
    r->t->n_round = r->rounds.n_round;
    for (size_t i = 0; i < r->n_fail; i++)
        if (r->fail_s[i] >= r->t->start_s && r->fail_s[i] <= r->t->end_s)
            r->t->tags |= EL_TRIAL_FAILURES;
    return EL_OK;
}

/* --- around it ------------------------------------------------------------ */

static void wait_until(run *r, double time_s, el_trial_stage stage)
{
    double left;

    while ((left = time_s - el_clock_s()) > 0 &&
           !el_task_is_cancelled(r->task)) {
        el_nap(fmin(left, NAP_S));
        show(r, stage, NAN);
    }
}

static size_t count_users(const run *r)
{
    size_t all = 0, n;

    for (size_t i = 0; i < r->ask->n_device; i++)
        if (el_meter_users(r->ask->meter, r->ask->device[i], &n))
            all += n;
    return all;
}

static el_status open_devices(run *r, el_error *err)
{
    const el_trial_ask *a = r->ask;
    el_trial *t = r->t;
    el_status st = EL_OK;

    if (!a->meter)
        return EL_OK;
    t->device = el_array(a->n_device, sizeof *t->device);
    if (!t->device)
        return el_fail(err, EL_E_NOMEM, "meter: %zu devices", a->n_device);
    t->n_device = a->n_device;
    for (size_t i = 0; st == EL_OK && i < t->n_device; i++) {
        t->device[i].index = a->device[i];
        st =
            el_meter_describe(a->meter, a->device[i], &t->device[i].about, err);
    }
    r->n_users = count_users(r);
    return st == EL_OK ? el_sampler_start(a->meter, a->device, a->n_device,
                                          a->interval_s, &r->sampler, err)
                       : st;
}

static el_status idle_load_idle(run *r, el_error *err)
{
    double pad = r->sampler ? fmax(PAD_S, 2 * r->ask->interval_s) : 0;
    double idle = fmax(pad, r->ask->idle_s), after_s;
    el_status st;

    wait_until(r, r->t->begin_s + idle, EL_TRIAL_IDLE_BEFORE);
    if (el_task_is_cancelled(r->task))
        return el_fail(err, EL_E_CANCELLED, "before the load began");
    st = load(r, err);
    if (st != EL_OK)
        return st;
    after_s = el_clock_s();
    wait_until(r, after_s + idle, EL_TRIAL_IDLE_AFTER);
    if (el_task_is_cancelled(r->task))
        return el_fail(err, EL_E_CANCELLED, "after the load");
    if (!r->sampler)
        return EL_OK;
    st = el_sampler_stop(r->sampler, err);
    if (st == EL_OK)
        st = el_trial_weigh(r->ask, r->sampler, after_s, el_clock_s(), r->t,
                            err);
    if (st == EL_OK && count_users(r) > r->n_users)
        r->t->quality |= EL_Q_FOREIGN;
    return st;
}

static void forget_energy(el_trial *t)
{
    t->energy_j = t->error_j = t->all_energy_j = t->idle_w = t->power_w = NAN;
    el_str_copy(t->no_phases, sizeof t->no_phases, "no meter");
    t->rate = t->power = (el_steady){false, 0, NAN, NAN, NAN};
}

el_status el_trial_run(const el_trial_ask *ask, const el_task *task,
                       el_trial *out, el_error *err)
{
    el_trial t = {.begin_s = el_clock_s(), .begin_utc_s = el_clock_utc_s()};
    run r = {.ask = ask, .task = task, .t = &t};
    el_status st;

    forget_energy(&t);
    st = open_devices(&r, err);
    if (st == EL_OK)
        st = idle_load_idle(&r, err);
    if (st == EL_OK)
        st = el_trial_count(ask, &t, err);
    if (ask->window_s < EL_METER_SHORT_S)
        t.tags |= EL_TRIAL_UNTESTED;
    if (fabs(el_clock_utc_s() - t.begin_utc_s - (el_clock_s() - t.begin_s)) >
        EL_TRIAL_CLOCK_S)
        t.tags |= EL_TRIAL_CLOCK_STEP;
    el_sampler_free(r.sampler);
    el_free(r.end_s);
    el_free(r.fail_s);
    el_free(r.rate);
    el_free(r.power);
    el_free(r.time_s);
    if (st == EL_OK)
        *out = t;
    else
        el_trial_clear(&t);
    return st;
}

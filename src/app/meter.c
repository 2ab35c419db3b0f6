/* SPDX-License-Identifier: Apache-2.0 */
#include "app/meter.h"

#include <math.h>
#include <string.h>

#include "app/meter_samples.h"
#include "base/clock.h"
#include "base/mem.h"
#include "meter/idle.h"

#define PAD_S 0.3 /* of readings around the window, for ticks */
#define NAP_S 0.05

/* One measurement under way. */
typedef struct run {
    const el_meter_query *query;
    const el_task *task;
    el_meter *meter;
    el_sampler *sampler;
    size_t *index;
    double begin_s, start_s, end_s, idle_end_s;
    el_metered *m;
} run;

void el_metered_clear(el_metered *m)
{
    el_free(m->device);
    m->device = NULL;
    m->n = 0;
}

static el_status open_devices(run *r, el_error *err)
{
    const el_meter_query *q = r->query;
    el_metered *m = r->m;
    el_status st = el_meter_open(q->meter, &r->meter, err);
    size_t all;

    if (st != EL_OK)
        return st;
    all = el_meter_count(r->meter);
    m->meter = el_meter_kind_of(r->meter)->name;
    m->interval_s =
        fmax(q->interval_s, el_meter_kind_of(r->meter)->min_interval_s);
    r->index = el_array(all, sizeof *r->index);
    m->device = el_array(all, sizeof *m->device);
    if (!r->index || !m->device)
        return el_fail(err, EL_E_NOMEM, "meter: %zu devices", all);
    st = el_meter_pick(r->meter, q->gpu, q->n_gpu, r->index, &m->n, err);
    for (size_t i = 0; st == EL_OK && i < m->n; i++) {
        m->device[i].index = r->index[i];
        st = el_meter_describe(r->meter, r->index[i], &m->device[i].about, err);
    }
    return st;
}

/* Processes on a device before and after are not the command's, which is not
   there then. */
static void look_for_others(run *r)
{
    for (size_t i = 0; i < r->m->n; i++) {
        size_t n = 0;

        if (el_meter_users(r->meter, r->index[i], &n) && n > 0)
            r->m->device[i].energy.flags |= EL_Q_FOREIGN;
    }
}

static void sleep_until(const run *r, double time_s)
{
    double left;

    while ((left = time_s - el_clock_s()) > 0 &&
           !el_task_is_cancelled(r->task) && el_sampler_is_alive(r->sampler))
        el_nap(fmin(left, NAP_S));
}

static el_status run_command(run *r, el_error *err)
{
    const el_meter_query *q = r->query;
    pid_t pid;
    el_status st;

    if (el_task_is_cancelled(r->task))
        return el_fail(err, EL_E_CANCELLED, "the command was not started");
    r->start_s = el_sampler_mark(r->sampler);
    st = el_command_start(q->argv, !q->keep_stdout, &pid, err);
    if (st == EL_OK)
        st = el_command_wait(pid, q->pass, q->pass_ctx, &r->m->exit_code, err);
    r->end_s = el_clock_s();
    (void)el_sampler_mark(r->sampler);
    return st;
}

/* The counter's next tick must be seen even by who is in a hurry. */
static void idle_after(run *r)
{
    double pad = fmax(PAD_S, 2 * r->m->interval_s);
    double until = r->end_s + fmax(pad, r->query->idle_s);

    sleep_until(r, until);
    while (el_clock_s() < r->end_s + pad && el_sampler_is_alive(r->sampler))
        el_nap(NAP_S);
    r->idle_end_s = el_clock_s();
}

static el_status sample_run(run *r, el_error *err)
{
    el_status st = el_sampler_start(r->meter, r->index, r->m->n,
                                    r->m->interval_s, &r->sampler, err);

    if (st != EL_OK)
        return st;
    r->begin_s = el_clock_s();
    sleep_until(r, r->begin_s + fmax(fmax(PAD_S, 2 * r->m->interval_s),
                                     r->query->idle_s));
    st = run_command(r, err);
    if (st == EL_OK)
        idle_after(r);
    if (st == EL_OK)
        st = el_sampler_stop(r->sampler, err);
    else
        (void)!el_sampler_stop(r->sampler, NULL);
    el_sampler_cost_of(r->sampler, &r->m->cost);
    return st;
}

static void subtract_idle(const run *r, const el_trace *t, el_metered_device *d)
{
    double settle = EL_IDLE_SETTLE * (r->idle_end_s - r->end_s);

    d->idle_before_w = d->idle_after_w = d->above_idle_j = NAN;
    if (!(r->query->idle_s > 0))
        return;
    d->idle_before_w = el_idle_power(t, &d->about, r->begin_s, r->start_s);
    d->idle_after_w =
        el_idle_power(t, &d->about, r->end_s + settle, r->idle_end_s);
    if (d->energy.source != EL_BY_NONE)
        d->above_idle_j =
            d->energy.energy_j - d->idle_before_w * d->energy.covered_s;
    if (el_idle_drifts(d->idle_before_w, d->idle_after_w))
        d->energy.flags |= EL_Q_IDLE_DRIFT;
}

static el_status evaluate_device(run *r, size_t i, el_error *err)
{
    el_metered_device *d = &r->m->device[i];
    const el_window w = {r->start_s, r->end_s, d->about.wrap_j,
                         d->about.tick_s};
    uint32_t flags = d->energy.flags;
    el_sampled s;
    el_error why = {0};
    el_status st;

    el_sampler_result(r->sampler, i, &s);
    st = el_energy_between(s.trace->v, s.trace->n, &w, &d->energy, &why);
    if (st == EL_E_NOMEM)
        return el_fail(err, st, "%s", why.message);
    if (st != EL_OK)
        d->energy = (el_energy){.energy_j = NAN, .flags = EL_Q_PARTIAL};
    d->lost = s.lost && s.lost_s < r->end_s;
    d->n_failed = s.n_failed;
    el_str_copy(d->why, sizeof d->why,
                s.why[0] || st == EL_OK ? s.why : why.message);
    if (d->lost)
        flags |= EL_Q_PARTIAL;
    if (d->about.shared)
        flags |= EL_Q_WHOLE_BOARD;
    if (r->end_s - r->start_s < EL_METER_SHORT_S)
        flags |= EL_Q_SHORT;
    d->energy.flags |= flags;
    subtract_idle(r, s.trace, d);
    return EL_OK;
}

static el_status add_up(run *r, el_error *err)
{
    el_metered *m = r->m;
    double variance = 0;
    size_t known = 0;

    m->time_s = r->end_s - r->start_s;
    m->energy_j = m->above_idle_j = 0;
    for (size_t i = 0; i < m->n; i++) {
        const el_metered_device *d = &m->device[i];

        m->partial = m->partial || (d->energy.flags & EL_Q_PARTIAL);
        if (d->energy.source == EL_BY_NONE)
            continue;
        known++;
        m->energy_j += d->energy.energy_j;
        m->above_idle_j += d->above_idle_j;
        variance += d->energy.error_j * d->energy.error_j;
    }
    m->error_j = sqrt(variance);
    if (known == 0)
        return el_fail(err, EL_E_DEVICE, "%s: no energy is known: %s", m->meter,
                       m->device[0].why);
    return EL_OK;
}

static el_status refuse_short(const run *r, el_error *err)
{
    double time_s = r->end_s - r->start_s;

    if (time_s >= EL_METER_SHORT_S || r->query->allow_short)
        return EL_OK;
    return el_fail(err, EL_E_DATA,
                   "the command ended with %d after %.3g s: below %g s energy "
                   "can be far off; run it for longer, or take it with "
                   "--allow-short",
                   r->m->exit_code, time_s, EL_METER_SHORT_S);
}

static el_status measure(run *r, el_error *err)
{
    el_status st = open_devices(r, err);

    if (st != EL_OK)
        return st;
    look_for_others(r);
    st = sample_run(r, err);
    if (st == EL_OK)
        look_for_others(r);
    if (st == EL_OK && r->query->samples)
        st = el_meter_samples_write(r->query->samples, r->sampler, r->m,
                                    r->begin_s, err);
    if (st == EL_OK)
        st = refuse_short(r, err);
    for (size_t i = 0; st == EL_OK && i < r->m->n; i++)
        st = evaluate_device(r, i, err);
    if (st == EL_OK)
        st = add_up(r, err);
    return st;
}

el_status el_app_meter(const el_meter_query *query, const el_task *task,
                       el_metered *out, el_error *err)
{
    el_metered m = {.meter = ""};
    run r = {.query = query, .task = task, .m = &m};
    el_status st = measure(&r, err);

    el_sampler_free(r.sampler);
    el_meter_close(r.meter);
    el_free(r.index);
    out->exit_code = m.exit_code;
    if (st == EL_OK)
        *out = m;
    else
        el_metered_clear(&m);
    return st;
}

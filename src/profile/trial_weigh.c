/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/trial_part.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "meter/idle.h"

#define LOADED_SHARE 0.05 /* above idle: a device that works draws more */

static el_status weigh_device(const el_trial_ask *ask, const el_trial *t,
                              double idle_from_s, double idle_to_s,
                              el_trial_device *d, el_error *err)
{
    double settle = EL_IDLE_SETTLE * (idle_to_s - idle_from_s);
    const el_window w = {t->start_s, t->end_s, d->about.wrap_j,
                         d->about.tick_s};
    el_error why = {0};
    el_status st =
        el_energy_between(d->trace.v, d->trace.n, &w, &d->energy, &why);

    if (st == EL_E_NOMEM)
        return el_fail(err, st, "%s", why.message);
    if (st != EL_OK)
        d->energy = (el_energy){.energy_j = NAN, .flags = EL_Q_PARTIAL};
    d->idle_before_w = d->idle_after_w = NAN;
    if (d->about.shared)
        d->energy.flags |= EL_Q_WHOLE_BOARD;
    if (t->end_s - t->start_s < EL_METER_SHORT_S)
        d->energy.flags |= EL_Q_SHORT;
    if (!(ask->idle_s > 0))
        return EL_OK;
    d->idle_before_w =
        el_idle_power(&d->trace, &d->about, t->begin_s, t->load_s);
    d->idle_after_w =
        el_idle_power(&d->trace, &d->about, idle_from_s + settle, idle_to_s);
    if (el_idle_drifts(d->idle_before_w, d->idle_after_w))
        d->energy.flags |= EL_Q_IDLE_DRIFT;
    return EL_OK;
}

/* Sums over devices; one that is unknown makes the sum unknown. */
static void add_up(const el_trial_ask *ask, el_trial *t)
{
    double variance = 0;

    t->energy_j = t->all_energy_j = t->idle_w = 0;
    for (size_t i = 0; i < t->n_device; i++) {
        const el_trial_device *d = &t->device[i];
        const el_energy *e = &d->energy;
        bool whole = e->source != EL_BY_NONE && !(e->flags & EL_Q_PARTIAL);

        t->all_energy_j += whole ? e->energy_j : (double)NAN;
        if (i >= ask->n_used)
            continue;
        t->quality |= e->flags;
        t->energy_j += whole ? e->energy_j : (double)NAN;
        t->idle_w += d->idle_before_w;
        variance += e->error_j * e->error_j;
        if (whole && e->mean_w < (1 + LOADED_SHARE) * d->idle_before_w)
            t->tags |= EL_TRIAL_NOT_LOADED;
    }
    t->error_j = sqrt(variance);
    t->power_w = t->energy_j / (t->end_s - t->start_s);
}

/* --- phases --------------------------------------------------------------- */

/* Cumulative energy of a device by its power, else by its counter's steps. */
static void shape_of(const el_trial_device *d, el_curve *c)
{
    double last_s = -HUGE_VAL, last_j = NAN, since_s = NAN;

    for (size_t i = 0; i < d->trace.n; i++) {
        const el_reading *s = &d->trace.v[i];

        if (!(s->time_s > last_s))
            continue;
        if (s->have & EL_HAVE_POWER) {
            el_curve_add_slope(c, s->time_s, s->power_w);
            last_s = s->time_s;
        } else if ((s->have & EL_HAVE_ENERGY) && s->energy_j != last_j) {
            if (s->energy_j > last_j) {
                el_curve_add_slope(c, s->time_s,
                                   (s->energy_j - last_j) /
                                       (s->time_s - since_s));
                last_s = s->time_s;
            }
            last_j = s->energy_j;
            since_s = s->time_s;
        }
    }
}

static el_status split_device(const el_trial *t, const el_trial_device *d,
                              const el_flight *flight, el_phases *out,
                              el_error *err)
{
    el_curve c = {el_array(d->trace.n, sizeof *c.at), 0};
    el_status st;

    if (!c.at)
        return el_fail(err, d->trace.n ? EL_E_NOMEM : EL_E_DATA,
                       "phases: no readings");
    shape_of(d, &c);
    st = c.n < 2 ? el_fail(err, EL_E_DATA, "too few readings")
                 : el_phases_split(flight, t->n_all, &c, t->start_s, t->end_s,
                                   d->energy.energy_j, out, err);
    el_free(c.at);
    return st;
}

static el_status split_all(const el_trial_ask *ask, el_trial *t,
                           const el_flight *flight, el_error *err)
{
    el_phases sum = {0};

    for (size_t i = 0; i < ask->n_used; i++) {
        el_phases p;
        el_status st = split_device(t, &t->device[i], flight, &p, err);

        if (st != EL_OK)
            return st;
        sum.prefill_j += p.prefill_j;
        sum.decode_j += p.decode_j;
        sum.mixed_j += p.mixed_j;
        sum.nobody_j += p.nobody_j;
    }
    t->phases = sum;
    t->has_phases = true;
    return EL_OK;
}

static el_status split(const el_trial_ask *ask, el_trial *t, el_error *err)
{
    el_flight *flight = el_array(t->n_all, sizeof *flight);
    el_error why = {0};
    size_t n = 0;
    el_status st;

    if (!flight)
        return el_fail(err, EL_E_NOMEM, "phases: %zu requests", t->n_all);
    for (size_t i = 0; i < t->n_all; i++) {
        flight[i] = t->request[i].flight;
        if (isnan(flight[i].start_s)) /* never sent */
            flight[i].start_s = HUGE_VAL;
        n += t->request[i].answered;
    }
    st = n > 0 ? split_all(ask, t, flight, &why) : EL_E_DATA;
    el_free(flight);
    if (st == EL_E_NOMEM)
        return el_fail(err, st, "%s", why.message);
    if (st != EL_OK)
        el_str_copy(t->no_phases, sizeof t->no_phases, why.message);
    return EL_OK;
}

/* -------------------------------------------------------------------------- */

/* The sampler's readings are copied: they outlive it. */
static el_status take_readings(el_sampler *sampler, el_trial *t, el_error *err)
{
    for (size_t i = 0; i < t->n_device; i++) {
        el_trace *own = &t->device[i].trace;
        el_sampled s;

        el_sampler_result(sampler, i, &s);
        if (s.trace->n == 0)
            continue;
        own->v = el_array(s.trace->n, sizeof *own->v);
        if (!own->v)
            return el_fail(err, EL_E_NOMEM, "meter: %zu readings", s.trace->n);
        own->n = own->cap = s.trace->n;
        memcpy(own->v, s.trace->v, own->n * sizeof *own->v);
    }
    return EL_OK;
}

el_status el_trial_weigh(const el_trial_ask *ask, el_sampler *sampler,
                         double idle_from_s, double idle_to_s, el_trial *t,
                         el_error *err)
{
    el_status st = take_readings(sampler, t, err);

    for (size_t i = 0; st == EL_OK && i < t->n_device; i++)
        st = weigh_device(ask, t, idle_from_s, idle_to_s, &t->device[i], err);
    if (st != EL_OK)
        return st;
    add_up(ask, t);
    if (isnan(t->energy_j))
        return el_fail(err, EL_E_DATA,
                       "the meter lost a device or told nothing of it");
    return split(ask, t, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "app/live_part.h"
#include "base/mem.h"
#include "energylens/known.h"
#include "meter/counter.h"

#define COUNTER_INTERVAL_S 1.0
#define POWER_INTERVAL_S   0.2 /* polled power is summed up by trapezoids */

typedef struct channel {
    el_live_device now;
    el_reading last;
} channel;

struct el_live_meter {
    el_meter *meter;
    double interval_s;
    size_t n;
    channel at[EL_LIVE_MAX_DEVICES];
};

static bool has(const el_reading *r, uint32_t what)
{
    return (r->have & what) != 0;
}

/* Joules of a counter since the reading before; a reset gained nothing that
 * can be told. */
static double counted_j(const channel *c, const el_reading *r)
{
    double gained_j =
        el_counter_gain(c->last.energy_j, r->energy_j, c->now.about.wrap_j);

    return el_is_known(gained_j) ? gained_j : 0.0;
}

static void take(channel *c, const el_reading *r)
{
    double time_s = r->time_s - c->last.time_s, gained_j = 0.0;
    bool both = has(r, EL_HAVE_ENERGY) && has(&c->last, EL_HAVE_ENERGY);

    if (both)
        gained_j = counted_j(c, r);
    else if (has(r, EL_HAVE_POWER) && has(&c->last, EL_HAVE_POWER))
        gained_j = time_s * (r->power_w + c->last.power_w) / 2.0;
    c->now.energy_j += gained_j;
    c->now.counter_j = has(r, EL_HAVE_ENERGY) ? r->energy_j : EL_UNKNOWN;
    c->now.power_w = EL_UNKNOWN;
    if (has(r, EL_HAVE_POWER))
        c->now.power_w = r->power_w;
    else if (both && time_s > 0.0)
        c->now.power_w = gained_j / time_s;
    c->last = *r;
}

void el_live_meter_look(el_live_meter *meter)
{
    el_status fresh = el_meter_refresh(meter->meter, NULL);

    for (size_t i = 0; i < meter->n; i++) {
        channel *c = &meter->at[i];
        el_reading r;

        if (fresh == EL_OK && el_meter_read(meter->meter, c->now.index, false,
                                            &r, NULL) == EL_OK) {
            take(c, &r);
        } else {
            c->now.n_failed++;
            c->now.power_w = c->now.counter_j = EL_UNKNOWN;
        }
    }
}

static el_status open_devices(el_live_meter *m, el_error *err)
{
    size_t index[EL_LIVE_MAX_DEVICES];
    el_status st;

    if (el_meter_count(m->meter) > EL_LIVE_MAX_DEVICES)
        return el_fail(err, EL_E_ARG, "--meter: more than %u devices",
                       EL_LIVE_MAX_DEVICES);
    st = el_meter_pick(m->meter, NULL, 0, index, &m->n, err);
    for (size_t i = 0; st == EL_OK && i < m->n; i++) {
        channel *c = &m->at[i];

        c->now.index = index[i];
        c->now.power_w = c->now.counter_j = EL_UNKNOWN;
        st = el_meter_describe(m->meter, index[i], &c->now.about, err);
        if (st == EL_OK)
            st = el_meter_read(m->meter, index[i], false, &c->last, err);
        if (st == EL_OK && !has(&c->last, EL_HAVE_ENERGY))
            m->interval_s = fmin(m->interval_s, POWER_INTERVAL_S);
        if (st == EL_OK)
            take(c, &c->last);
    }
    return st;
}

el_status el_live_meter_open(const char *spec, el_live_meter **out,
                             el_error *err)
{
    el_live_meter *m = el_array(1, sizeof *m);
    el_status st;

    if (!m)
        return el_fail(err, EL_E_NOMEM, "live: out of memory");
    m->interval_s = COUNTER_INTERVAL_S;
    st = el_meter_open(spec, &m->meter, err);
    if (st == EL_OK)
        st = el_meter_refresh(m->meter, err);
    if (st == EL_OK)
        st = open_devices(m, err);
    if (st == EL_OK) {
        m->interval_s =
            fmax(m->interval_s, el_meter_kind_of(m->meter)->min_interval_s);
        *out = m;
    } else {
        el_live_meter_close(m);
    }
    return st;
}

double el_live_meter_interval_s(const el_live_meter *meter)
{
    return meter->interval_s;
}

void el_live_meter_copy(const el_live_meter *meter, el_live_now *out)
{
    out->meter = el_meter_kind_of(meter->meter)->name;
    out->n_device = meter->n;
    for (size_t i = 0; i < meter->n; i++)
        out->device[i] = meter->at[i].now;
}

void el_live_meter_close(el_live_meter *meter)
{
    if (meter)
        el_meter_close(meter->meter);
    el_free(meter);
}

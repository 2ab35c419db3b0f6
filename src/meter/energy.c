/* SPDX-License-Identifier: Apache-2.0 */
#include "meter/energy.h"

#include <math.h>
#include <stdbool.h>

#include "base/mem.h"
#include "meter/counter.h"
#include "meter/curve.h"

#define MISSING_SHARE 1e-3 /* of the window: less is no part of it missing */

const char *el_quality_name(unsigned bit)
{
    static const char *const name[] = {
#define X(flag, at, text) [at] = (text),
        EL_QUALITY_LIST(X)
#undef X
    };

    return bit < sizeof name / sizeof *name ? name[bit] : NULL;
}

/* Readings of polled power with the energy up to each of them. */
static void power_curve(const el_reading *v, size_t n, el_curve *c)
{
    for (size_t i = 0; i < n; i++)
        if ((v[i].have & EL_HAVE_POWER) && isfinite(v[i].power_w))
            el_curve_add_slope(c, v[i].time_s, v[i].power_w);
}

/* Copies the readings whose time grows; the clock of a recording may not. */
static size_t in_order(const el_reading *v, size_t n, el_reading *out)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++)
        if (isfinite(v[i].time_s) &&
            (m == 0 || v[i].time_s > out[m - 1].time_s))
            out[m++] = v[i];
    return m;
}

/* Longest hole between the curve's points that touches the window. */
static bool has_gap(const el_curve *c, const el_window *w)
{
    double period = el_curve_median_step(c);

    for (size_t i = 1; i < c->n; i++) {
        double lo = fmax(c->at[i - 1].time_s, w->start_s);
        double hi = fmin(c->at[i].time_s, w->end_s);

        if (hi - lo > EL_GAP_S && hi - lo > EL_GAP_PERIODS * period)
            return true;
    }
    return false;
}

/* Both curves go on for one step beyond their ends, see curve.h. */
static double covered(const el_curve *c, const el_window *w)
{
    double reach = el_curve_median_step(c);
    double lo = fmax(c->at[0].time_s - reach, w->start_s);
    double hi = fmin(c->at[c->n - 1].time_s + reach, w->end_s);

    return fmax(hi - lo, 0);
}

/* One sigma of the trapezoid rule: a step falls anywhere between readings. */
static double power_error(const el_curve *c, const el_window *w)
{
    double sum = 0;

    for (size_t i = 1; i < c->n; i++) {
        const el_curve_point *a = &c->at[i - 1], *b = &c->at[i];
        double x = (b->slope - a->slope) * (b->time_s - a->time_s);

        if (b->time_s > w->start_s && a->time_s < w->end_s)
            sum += x * x / 12;
    }
    return sqrt(sum);
}

static void by_power(const el_curve *c, const el_window *w, el_energy *e)
{
    if (c->n < 2)
        return;
    e->covered_s = covered(c, w);
    if (!(e->covered_s > 0))
        return;
    e->from_power_j =
        el_curve_value(c, w->end_s) - el_curve_value(c, w->start_s);
    e->energy_j = e->from_power_j;
    e->error_j = power_error(c, w);
    e->source = EL_BY_POWER;
    if (has_gap(c, w))
        e->flags |= EL_Q_GAP;
}

static void by_counter(const el_curve *ticks, const el_counter *counter,
                       const el_curve *power, const el_window *w, el_energy *e)
{
    if (ticks->n < 2 || !(covered(ticks, w) > 0))
        return;
    e->from_counter_j = el_counter_value(ticks, power, w->end_s) -
                        el_counter_value(ticks, power, w->start_s);
    if (el_counter_fell(counter, w->start_s, w->end_s)) {
        e->flags |= EL_Q_COUNTER_FELL;
        if (e->source == EL_BY_POWER)
            return;
        e->flags |= EL_Q_PARTIAL; /* what was lost in the fall is unknown */
    }
    e->source = EL_BY_COUNTER;
    e->energy_j = e->from_counter_j;
    e->covered_s = covered(ticks, w);
    e->error_j = el_counter_error(ticks, counter, power, w);
    e->flags &= ~(uint32_t)EL_Q_GAP; /* a counter goes on between readings */
}

static void look_inside(const el_reading *v, size_t n, const el_window *w,
                        el_energy *e)
{
    size_t tell = 0, held = 0;

    for (size_t i = 0; i < n; i++) {
        if (v[i].time_s < w->start_s || v[i].time_s > w->end_s)
            continue;
        e->n++;
        if ((v[i].have & EL_HAVE_POWER) && isfinite(v[i].power_w))
            e->max_w = fmax(e->max_w, v[i].power_w); /* fmax drops the NaN */
        if (!(v[i].have & EL_HAVE_THROTTLE))
            continue;
        tell++;
        held += v[i].throttle != 0;
        if (v[i].throttle & EL_THROTTLE_POWER)
            e->flags |= EL_Q_THROTTLE_POWER;
        if (v[i].throttle & (EL_THROTTLE_HEAT | EL_THROTTLE_OTHER))
            e->flags |= EL_Q_THROTTLE_HEAT;
    }
    if (tell > 0)
        e->throttled_share = (double)held / (double)tell;
}

static void judge(const el_window *w, el_energy *e)
{
    double length = w->end_s - w->start_s;
    double apart = fabs(e->from_counter_j - e->from_power_j);

    e->mean_w = e->energy_j / e->covered_s;
    if (length - e->covered_s > MISSING_SHARE * length)
        e->flags |= EL_Q_PARTIAL;
    if (apart > EL_DISAGREE_SHARE * fmax(e->from_counter_j, e->from_power_j))
        e->flags |= EL_Q_DISAGREE;
    if (e->error_j > EL_COARSE_SHARE * fabs(e->energy_j))
        e->flags |= EL_Q_COARSE;
}

static el_status evaluate(const el_reading *v, size_t n, const el_window *w,
                          el_curve *power, el_curve *ticks, el_energy *e,
                          el_error *err)
{
    el_counter counter;

    power_curve(v, n, power);
    el_counter_ticks(v, n, w, ticks, &counter);
    by_power(power, w, e);
    by_counter(ticks, &counter, power, w, e);
    if (e->source == EL_BY_NONE)
        return el_fail(err, EL_E_DATA,
                       "%zu readings, but no energy or power inside the window",
                       n);
    look_inside(v, n, w, e);
    if (isnan(e->max_w))
        e->max_w = el_counter_max_w(ticks, w);
    judge(w, e);
    return EL_OK;
}

el_status el_energy_between(const el_reading *v, size_t n, const el_window *w,
                            el_energy *out, el_error *err)
{
    el_energy e = {.energy_j = NAN,
                   .error_j = NAN,
                   .from_counter_j = NAN,
                   .from_power_j = NAN,
                   .max_w = NAN,
                   .throttled_share = NAN};
    el_curve power = {0}, ticks = {0};
    el_reading *kept = NULL;
    el_status st;
    size_t m;

    if (n == 0 || !(w->start_s < w->end_s))
        return el_fail(err, n == 0 ? EL_E_DATA : EL_E_ARG,
                       n == 0 ? "no reading at all" : "window: ends too early");
    kept = el_array(n, sizeof *kept);
    power.at = el_array(n, sizeof *power.at);
    ticks.at = el_array(n, sizeof *ticks.at);
    if (!kept || !power.at || !ticks.at) {
        st = el_fail(err, EL_E_NOMEM, "energy: scratch for %zu readings", n);
        goto done;
    }
    m = in_order(v, n, kept);
    if (m < n)
        e.flags |= EL_Q_CLOCK_BACK;
    st = evaluate(kept, m, w, &power, &ticks, &e, err);
    if (st == EL_OK)
        *out = e;
done:
    el_free(ticks.at);
    el_free(power.at);
    el_free(kept);
    return st;
}

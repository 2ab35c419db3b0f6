/* SPDX-License-Identifier: Apache-2.0 */
#include "meter/counter.h"

#include <math.h>
#include <string.h>

#define WRAP_SHARE 0.5 /* of the range: a smaller fall is no wrap */
#define MIN_EVEN   8u  /* ticks, for a line through them to mean anything */
#define MIN_PEAK_S 0.1

/* Walks through the readings of a counter. */
typedef struct walk {
    double time_s, raw_j, total_j; /* of the reading before */
    bool begun;
    size_t n_read, n_changed;
} walk;

static void note_fall(el_counter *c, double time_s)
{
    size_t i = c->n_fell < EL_MAX_FALLS ? c->n_fell++ : EL_MAX_FALLS - 1;

    c->fell_s[i] = time_s;
}

double el_counter_gain(double before_j, double now_j, double wrap_j)
{
    double rise = now_j - before_j;

    if (rise >= 0)
        return rise;
    return wrap_j > 0 && -rise > WRAP_SHARE * wrap_j ? rise + wrap_j
                                                     : (double)NAN;
}

/* What the counter gained since the reading before. */
static double gain(double before_j, const el_reading *s, double wrap_j,
                   el_counter *c)
{
    double rise = el_counter_gain(before_j, s->energy_j, wrap_j);

    if (!isnan(rise))
        return rise;
    note_fall(c, s->time_s);
    return 0;
}

/* Changes, each at the reading that first showed it; the first reading of all
   is none, since its tick may be long past. */
static walk find_changes(const el_reading *v, size_t n, double wrap_j,
                         el_curve *ticks, el_counter *c)
{
    walk k = {0};
    double sum_bracket = 0;

    for (size_t i = 0; i < n; i++) {
        double more;

        if (!(v[i].have & EL_HAVE_ENERGY) || !isfinite(v[i].energy_j))
            continue;
        k.n_read++;
        more = k.begun ? gain(k.raw_j, &v[i], wrap_j, c) : 0;
        k.total_j += more;
        if (more > 0) {
            ticks->at[ticks->n++] =
                (el_curve_point){v[i].time_s, k.total_j,
                                 v[i].time_s - k.time_s /* see place_ticks */};
            sum_bracket += v[i].time_s - k.time_s;
        }
        k.begun = true;
        k.raw_j = v[i].energy_j;
        k.time_s = v[i].time_s;
    }
    k.n_changed = ticks->n;
    if (ticks->n > 0)
        c->bracket_s = sum_bracket / (double)ticks->n;
    return k;
}

/* Number of ticks from point i - 1 to i; at least one. */
static double ticks_between(const el_curve *t, size_t i, double period)
{
    return fmax(1, round((t->at[i].time_s - t->at[i - 1].time_s) / period));
}

typedef struct line {
    double at0, step;
} line;

/* Least squares of the times of changes over their numbers. */
static line even_line(const el_curve *t, double period)
{
    double k = 0, mk = 0, mt = 0, skk = 0, skt = 0;
    const double n = (double)t->n;

    for (size_t i = 0; i < t->n; i++) {
        k += i > 0 ? ticks_between(t, i, period) : 0;
        mk += k / n;
        mt += t->at[i].time_s / n;
    }
    k = 0;
    for (size_t i = 0; i < t->n; i++) {
        k += i > 0 ? ticks_between(t, i, period) : 0;
        skk += (k - mk) * (k - mk);
        skt += (k - mk) * (t->at[i].time_s - mt);
    }
    return (line){mt - mk * skt / skk, skt / skk};
}

/* Does the line pass between the two readings around every change? */
static bool line_holds(const el_curve *t, double period, line l, bool move)
{
    double k = 0;

    for (size_t i = 0; i < t->n; i++) {
        double on_line, was = t->at[i].time_s;

        k += i > 0 ? ticks_between(t, i, period) : 0;
        on_line = l.at0 + l.step * k;
        if (!move && fabs(on_line - was) > 0.55 * t->at[i].slope)
            return false;
        if (move)
            t->at[i].time_s = on_line;
    }
    return true;
}

/* Counts ticks with times still moving: line_holds(move) may not, since
   ticks_between() looks at times that it has just moved by up to half a
   bracket, which is far less than half a period. */
static void place_ticks(el_curve *t, el_counter *c)
{
    double period;

    for (size_t i = 0; i < t->n; i++)
        t->at[i].time_s -= t->at[i].slope / 2;
    period = el_curve_median_step(t);
    if (t->n < MIN_EVEN || period < 2 * c->bracket_s)
        return;
    for (int round = 0; round < 2; round++) { /* the second with its period */
        line l = even_line(t, period);

        if (!line_holds(t, period, l, false))
            return;
        period = l.step;
        if (round == 1 && line_holds(t, period, l, true))
            c->n_even = t->n;
    }
}

void el_counter_ticks(const el_reading *v, size_t n, const el_window *w,
                      el_curve *ticks, el_counter *out)
{
    walk k;

    memset(out, 0, sizeof *out);
    k = find_changes(v, n, w->wrap_j, ticks, out);
    /* read less often than it ticks: each reading is the value of that time */
    if (2 * k.n_changed < k.n_read)
        place_ticks(ticks, out);
    else if (w->tick_s < out->bracket_s)
        out->bracket_s = w->tick_s;
    for (size_t i = ticks->n; i-- > 1;)
        ticks->at[i].slope = (ticks->at[i].value - ticks->at[i - 1].value) /
                             (ticks->at[i].time_s - ticks->at[i - 1].time_s);
    if (ticks->n > 0)
        ticks->at[0].slope = ticks->n > 1 ? ticks->at[1].slope : 0;
}

bool el_counter_fell(const el_counter *c, double start_s, double end_s)
{
    for (size_t i = 0; i < c->n_fell; i++)
        if (c->fell_s[i] > start_s && c->fell_s[i] <= end_s)
            return true;
    return false;
}

/* Share of the tick from a to b that is over at t, in joules by power. */
static double shape(const el_curve *power, double a, double b, double t)
{
    double whole, part;

    if (power->n >= 2 && power->at[0].time_s <= a &&
        power->at[power->n - 1].time_s >= b) {
        whole = el_curve_value(power, b) - el_curve_value(power, a);
        part = el_curve_value(power, t) - el_curve_value(power, a);
        if (whole > 0 && part >= 0 && part <= whole)
            return part / whole;
    }
    return (t - a) / (b - a);
}

double el_counter_value(const el_curve *ticks, const el_curve *power, double t)
{
    size_t i = el_curve_after(ticks, t);
    double reach = el_curve_median_step(ticks);
    const el_curve_point *a, *b;

    if (i == 0)
        return ticks->at[0].value -
               fmin(ticks->at[0].time_s - t, reach) * ticks->at[0].slope;
    a = &ticks->at[i - 1];
    if (i == ticks->n)
        return a->value + fmin(t - a->time_s, reach) * a->slope;
    b = &ticks->at[i];
    return a->value +
           (b->value - a->value) * shape(power, a->time_s, b->time_s, t);
}

/* Of the steps of power between a and b: each fell anywhere between two
   readings. */
static double shape_variance(const el_curve *power, double a, double b)
{
    double sum = 0;

    for (size_t i = el_curve_after(power, a); i < power->n; i++) {
        const el_curve_point *p = &power->at[i > 0 ? i - 1 : 0];
        const el_curve_point *q = &power->at[i];
        double x = (q->slope - p->slope) * (q->time_s - p->time_s);

        sum += x * x / 12;
        if (q->time_s >= b)
            break;
    }
    return sum;
}

/* Without power: the kink that the ticks around hint at, anywhere inside. */
static double kink_variance(const el_curve *ticks, size_t i)
{
    const el_curve_point *p = &ticks->at[i - 1], *q = &ticks->at[i];
    double after = i + 1 < ticks->n ? q[1].slope : q->slope;
    double height = fmax(fabs(q->slope - p->slope), fabs(after - q->slope));
    double x = height * (q->time_s - p->time_s);

    return x * x / 12;
}

/* Variance at one end: where the tick was, and what happened inside it. */
static double end_variance(const el_curve *ticks, const el_counter *c,
                           const el_curve *power, double t)
{
    size_t i = el_curve_after(ticks, t);
    double when;

    i = i == 0 ? 1 : i >= ticks->n ? ticks->n - 1 : i;
    when = ticks->at[i].slope * c->bracket_s;
    if (c->n_even > 0)
        when *= 2 / sqrt((double)c->n_even);
    return when * when / 12 +
           (power->n < 2 ? kink_variance(ticks, i)
                         : shape_variance(power, ticks->at[i - 1].time_s,
                                          ticks->at[i].time_s));
}

double el_counter_error(const el_curve *ticks, const el_counter *c,
                        const el_curve *power, const el_window *w)
{
    return sqrt(end_variance(ticks, c, power, w->start_s) +
                end_variance(ticks, c, power, w->end_s));
}

double el_counter_max_w(const el_curve *ticks, const el_window *w)
{
    double max = NAN;
    size_t from = 0;

    for (size_t i = 1; i < ticks->n; i++) {
        const el_curve_point *a = &ticks->at[from], *b = &ticks->at[i];

        if (b->time_s - a->time_s < MIN_PEAK_S * 0.5)
            continue;
        from = i;
        if (a->time_s >= w->start_s && b->time_s <= w->end_s)
            max = fmax(max, (b->value - a->value) / (b->time_s - a->time_s));
    }
    return max;
}

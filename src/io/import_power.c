/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_power.h"

#include <math.h>

#include "base/mem.h"
#include "num/stats.h"

/* The readings of one GPU in the order of the log. */
typedef struct series {
    double *time_s, *value;
    size_t n;
    double period_s; /* median step */
} series;

static void series_clear(series *s)
{
    el_free(s->time_s);
    el_free(s->value);
}

static el_status median_step(series *s, el_error *err)
{
    double *step;

    if (s->n < 2)
        return EL_OK;
    step = el_array(s->n - 1, sizeof *step);
    if (!step)
        return el_fail(err, EL_E_NOMEM, "import: out of memory");
    for (size_t i = 1; i < s->n; i++)
        step[i - 1] = s->time_s[i] - s->time_s[i - 1];
    el_sort(step, s->n - 1);
    s->period_s = step[(s->n - 1) / 2];
    el_free(step);
    return EL_OK;
}

/* Counter or power of one GPU; n = 0 where it has none. */
static el_status series_of(const el_import *log, size_t gpu, bool counter,
                           series *out, el_error *err)
{
    series s = {.time_s = el_array(log->n_sample, sizeof(double)),
                .value = el_array(log->n_sample, sizeof(double))};
    el_status st = EL_OK;

    if (!s.time_s || !s.value) {
        series_clear(&s);
        return el_fail(err, EL_E_NOMEM, "import: out of memory");
    }
    for (size_t i = 0; i < log->n_sample && st == EL_OK; i++) {
        const el_power_sample *p = &log->sample[i];
        double v = counter ? p->counter_j : p->power_w;

        if (p->gpu != gpu || !el_is_known(v) || !el_is_known(p->time_s))
            continue;
        if (s.n > 0 && p->time_s < s.time_s[s.n - 1])
            st = el_fail(err, EL_E_DATA, "the log's clock goes back by %.3g s",
                         s.time_s[s.n - 1] - p->time_s);
        s.time_s[s.n] = p->time_s;
        s.value[s.n++] = v;
    }
    if (st == EL_OK)
        st = median_step(&s, err);
    if (st == EL_OK)
        *out = s;
    else
        series_clear(&s);
    return st;
}

static el_status is_covered(const series *s, double start_s, double end_s,
                            el_error *err)
{
    double most =
        fmax(EL_POWER_MAX_GAP_PERIODS * s->period_s, EL_POWER_MAX_GAP_S);
    const double *t = s->time_s;

    if (s->n < 2)
        return el_fail(err, EL_E_DATA,
                       "the log has %zu readings with a time, "
                       "2 are needed",
                       s->n);
    if (t[0] > start_s + s->period_s || t[s->n - 1] < end_s - s->period_s)
        return el_fail(err, EL_E_DATA,
                       "the log runs from %.3f s before to %.3f s after the "
                       "start of the run, which took %.3f s",
                       start_s - t[0], t[s->n - 1] - start_s, end_s - start_s);
    for (size_t i = 1; i < s->n; i++)
        if (t[i] - t[i - 1] > most && t[i] > start_s && t[i - 1] < end_s)
            return el_fail(err, EL_E_DATA,
                           "the log has a hole of %.3g s inside the run",
                           t[i] - t[i - 1]);
    return EL_OK;
}

/* On the straight line from reading i to i + 1. */
static double line_at(const series *s, size_t i, double t)
{
    double dt = s->time_s[i + 1] - s->time_s[i];

    if (!(dt > 0))
        return s->value[i + 1];
    return s->value[i] +
           (s->value[i + 1] - s->value[i]) * ((t - s->time_s[i]) / dt);
}

/* Ends outside the log have the nearest reading's power. */
static double trapezoid(const series *s, double start_s, double end_s,
                        size_t *n_reading)
{
    double sum = 0, first = s->time_s[0], last = s->time_s[s->n - 1];

    if (start_s < first)
        sum += s->value[0] * (fmin(first, end_s) - start_s);
    if (end_s > last)
        sum += s->value[s->n - 1] * (end_s - fmax(last, start_s));
    for (size_t i = 0; i < s->n; i++)
        *n_reading += s->time_s[i] >= start_s && s->time_s[i] <= end_s;
    for (size_t i = 0; i + 1 < s->n; i++) {
        double a = fmax(s->time_s[i], start_s);
        double b = fmin(s->time_s[i + 1], end_s);

        if (b > a)
            sum += (line_at(s, i, a) + line_at(s, i, b)) / 2 * (b - a);
    }
    return sum;
}

static double counter_at(const series *s, double t)
{
    if (t <= s->time_s[0])
        return s->value[0];
    for (size_t i = 0; i + 1 < s->n; i++)
        if (t <= s->time_s[i + 1])
            return line_at(s, i, t);
    return s->value[s->n - 1];
}

static bool ever_falls(const series *s)
{
    for (size_t i = 1; i < s->n; i++)
        if (s->value[i] < s->value[i - 1])
            return true;
    return false;
}

/* NaN where the log has no power for this GPU or it does not cover the run. */
static el_status by_power(const el_import *log, size_t gpu, double start_s,
                          double end_s, double *energy_j, size_t *n_reading,
                          el_error *err)
{
    series s = {0};
    el_status st = series_of(log, gpu, false, &s, err);

    if (st != EL_OK || !s.time_s)
        return st;
    st = is_covered(&s, start_s, end_s, err);
    if (st == EL_OK)
        *energy_j = trapezoid(&s, start_s, end_s, n_reading);
    series_clear(&s);
    return st;
}

/* *energy_j stays NaN where there is no counter to trust. */
static el_status by_counter(const el_import *log, size_t gpu, double start_s,
                            double end_s, double *energy_j, bool *fell,
                            el_error *err)
{
    series s = {0};
    el_status st = series_of(log, gpu, true, &s, err);

    if (st != EL_OK)
        return st;
    *fell = ever_falls(&s);
    if (s.n >= 2 && !*fell && is_covered(&s, start_s, end_s, NULL) == EL_OK) {
        double j = counter_at(&s, end_s) - counter_at(&s, start_s);

        if (j > 0)
            *energy_j = j;
    }
    series_clear(&s);
    return EL_OK;
}

static el_status add_gpu(const el_import *log, size_t gpu, double start_s,
                         double end_s, el_power_sum *sum, el_error *err)
{
    double counted = EL_UNKNOWN, drawn = EL_UNKNOWN;
    size_t n = 0;
    bool fell = false;
    el_status st = by_counter(log, gpu, start_s, end_s, &counted, &fell, err);
    el_status power;

    if (st != EL_OK)
        return st;
    power = by_power(log, gpu, start_s, end_s, &drawn, &n, err);
    if (power != EL_OK && (power != EL_E_DATA || !el_is_known(counted)))
        return power;
    sum->energy_j += !el_is_known(counted) ? drawn : counted;
    sum->from_power_j += drawn;
    sum->n_by_counter += el_is_known(counted);
    sum->n_fell += fell;
    sum->n_reading += n;
    sum->n_gpu++;
    return EL_OK;
}

el_status el_power_between(const el_import *log, double start_s, double end_s,
                           el_power_sum *out, el_error *err)
{
    el_power_sum sum = {0};
    el_status st = EL_OK;

    if (log->n_sample == 0)
        return el_fail(err, EL_E_DATA, "the log has no power over time");
    for (size_t g = 0; g < log->gpus.n && st == EL_OK; g++)
        st = add_gpu(log, g, start_s, end_s, &sum, err);
    if (st == EL_OK && !(sum.energy_j > 0))
        st = el_fail(err, EL_E_DATA, "the log has no energy above 0");
    if (st == EL_OK)
        *out = sum;
    return st;
}

el_status el_power_span(const el_import *log, double *start_s, double *end_s,
                        el_error *err)
{
    double lo = INFINITY, hi = -INFINITY;

    for (size_t i = 0; i < log->n_sample; i++)
        if (el_is_known(log->sample[i].time_s)) {
            lo = fmin(lo, log->sample[i].time_s);
            hi = fmax(hi, log->sample[i].time_s);
        }
    if (!(hi > lo))
        return el_fail(err, EL_E_DATA, "the log has no times");
    *start_s = lo;
    *end_s = hi;
    return EL_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/phases.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

/* At time_s the number of requests in each phase changes. */
typedef struct change {
    double time_s;
    int prefill, decode;
} change;

typedef struct rates {
    double prefill_hz, decode_hz; /* tokens a second and request */
} rates;

static bool find_rates(const el_flight *v, size_t n, rates *out)
{
    double in = 0, in_s = 0, gaps = 0, gaps_s = 0;

    for (size_t i = 0; i < n; i++) {
        const el_flight *f = &v[i];

        if (!f->whole || !(f->end_s >= f->first_s && f->first_s > f->start_s))
            continue;
        in += f->input_tokens;
        in_s += f->first_s - f->start_s;
        gaps += f->output_tokens - 1;
        gaps_s += f->end_s - f->first_s;
    }
    out->prefill_hz = in / in_s;
    out->decode_hz = gaps / gaps_s;
    return in_s > 0 && gaps_s > 0 && isfinite(out->prefill_hz) &&
           isfinite(out->decode_hz) && out->prefill_hz + out->decode_hz > 0;
}

static int by_time(const void *a, const void *b)
{
    double x = ((const change *)a)->time_s, y = ((const change *)b)->time_s;

    return (x > y) - (x < y);
}

/* NaN and what comes later: at the end, where it changes nothing. */
static double when(double time_s, double start_s, double end_s)
{
    return time_s < end_s ? fmax(time_s, start_s) : end_s;
}

static void find_changes(const el_flight *v, size_t n, double start_s,
                         double end_s, change *at)
{
    for (size_t i = 0; i < n; i++) {
        double first_s = when(v[i].first_s, start_s, end_s);

        at[3 * i] = (change){when(v[i].start_s, start_s, end_s), 1, 0};
        at[3 * i + 1] = (change){first_s, -1, 1};
        at[3 * i + 2] =
            (change){fmax(first_s, when(v[i].end_s, start_s, end_s)), 0, -1};
    }
    qsort(at, 3 * n, sizeof *at, by_time);
}

/* Energy j while so many requests were in each phase. */
static void share(double j, int prefill, int decode, const rates *r,
                  el_phases *out)
{
    double p = prefill * r->prefill_hz, d = decode * r->decode_hz;

    if (prefill <= 0 && decode <= 0) {
        out->nobody_j += j;
        return;
    }
    if (prefill > 0 && decode > 0)
        out->mixed_j += j;
    if (!(p + d > 0)) { /* one rate is 0: by number */
        p = prefill;
        d = decode;
    }
    out->prefill_j += j * p / (p + d);
    out->decode_j += j * d / (p + d);
}

static void scale(el_phases *p, double factor)
{
    p->prefill_j *= factor;
    p->decode_j *= factor;
    p->mixed_j *= factor;
    p->nobody_j *= factor;
}

el_status el_phases_split(const el_flight *v, size_t n, const el_curve *energy,
                          double start_s, double end_s, double energy_j,
                          el_phases *out, el_error *err)
{
    double before = el_curve_value(energy, start_s), first = before, j;
    int prefill = 0, decode = 0;
    el_phases sum = {0};
    change *at;
    rates r;

    if (!find_rates(v, n, &r))
        return el_fail(err, EL_E_DATA, "no request with a decode phase");
    at = el_array(n, 3 * sizeof *at);
    if (!at)
        return el_fail(err, EL_E_NOMEM, "phases: %zu requests", n);
    find_changes(v, n, start_s, end_s, at);
    for (size_t i = 0; i < 3 * n; i++) {
        j = el_curve_value(energy, at[i].time_s);
        share(j - before, prefill, decode, &r, &sum);
        before = j;
        prefill += at[i].prefill;
        decode += at[i].decode;
    }
    el_free(at);
    j = el_curve_value(energy, end_s);
    share(j - before, prefill, decode, &r, &sum);
    if (!(j > first))
        return el_fail(err, EL_E_DATA, "no power in the window");
    scale(&sum, energy_j / (j - first));
    *out = sum;
    return EL_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/trial_part.h"

#include <math.h>

/* A mean of what is known. */
typedef struct mean {
    double sum;
    size_t n;
} mean;

static void add(mean *m, double v)
{
    if (isnan(v))
        return;
    m->sum += v;
    m->n++;
}

static double value(const mean *m)
{
    return m->n > 0 ? m->sum / (double)m->n : (double)NAN;
}

static bool in_window(const el_trial *t, const el_trial_request *r)
{
    return r->answered && r->flight.end_s > t->start_s &&
           r->flight.end_s <= t->end_s;
}

/* Seconds of the window that a request was in flight. */
static double overlap(const el_trial *t, const el_flight *f)
{
    double end_s = f->end_s < t->end_s ? f->end_s : t->end_s; /* NaN: later */

    return fmax(0, end_s - fmax(f->start_s, t->start_s));
}

el_status el_trial_count(const el_trial_ask *ask, el_trial *t, el_error *err)
{
    mean latency = {0}, ttft = {0}, itl = {0}, prompt = {0}, made = {0};
    double busy_s = 0;
    size_t n = 0;

    for (size_t i = 0; i < t->n_all; i++) {
        const el_trial_request *r = &t->request[i];

        if (!isnan(r->flight.start_s))
            busy_s += overlap(t, &r->flight);
        if (!in_window(t, r))
            continue;
        n++;
        add(&latency, r->flight.end_s - r->flight.start_s);
        add(&ttft, r->ttft_s);
        add(&itl, r->itl_s);
        add(&prompt, r->prompt_tokens);
        add(&made, r->completion_tokens);
    }
    if (t->total.n_outcome[EL_LOAD_PROMPT_OFF] > 0)
        t->tags |= EL_TRIAL_PROMPT_OFF;
    if (t->total.lag_max_s > EL_TRIAL_LAG_S)
        t->tags |= EL_TRIAL_SLOW_CLIENT;
    if (made.n < n)
        t->tags |= EL_TRIAL_UNCOUNTED;
    if (made.n > 0 &&
        fabs(value(&made) / ask->shape.output_tokens - 1) > EL_TRIAL_LENGTH)
        return el_fail(err, EL_E_DATA,
                       "answers have %.4g tokens on average, not %u: the "
                       "engine does not keep to lengths (--load-engine)",
                       value(&made), ask->shape.output_tokens);
    t->n_request = n;
    t->latency_s = value(&latency);
    t->ttft_s = value(&ttft);
    t->itl_s = value(&itl);
    t->prompt_tokens = value(&prompt);
    t->output_tokens =
        (double)n * (made.n > 0 ? value(&made) : ask->shape.output_tokens);
    t->token_hz = t->output_tokens / (t->end_s - t->start_s);
    t->in_flight = busy_s / (t->end_s - t->start_s);
    return EL_OK;
}

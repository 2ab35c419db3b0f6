/* SPDX-License-Identifier: Apache-2.0 */
#include "model/queue.h"

#include <math.h>

#include "energylens/known.h"
#include "num/stats.h"

#define FULL       0.98  /* loads above it are as this one */
#define NEGLIGIBLE 1e-15 /* share of a chain's weight that ends it */
#define ROUNDS     12    /* of a fixed point that contracts by rho each time */

/* Walks the knots with x. */
typedef struct cursor {
    const el_queue_times *t;
    size_t i;
} cursor;

/* Value at x between knots, linear; x must not fall. */
static double cursor_at(cursor *c, const double *v, double x)
{
    const double *at = c->t->at;
    size_t i;

    if (c->t->n == 1)
        return v[0];
    while (c->i + 2 < c->t->n && at[c->i + 1] < x)
        c->i++;
    i = c->i;
    return v[i] + (v[i + 1] - v[i]) * (x - at[i]) / (at[i + 1] - at[i]);
}

static double between(const el_queue_times *t, const double *v, double x)
{
    cursor c = {t, 0};

    return cursor_at(&c, v, x);
}

static double prompts_s(const el_queue_times *t, double n)
{
    return n <= 1.0 ? t->prompts_s[0] : between(t, t->prompts_s, n);
}

/* Seconds that each prompt adds where so many come during a step: those of a
 * step that has any share what a pass costs anyway. */
static double prompt_s(const el_queue_times *t, const el_queue_load *q,
                       double coming)
{
    double most = fmax(q->chunk, 1.0);
    double n = coming > 1e-9 ? coming / -expm1(-coming) : 1.0;

    n = fmin(n, most);
    return prompts_s(t, n) / n;
}

/* A step with d seconds of decoding, and the prompts in it. */
typedef struct cycle {
    double decode_s;
    double prompt_s; /* added by each prompt */
    double rho;      /* share of time that goes to prompts */
    double step_s;   /* mean, prompts included */
    double seen_s;   /* mean that an arrival finds under way */
} cycle;

static cycle cycle_at(const el_queue_times *t, const el_queue_load *q,
                      double decode_s)
{
    cycle c = {.decode_s = decode_s, .prompt_s = t->prompts_s[0]};
    double was;

    for (int i = 0; i < ROUNDS; i++) {
        c.rho = fmin(q->rate_hz * c.prompt_s, FULL);
        c.step_s = decode_s / (1.0 - c.rho);
        if (q->chunk < 2.0)
            break;
        was = c.prompt_s;
        c.prompt_s = prompt_s(t, q, q->rate_hz * c.step_s);
        if (c.prompt_s == was) /* and so it stays */
            break;
    }
    /* Var X = s^2 rate E X / (1 - rho^2): Poisson arrivals of the step before
     */
    c.seen_s =
        c.step_s + c.prompt_s * c.prompt_s * q->rate_hz / (1.0 - c.rho * c.rho);
    return c;
}

/* Long prompts, one after another, with decode steps among their passes:
 * M/D/1. What one leaves of its last pass is the next one's. */
typedef struct series {
    double own_s;    /* of a prompt whose turn it is */
    double rho;      /* share of time that prompts are read */
    double wait_s;   /* mean */
    double if_any_s; /* and of those that wait */
    double waiting;  /* prompts, the one being read with them */
} series;

static series series_of(const el_queue_times *t, const el_queue_load *q,
                        double decode_s)
{
    double turn_s = t->prompts_s[0] + decode_s / q->chunk;
    series s;

    s.own_s = t->prompts_s[0] + fmax(ceil(1.0 / q->chunk), 1.0) * decode_s;
    s.rho = fmin(q->rate_hz * turn_s, FULL);
    s.if_any_s = 0.5 * turn_s / (1.0 - s.rho);
    s.wait_s = s.rho * s.if_any_s;
    s.waiting = s.rho + q->rate_hz * s.wait_s;
    return s;
}

/*
 * Seconds of prompts that a request finds when it starts to decode, above what
 * a mean step finds: they come in bursts. Answers of few steps end before all
 * of them are read, `pass` of one in a step.
 */
static double backlog_s(const cycle *c, double prompts, double pass,
                        double steps)
{
    if (!(prompts > 0.0))
        return 0.0;
    return -c->prompt_s * prompts *
           expm1(-steps * pass * (1.0 - c->rho) / prompts);
}

/* What a request meets while k decode. */
typedef struct state {
    double ttft_s;   /* without waiting for a place in the batch */
    double decode_s; /* of all tokens after the first */
    double step_s;   /* prompts in it */
} state;

static state state_at(const el_queue_times *t, const el_queue_load *q,
                      const cycle *c)
{
    double steps = q->osl - 1.0, step_s = c->decode_s, own_s, above;
    series s;
    state out;

    if (q->chunk >= 2.0) {
        own_s = step_s + prompts_s(t, 1.0 + q->rate_hz * c->seen_s);
        out.ttft_s = 0.5 * c->seen_s + own_s;
        above = backlog_s(c, q->rate_hz * (own_s - c->step_s), 1.0, steps);
    } else {
        s = series_of(t, q, step_s);
        out.ttft_s = 0.5 * step_s + s.wait_s + s.own_s;
        above = backlog_s(
            c, s.waiting * (1.0 - q->rate_hz * c->step_s / q->chunk / s.rho),
            q->chunk, steps);
    }
    out.decode_s = (steps * step_s + above) / (1.0 - c->rho);
    out.step_s = c->step_s;
    return out;
}

/* What is needed of the next knot: a state, and the stay of one of k that share
 * the replica, those whose prompts are being read with them. */
static void fill_next(el_queue_flow *f)
{
    const el_queue_times *t = f->times;
    size_t i = f->n++;
    cycle c = cycle_at(t, &f->load, t->step_s[i]);
    state s = state_at(t, &f->load, &c);

    f->ttft_s[i] = s.ttft_s;
    f->decode_s[i] = s.decode_s;
    f->step_s[i] = s.step_s;
    f->stay_s[i] = t->at[i] * c.prompt_s + (f->load.osl - 1.0) * t->step_s[i];
}

/* Knots for values up to x. */
static void reach(el_queue_flow *f, double x)
{
    while (f->n < f->times->n && (f->n < 2 || f->times->at[f->n - 1] < x))
        fill_next(f);
}

void el_queue_flow_begin(el_queue_flow *flow, const el_queue_times *times,
                         const el_queue_load *load)
{
    flow->times = times;
    flow->load = *load;
    flow->n = 0;
}

static double flow_between(el_queue_flow *f, const double *v, double x)
{
    reach(f, x);
    return between(f->times, v, x);
}

/* Stationary weights of a chain that k leave at k / stay(k), with those that
 * wait behind a full batch; the sum is `total`, of 0 it is `empty`. */
typedef struct chain {
    double total, empty, mean, last, full, load, ttft_s;
    double tokens, steps; /* a second */
} chain;

static void chain_scale(chain *c, double by)
{
    c->total *= by;
    c->empty *= by;
    c->mean *= by;
    c->last *= by;
    c->ttft_s *= by;
    c->tokens *= by;
    c->steps *= by;
}

/* What the chain of decoding requests sums up besides. */
static void add_state(chain *c, double weight, double k, double ttft_s,
                      double step_s)
{
    c->ttft_s += weight * ttft_s;
    c->tokens += weight * k / step_s;
    c->steps += weight / step_s;
}

/* stay: f->decode_s, with the sums of states, or f->stay_s. */
static chain chain_of(el_queue_flow *f, double batch, const double *stay)
{
    const el_queue_times *t = f->times;
    chain c = {.total = 1.0, .empty = 1.0, .last = 1.0};
    cursor stays = {t, 0}, ttfts = {t, 0}, steps = {t, 0};
    double k = 0.0, rate_hz = f->load.rate_hz;
    bool states = stay == f->decode_s;

    while (k < batch) {
        double ratio;

        k += 1.0;
        reach(f, k);
        ratio = rate_hz * cursor_at(&stays, stay, k) / k;
        c.last *= ratio;
        c.total += c.last;
        c.mean += k * c.last;
        if (states)
            add_state(&c, c.last, k, cursor_at(&ttfts, f->ttft_s, k),
                      cursor_at(&steps, f->step_s, k));
        if (c.total > 1e200)
            chain_scale(&c, 1e-200);
        if (ratio < 1.0 && c.last < NEGLIGIBLE * c.total)
            break;
    }
    if (k < batch) /* it never fills */
        return c;
    c.load = fmin(rate_hz * between(t, stay, batch) / batch, FULL);
    c.full = c.last * c.load / (1.0 - c.load);
    c.total += c.full;
    c.mean += c.full * batch;
    if (states)
        add_state(&c, c.full, batch, between(t, f->ttft_s, batch),
                  between(t, f->step_s, batch));
    c.full += c.last;
    return c;
}

/* Smallest k that is not exceeded in `percentile` of the time. */
static double chain_quantile(el_queue_flow *f, double batch, const chain *c)
{
    const el_queue_load *q = &f->load;
    cursor stays = {f->times, 0};
    double k = 0.0, ratio = c->empty / c->total, sum = ratio;

    if (!(ratio > 0.0)) { /* below the smallest number: start at the mean */
        k = floor(c->mean / c->total);
        return fmin(fmax(k + el_normal_quantile(q->percentile) * sqrt(k), 1.0),
                    batch);
    }
    while (k < batch && sum < q->percentile) {
        k += 1.0;
        reach(f, k);
        ratio *= q->rate_hz * cursor_at(&stays, f->stay_s, k) / k;
        sum += ratio;
    }
    return fmax(k, 1.0);
}

/* Waiting for a place: how often, and how long then. */
typedef struct place {
    double often, wait_s;
} place;

static place place_of(double rate_hz, double batch, const chain *all)
{
    double c = batch, load = all->load;
    double cosmetatos = 1.0 + (1.0 - load) * (c - 1.0) *
                                  (sqrt(4.0 + 5.0 * c) - 2.0) /
                                  (16.0 * load * c);

    if (!(all->full > 0.0))
        return (place){0.0, 0.0};
    return (place){all->full / all->total,
                   0.5 * cosmetatos * load / (rate_hz * (1.0 - load))};
}

/* Quantile of an exponential wait that not everybody has. */
static double tail_wait(double often, double wait_s, double percentile)
{
    return wait_s * fmax(log(often / (1.0 - percentile)), 0.0);
}

static double poisson_quantile(double mean, double percentile)
{
    return fmax(mean + el_normal_quantile(percentile) * sqrt(mean), 0.0);
}

/* The first token at the percentile, with `step_s` of decoding in a step. */
static double ttft_tail(const el_queue_times *t, const el_queue_load *q,
                        double step_s)
{
    cycle c;
    series s;

    if (q->chunk < 2.0) {
        s = series_of(t, q, step_s);
        return step_s * q->percentile + s.own_s +
               tail_wait(s.rho, s.if_any_s, q->percentile);
    }
    c = cycle_at(t, q, step_s);
    return q->percentile * c.seen_s + step_s +
           prompts_s(
               t, 1.0 + poisson_quantile(q->rate_hz * c.seen_s, q->percentile));
}

/* Highest rate: requests leave as others come, (B / (O - 1)) a step. Passes of
 * prompts that cannot refill the batch leave it smaller. */
static double most_rate(const el_queue_times *t, const el_queue_load *q,
                        double batch)
{
    double steps = q->osl - 1.0, pass = fmax(q->chunk, 1.0), each;

    if (!(steps > 0.0))
        return fmin(pass, batch) / prompts_s(t, fmin(pass, batch));
    batch = fmin(batch, fmax(steps * q->chunk, 1.0));
    each = prompt_s(t, q, batch / steps);
    return 1.0 / (each + between(t, t->step_s, batch) * steps / batch);
}

static void set_times(el_queue_flow *f, double batch, const chain *all,
                      el_queue *out)
{
    const el_queue_load *q = &f->load;
    place wait = place_of(q->rate_hz, batch, all);
    double step_s = between(f->times, f->times->step_s, out->peak);
    double steps = q->osl - 1.0;

    out->full = wait.often;
    out->place_s = wait.often * wait.wait_s;
    out->ttft_s += out->place_s;
    out->ttft_tail_s = ttft_tail(f->times, q, step_s) +
                       tail_wait(wait.often, wait.wait_s, q->percentile);
    out->tpot_tail_s =
        steps > 0.0 ? flow_between(f, f->decode_s, out->peak) / steps : step_s;
}

void el_queue_flow_serve(el_queue_flow *flow, double batch, el_queue *out)
{
    const el_queue_times *times = flow->times;
    const el_queue_load *load = &flow->load;
    el_queue r = {.most_rate_hz = most_rate(times, load, batch), .pass = 1.0};
    double alone = times->prompts_s[0], decoding, queued;
    chain decode, all;

    r.utilisation = load->rate_hz / r.most_rate_hz;
    *out = r;
    if (!(r.utilisation < 1.0))
        return;
    decode = chain_of(flow, batch, flow->decode_s);
    all = chain_of(flow, batch, flow->stay_s);
    if (load->chunk < 2.0)
        alone += series_of(times, load, 0.0).wait_s;
    r.ttft_s = (decode.ttft_s + decode.empty * alone) / decode.total;
    decoding = decode.mean / decode.total;
    queued = load->rate_hz * r.ttft_s;
    r.in_flight = fmin(decoding + queued, batch);
    r.empty = decode.empty / decode.total *
              (1.0 - fmin(load->rate_hz * times->prompts_s[0], 1.0));
    r.busy = fmin(fmax(r.in_flight / (1.0 - r.empty), 1.0), batch);
    r.decoding = fmax(decode.tokens / decode.steps, 1.0);
    r.peak = fmax(chain_quantile(flow, batch, &all), r.busy);
    r.tpot_s = load->osl > 1.0 ? decoding / (load->rate_hz * (load->osl - 1.0))
                               : times->step_s[0];
    set_times(flow, batch, &all, &r);
    *out = r;
}

void el_queue_serve(const el_queue_times *times, const el_queue_load *load,
                    el_queue *out)
{
    el_queue_flow flow;

    el_queue_flow_begin(&flow, times, load);
    el_queue_flow_serve(&flow, load->batch, out);
}

/* Prompts that a pass holds on average, where each takes those that came
 * during the one before, or the first that comes. */
static double pass_prompts(const el_queue_times *t, const el_queue_load *q)
{
    double n = 1.0;

    for (int i = 0; i < 4 * ROUNDS; i++) {
        double coming = q->rate_hz * prompts_s(t, n);
        n = fmin(coming + exp(-coming), fmax(q->chunk, 1.0));
    }
    return n;
}

void el_queue_prefill(const el_queue_times *times, const el_queue_load *load,
                      el_queue *out)
{
    double most = fmax(floor(load->chunk), 1.0), alone = times->prompts_s[0];
    double n, pass_s, seen_s, slope;
    el_queue r = {.tpot_s = EL_UNKNOWN, .tpot_tail_s = EL_UNKNOWN};
    series s;

    r.most_rate_hz = most / prompts_s(times, fmin(most, 1e6));
    r.utilisation = load->rate_hz / r.most_rate_hz;
    *out = r;
    if (!(r.utilisation < 1.0))
        return;
    r.pass = 1.0;
    if (most < 2.0) {
        s = series_of(times, load, 0.0);
        r.empty = 1.0 - s.rho;
        r.ttft_s = s.wait_s + alone;
        r.ttft_tail_s = alone + tail_wait(s.rho, s.if_any_s, load->percentile);
    } else {
        n = pass_prompts(times, load);
        r.pass = n;
        pass_s = prompts_s(times, n);
        slope = prompts_s(times, n + 1.0) - pass_s;
        seen_s = pass_s + slope * slope * load->rate_hz;
        r.empty = fmax(1.0 - load->rate_hz * pass_s / n, 0.0);
        r.ttft_s =
            r.empty * alone +
            (1.0 - r.empty) *
                (0.5 * seen_s + prompts_s(times, 1.0 + load->rate_hz * seen_s));
        r.ttft_tail_s = fmax(
            seen_s * load->percentile +
                prompts_s(times, 1.0 + poisson_quantile(load->rate_hz * seen_s,
                                                        load->percentile)),
            alone);
    }
    r.in_flight = load->rate_hz * r.ttft_s;
    r.busy = fmax(r.in_flight / fmax(1.0 - r.empty, 1e-12), 1.0);
    r.peak = fmax(poisson_quantile(r.in_flight, load->percentile), r.busy);
    *out = r;
}

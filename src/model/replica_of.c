/* SPDX-License-Identifier: Apache-2.0 */
#include "model/replica_of.h"

#include <math.h>

#include "model/candidate.h"
#include "model/load.h"

#define MOST_KNOTS  40u
#define FIRST_KNOT  16.0 /* tokens */
#define LEAST_SHARE 0.05 /* of a step that is not its context's */

/* A step, value = base + per_token (tokens of context of all requests). */
typedef struct line {
    double base, per_token;
} line;

typedef struct step {
    double batch;
    line time_s, energy_j;
} step;

typedef struct work {
    el_optimize_query query; /* a copy: lengths are set in it */
    el_config config;
    const el_replica_lengths *lengths;
    el_error *err;
} work;

static el_status ask(work *w, double batch, double isl, el_prediction *out)
{
    el_status st;

    w->query.isl = isl;
    st = el_config_predict(&w->query, &w->config, batch, false, out, w->err);
    if (st != EL_OK)
        return st;
    if (!el_is_known(out->energy_per_request_j))
        return el_fail(w->err, EL_E_DATA,
                       "no joules at batch %g, %g tokens%s%s", batch, isl,
                       *out->note ? ": " : "", out->note);
    if (!el_is_known(el_request_latency(out, w->query.osl)))
        return el_fail(w->err, EL_E_DATA,
                       "a log of requests needs times, which the fit has not");
    return EL_OK;
}

/* What prompts and what steps take of a prediction. */
static void split(const work *w, const el_prediction *p, double batch,
                  double *step_s, double *step_j)
{
    double steps = w->query.osl - 1.0;
    bool apart = el_is_known(p->ttft_s + p->tpot_s);
    double decode_j = p->decode_energy_j;

    if (!apart || !el_is_known(decode_j))
        decode_j = p->energy_per_request_j;
    *step_s = apart ? p->tpot_s : el_request_latency(p, w->query.osl) / steps;
    *step_j = batch * decode_j / steps;
}

/* Through two values at two contexts; never falling, never all context. */
static line through(double lo, double value_lo, double hi, double value_hi)
{
    double per_token = hi > lo ? (value_hi - value_lo) / (hi - lo) : 0.0;

    per_token = fmax(per_token, 0.0);
    per_token = fmin(per_token, (1.0 - LEAST_SHARE) * value_lo / lo);
    return (line){value_lo - per_token * lo, per_token};
}

static el_status find_step(work *w, double batch, step *out)
{
    const double isl[2] = {w->lengths->isl_lo, w->lengths->isl_hi};
    double context[2], step_s[2], step_j[2];

    for (size_t k = 0; k < 2; k++) {
        el_prediction p;
        el_status st = ask(w, batch, isl[k], &p);

        if (st != EL_OK)
            return st;
        split(w, &p, batch, &step_s[k], &step_j[k]);
        context[k] = batch * (isl[k] + w->query.osl / 2.0);
    }
    out->batch = batch;
    out->time_s = through(context[0], step_s[0], context[1], step_s[1]);
    out->energy_j = through(context[0], step_j[0], context[1], step_j[1]);
    return EL_OK;
}

/* Batches between two that were asked for. */
static void fill_steps(const step *a, const step *b, el_replica *out)
{
    double span = b->batch - a->batch;

    for (size_t k = (size_t)a->batch - 1; k < (size_t)b->batch; k++) {
        double n = (double)k + 1.0;
        double part = span > 0.0 ? (n - a->batch) / span : 0.0;

        out->step_s[k] = (1 - part) * a->time_s.base + part * b->time_s.base;
        out->context_s[k] =
            (1 - part) * a->time_s.per_token + part * b->time_s.per_token;
        out->step_j[k] =
            (1 - part) * a->energy_j.base + part * b->energy_j.base;
        out->context_j[k] =
            (1 - part) * a->energy_j.per_token + part * b->energy_j.per_token;
    }
}

static el_status make_steps(work *w, el_replica *out)
{
    double most = (double)out->batch;
    step a, b;
    el_status st = find_step(w, 1.0, &a);

    if (st == EL_OK)
        fill_steps(&a, &a, out);
    while (st == EL_OK && a.batch < most) {
        st = find_step(w, fmin(el_batch_next(a.batch), most), &b);
        if (st != EL_OK)
            break;
        fill_steps(&a, &b, out);
        a = b;
    }
    return st;
}

static el_status make_passes(work *w, el_replica *out)
{
    for (size_t k = 0; k < out->n_knot; k++) {
        el_prediction p;
        el_status st = ask(w, 1.0, out->knot_tokens[k], &p);
        bool apart = el_is_known(p.ttft_s + p.tpot_s);

        if (st != EL_OK)
            return st;
        out->pass_s[k] = apart ? p.ttft_s : 0.0;
        out->pass_j[k] =
            apart && el_is_known(p.decode_energy_j) ? p.prefill_energy_j : 0.0;
    }
    return EL_OK;
}

/* 16, 32, ... and the last: doubling, since passes are near straight lines. */
static size_t choose_knots(double most, double knot[MOST_KNOTS])
{
    double x = FIRST_KNOT;
    size_t n = 0;

    most = fmax(most, EL_CHUNK_TOKENS);
    while (x < most && n + 1 < MOST_KNOTS) {
        knot[n++] = x;
        x *= 2.0;
    }
    knot[n++] = most;
    return n;
}

static el_status check(const el_optimize_query *query, double kv_tokens,
                       el_error *err)
{
    if (kv_tokens <= 0.0)
        return el_fail(err, EL_E_DATA, "the weights do not fit");
    if (!el_is_known(query->facts.gpu_idle_w))
        return el_fail(err, EL_E_DATA, "idle watts of the GPU are not known");
    return EL_OK;
}

el_status el_replica_of(const el_optimize_query *query, const el_config *config,
                        const el_replica_lengths *lengths, el_replica *out,
                        el_error *err)
{
    work w = {
        .query = *query, .config = *config, .lengths = lengths, .err = err};
    double shards = fmax(config->tp, config->ep) * config->pp;
    double kv_tokens = el_facts_kv_capacity(&query->facts, shards, 1.0);
    double knot[MOST_KNOTS];
    size_t n_knot = choose_knots(lengths->isl_most, knot);
    el_replica r;
    el_status st = check(query, kv_tokens, err);

    if (st != EL_OK)
        return st;
    w.config.dp = 1.0;
    w.query.osl = fmax(lengths->osl, 2.0);
    st = el_replica_make((size_t)config->batch, n_knot, &r, err);
    if (st != EL_OK)
        return st;
    for (size_t k = 0; k < n_knot; k++)
        r.knot_tokens[k] = knot[k];
    r.kv_tokens = el_is_known(kv_tokens) ? kv_tokens : (double)INFINITY;
    r.chunk_tokens = EL_CHUNK_TOKENS;
    r.idle_w = shards * query->facts.gpu_idle_w;
    st = make_steps(&w, &r);
    if (st == EL_OK)
        st = make_passes(&w, &r);
    if (st == EL_OK)
        *out = r;
    else
        el_replica_clear(&r);
    return st;
}

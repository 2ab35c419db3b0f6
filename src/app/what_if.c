/* SPDX-License-Identifier: Apache-2.0 */
#include "app/what_if.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "model/analytic_terms.h"
#include "model/deployment.h"

#define CLOCK       0.8 /* of the deployment's */
#define POWER_LIMIT 0.7 /* of the board's */
#define STAGES      4.0 /* of overlap, as the paper sweeps them */

/* What stays the same. */
typedef struct ranking {
    const el_analytic_wish *wish;
    const el_catalog *catalog;
    el_analytic_state *state;
    el_explanation *answer;
} ranking;

static void add(el_explanation *a, const char *change, const el_prediction *p,
                bool fits)
{
    const el_prediction *now = &a->prediction;
    el_what_if *w = &a->what_if[a->n_what_if++];
    double lo = now->energy_per_request_lo_j / now->energy_per_request_j;
    double hi = now->energy_per_request_hi_j / now->energy_per_request_j;

    el_str_copy(w->change, sizeof w->change, change);
    w->j_per_token = p->energy_per_output_token_j;
    w->tpot_s = p->tpot_s;
    w->ttft_s = p->ttft_s;
    w->saved_j_per_token = now->energy_per_output_token_j - w->j_per_token;
    w->saved_lo_j = w->saved_j_per_token * lo;
    w->saved_hi_j = w->saved_j_per_token * hi;
    w->saved_tpot_s = now->tpot_s - w->tpot_s;
    w->saved_ttft_s = now->ttft_s - w->ttft_s;
    w->fits = fits;
}

/* The model as s has it, spread or loaded as the point says. EL_E_DATA: it
 * cannot be. */
static el_status predict(el_analytic_state *s, const el_point *point,
                         el_prediction *out, bool *room, el_error *err)
{
    el_shard shard = el_point_shard(point);
    el_status st;

    shard.unfused = s->engine.unfused;
    st = el_analytic_prepare(s->base ? s->base->analytic : s->analytic, &shard,
                             err);
    if (st == EL_OK)
        st =
            el_analytic_predict(s->analytic, point, "", point->batch, out, err);
    if (st == EL_OK)
        *room = el_deployment_fits(
            &s->device, el_analytic_plan(s->analytic, &shard), point);
    return st;
}

/* What cannot be is left out. */
static el_status try_point(ranking *r, el_analytic_state *s,
                           const el_point *point, const char *change,
                           el_error *err)
{
    el_error why = {0};
    el_prediction p;
    bool room;
    el_status st = predict(s, point, &p, &room, &why);

    if (st == EL_OK)
        add(r->answer, change, &p, room);
    if (st == EL_OK || st == EL_E_DATA)
        return EL_OK;
    return el_fail(err, st, "%s", why.message);
}

/* Another format needs a network of its own; all else shares its plans. */
static el_status try_wish(ranking *r, const el_analytic_wish *wish,
                          bool same_formats, const char *change, el_error *err)
{
    el_analytic_state s;
    el_error why = {0};
    el_status st = el_analytic_open_like(
        r->catalog, wish, same_formats ? r->state : NULL, &s, &why);

    if (st == EL_E_NOMEM || st == EL_E_IO)
        return el_fail(err, st, "%s", why.message);
    if (st != EL_OK)
        return EL_OK; /* not on this GPU, or this model is no such format */
    st = try_point(r, &s, &r->answer->point, change, err);
    el_analytic_close(&s);
    return st;
}

static el_status try_points(ranking *r, el_error *err)
{
    static const double factor[] = {2.0, 0.5};
    const el_point *now = &r->answer->point;
    el_status st = EL_OK;

    for (size_t i = 0; i < 4 && st == EL_OK; i++) {
        el_point p = *now;
        double *what = i < 2 ? &p.batch : &p.tp;
        char change[48];

        *what *= factor[i % 2];
        if (*what < 1.0 || *what != floor(*what))
            continue;
        (void)snprintf(change, sizeof change, "%s %g instead of %g",
                       i < 2 ? "batch" : "tp", *what,
                       i < 2 ? now->batch : now->tp);
        st = try_point(r, r->state, &p, change, err);
    }
    return st;
}

/* Experts spread whole over the GPUs, or each cut into tp parts. */
static el_status try_experts(ranking *r, el_error *err)
{
    const el_point *now = &r->answer->point;
    el_point p = *now;
    char change[48];

    if (!(r->state->arch.experts > 0.0) || fmax(p.tp, p.ep) == 1.0)
        return EL_OK;
    p.tp = fmax(p.tp, p.ep);
    p.ep = p.ep > 1.0 ? 1.0 : p.tp;
    (void)snprintf(change, sizeof change, "ep %g instead of %g", p.ep, now->ep);
    return try_point(r, r->state, &p, change, err);
}

static el_status try_formats(ranking *r, el_error *err)
{
    const el_arch_desc *arch = &r->state->arch;
    el_analytic_wish weights = *r->wish, cache = *r->wish;
    el_status st = EL_OK;

    weights.precision = "fp8";
    cache.kv = "fp8";
    if (r->answer->weight_bits > 9.0)
        st = try_wish(r, &weights, false, "fp8 weights", err);
    if (st == EL_OK && arch->kv_bytes_per_token > 0.0 &&
        !(arch->kv_bits > 0.0 && arch->kv_bits < 9.0))
        st = try_wish(r, &cache, false, "fp8 KV cache", err);
    return st;
}

static el_status try_power(ranking *r, el_error *err)
{
    const el_device *d = &r->state->device;
    el_analytic_wish slow = *r->wish, capped = *r->wish;
    char change[48];
    el_status st;

    slow.clock_hz = CLOCK * d->clock_hz;
    (void)snprintf(change, sizeof change, "clock %.0f MHz instead of %.0f",
                   slow.clock_hz / 1e6, d->clock_hz / 1e6);
    st = try_wish(r, &slow, true, change, err);
    capped.cap_w = POWER_LIMIT * d->cap_w;
    (void)snprintf(change, sizeof change, "power limit %.0f W instead of %.0f",
                   capped.cap_w, d->cap_w);
    return st == EL_OK ? try_wish(r, &capped, true, change, err) : st;
}

/* Prompts as p has them, decoding as it is. */
static el_prediction prompts_of(const el_explanation *a, const el_prediction *p)
{
    el_prediction mixed = a->prediction;
    double saved = mixed.prefill_energy_j - p->prefill_energy_j;

    mixed.energy_per_request_j -= saved;
    mixed.energy_per_output_token_j -= saved / a->point.osl;
    mixed.ttft_s = p->ttft_s;
    return mixed;
}

/* Kernels in stages, what follows them on the wire on some SMs: of prompts
 * alone, whose kernels have rows to share out, and of decoding too. */
static el_status overlap_on(ranking *r, double sm, el_error *err)
{
    el_analytic_wish wish = *r->wish;
    el_analytic_state s;
    el_prediction both, prompts;
    char change[48];
    bool room;
    el_status st;

    wish.overlap_stages = STAGES;
    wish.overlap_sm = sm;
    st = el_analytic_open_like(r->catalog, &wish, r->state, &s, err);
    if (st != EL_OK)
        return st;
    st = predict(&s, &r->answer->point, &both, &room, err);
    el_analytic_close(&s);
    if (st != EL_OK)
        return st;
    prompts = prompts_of(r->answer, &both);
    (void)snprintf(change, sizeof change, "overlap %gx%g", STAGES, sm);
    add(r->answer, change, &prompts, room);
    (void)snprintf(change, sizeof change, "overlap %gx%g, decode too", STAGES,
                   sm);
    add(r->answer, change, &both, room);
    return EL_OK;
}

static el_status try_overlap(ranking *r, el_error *err)
{
    static const double sm[] = {1.0, 4.0, 16.0};
    const el_point *now = &r->answer->point;
    el_status st = EL_OK;

    if (fmax(now->tp, now->ep) == 1.0 || r->wish->overlap_stages > 1.0)
        return EL_OK; /* nothing follows on the wire, or it does already */
    for (size_t i = 0; i < 3 && st == EL_OK; i++)
        st = overlap_on(r, sm[i], err);
    return st;
}

static el_status try_unfused(ranking *r, el_error *err)
{
    el_analytic_wish wish = *r->wish;

    if (wish.unfused)
        return EL_OK;
    wish.unfused = true;
    return try_wish(r, &wish, true, "no fused kernels", err);
}

static int more_saved(const void *x, const void *y)
{
    const el_what_if *a = x, *b = y;

    return (a->saved_j_per_token < b->saved_j_per_token) -
           (a->saved_j_per_token > b->saved_j_per_token);
}

el_status el_what_if_rank(const el_analytic_wish *wish,
                          const el_catalog *catalog, el_analytic_state *state,
                          el_explanation *answer, el_error *err)
{
    static el_status (*const tries[])(ranking *, el_error *) = {
        try_points, try_experts, try_formats,
        try_power,  try_overlap, try_unfused};
    ranking r = {wish, catalog, state, answer};
    el_status st = EL_OK;

    for (size_t i = 0; i < sizeof tries / sizeof *tries && st == EL_OK; i++)
        st = tries[i](&r, err);
    qsort(answer->what_if, answer->n_what_if, sizeof *answer->what_if,
          more_saved);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "app/explain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "energylens/files.h"
#include "io/arch_text.h"
#include "io/hf_config.h"
#include "model/analytic_terms.h"

#define RESERVE       3.5e9 /* activations, graphs, context: as predictions have */
#define MAX_FIT_TP    64
#define WHAT_IF_CLOCK 0.8

static el_explain_source source_of(const el_analytic_state *s,
                                   const el_shard *shard)
{
    return (el_explain_source){s->analytic, &s->device, &s->engine,
                               el_analytic_plan(s->analytic, shard), shard};
}

static double bytes_needed(const el_plan *plan, const el_point *p)
{
    return el_plan_weight_bytes(plan) +
           p->batch * el_plan_cache_bytes(plan, p->isl + p->osl);
}

/* Least power of two of tensor parallelism that holds the load. */
static double least_tp(const el_analytic_state *s, const el_point *point)
{
    for (int tp = 1; tp <= MAX_FIT_TP; tp *= 2) {
        el_point p = *point;
        el_shard shard;
        el_plan *plan = NULL;
        bool fits;

        p.tp = tp;
        shard = el_point_shard(&p);
        if (el_plan_make(s->graph, &s->arch, &shard, &plan, NULL) != EL_OK)
            continue;
        fits = bytes_needed(plan, &p) <= s->device.memory_bytes - RESERVE;
        el_plan_free(plan);
        if (fits)
            return tp;
    }
    return EL_UNKNOWN;
}

static void set_memory(const el_analytic_state *s, const el_plan *plan,
                       el_explanation *a)
{
    const el_point *p = &a->point;

    a->weight_bytes = el_plan_weight_bytes(plan);
    a->cache_bytes = bytes_needed(plan, p) - a->weight_bytes;
    a->reserve_bytes = RESERVE;
    a->memory_bytes = s->device.memory_bytes;
    a->fits = a->weight_bytes + a->cache_bytes + RESERVE <= a->memory_bytes;
    a->fits_tp = a->fits ? EL_UNKNOWN : least_tp(s, p);
}

/* Images, where the prompts have any. */
static el_status explain_images(const el_analytic_state *s, el_explanation *a,
                                el_error *err)
{
    const el_analytic *tower = el_analytic_tower(s->analytic);
    el_shard shard = el_tower_shard(&a->shard);
    el_explain_source source = {tower, &s->device, &s->engine, NULL, &shard};
    el_sight sight;
    el_status st = el_sight_of(&s->arch, &a->point, "", &sight, err);

    if (st != EL_OK || !tower || !(sight.n > 0.0))
        return st;
    source.plan = el_analytic_plan(tower, &shard);
    st = el_explain_images(&source, &sight, a->point.batch,
                           &a->phase[a->n_phase], err);
    a->n_phase += st == EL_OK;
    return st;
}

static el_status explain_phases(const el_explain_ask *ask,
                                const el_analytic_state *s, el_explanation *a,
                                el_error *err)
{
    el_explain_source source = source_of(s, &a->shard);
    el_status st = ask->prefill ? explain_images(s, a, err) : EL_OK;

    for (int prefill = 1; prefill >= 0 && st == EL_OK; prefill--) {
        if (!(prefill ? ask->prefill : ask->decode))
            continue;
        st = el_explain_pass(&source, &a->point, prefill, &a->phase[a->n_phase],
                             err);
        a->n_phase += st == EL_OK;
    }
    return st;
}

/* ---- what if ---- */

static void add_what_if(el_explanation *a, const char *change,
                        const el_prediction *p, bool fits)
{
    el_what_if *w = &a->what_if[a->n_what_if++];

    el_str_copy(w->change, sizeof w->change, change);
    w->j_per_token = p->energy_per_output_token_j;
    w->tpot_s = p->tpot_s;
    w->ttft_s = p->ttft_s;
    w->saved_j_per_token =
        a->prediction.energy_per_output_token_j - w->j_per_token;
    w->saved_tpot_s = a->prediction.tpot_s - w->tpot_s;
    w->fits = fits;
}

/* The same model spread or loaded otherwise; one that cannot be is left out. */
static el_status try_point(el_analytic_state *s, const el_point *point,
                           const char *change, el_explanation *a, el_error *err)
{
    el_shard shard = el_point_shard(point);
    el_error why = {0};
    el_prediction p;
    el_status st = el_analytic_prepare(s->analytic, &shard, &why);
    bool fits;

    if (st == EL_E_DATA)
        return EL_OK;
    if (st == EL_OK)
        st =
            el_analytic_predict(s->analytic, point, "", point->batch, &p, &why);
    if (st != EL_OK)
        return el_fail(err, st, "%s", why.message);
    fits = bytes_needed(el_analytic_plan(s->analytic, &shard), point) <=
           s->device.memory_bytes - RESERVE;
    add_what_if(a, change, &p, fits);
    return EL_OK;
}

static el_status try_points(el_analytic_state *s, el_explanation *a,
                            el_error *err)
{
    static const double factor[] = {2.0, 0.5};
    el_status st = EL_OK;

    for (size_t i = 0; i < 4 && st == EL_OK; i++) {
        el_point p = a->point;
        double *what = i < 2 ? &p.batch : &p.tp;
        char change[48];

        *what *= factor[i % 2];
        if (*what < 1.0 || *what != floor(*what))
            continue;
        (void)snprintf(change, sizeof change, "%s %g instead of %g",
                       i < 2 ? "batch" : "tp", *what,
                       i < 2 ? a->point.batch : a->point.tp);
        st = try_point(s, &p, change, a, err);
    }
    return st;
}

/* Experts spread whole over the GPUs, or each cut into tp parts. */
static el_status try_experts(el_analytic_state *s, el_explanation *a,
                             el_error *err)
{
    el_point p = a->point;
    char change[48];

    if (!(s->arch.experts > 0.0) || fmax(p.tp, p.ep) == 1.0)
        return EL_OK;
    p.tp = fmax(p.tp, p.ep);
    p.ep = p.ep > 1.0 ? 1.0 : p.tp;
    (void)snprintf(change, sizeof change, "ep %g instead of %g", p.ep,
                   a->point.ep);
    return try_point(s, &p, change, a, err);
}

static el_status try_wish(const el_explain_state *state,
                          const el_analytic_wish *wish, const char *change,
                          el_explanation *a, el_error *err)
{
    el_analytic_state s;
    el_error why = {0};
    el_status st = el_analytic_open(state->catalog, wish, &s, &why);

    if (st == EL_E_NOMEM)
        return el_fail(err, st, "%s", why.message);
    if (st != EL_OK)
        return EL_OK; /* not on this GPU, or this model is no such format */
    st = try_point(&s, &a->point, change, a, err);
    el_analytic_close(&s);
    return st;
}

/* Both phases without fused kernels, against them as they are. */
static el_status try_unfused(el_analytic_state *s, el_explanation *a,
                             el_error *err)
{
    el_prediction p = a->prediction;
    el_shard unfused = a->shard;
    el_status st;

    unfused.unfused = true;
    st = el_analytic_prepare(s->analytic, &unfused, err);
    for (int prefill = 0; prefill < 2 && st == EL_OK; prefill++) {
        el_explain_source with = source_of(s, &a->shard);
        el_explain_source without = source_of(s, &unfused);
        double per_token = prefill ? a->point.isl / a->point.osl : 1.0;
        el_explain x = {0}, y = {0};

        st = el_explain_pass(&with, &a->point, prefill, &x, err);
        if (st == EL_OK)
            st = el_explain_pass(&without, &a->point, prefill, &y, err);
        p.energy_per_output_token_j +=
            per_token * (y.j_per_token - x.j_per_token);
        *(prefill ? &p.ttft_s : &p.tpot_s) +=
            (prefill ? x.passes : 1.0) * (y.time_s - x.time_s);
        el_explain_clear(&x);
        el_explain_clear(&y);
    }
    if (st == EL_OK)
        add_what_if(a, "no fused kernels", &p, a->fits);
    return st;
}

static int more_saved(const void *x, const void *y)
{
    const el_what_if *a = x, *b = y;

    return (a->saved_j_per_token < b->saved_j_per_token) -
           (a->saved_j_per_token > b->saved_j_per_token);
}

static el_status what_if(const el_explain_ask *ask, el_explain_state *state,
                         el_error *err)
{
    el_analytic_state *s = &state->analytic;
    el_explanation *a = &state->answer;
    el_analytic_wish fp8 = ask->wish, slow = ask->wish;
    char change[48];
    el_status st = try_points(s, a, err);

    fp8.precision = "fp8";
    slow.clock_hz = WHAT_IF_CLOCK * s->device.clock_hz;
    (void)snprintf(change, sizeof change, "clock %.0f MHz instead of %.0f",
                   slow.clock_hz / 1e6, s->device.clock_hz / 1e6);
    if (st == EL_OK)
        st = try_experts(s, a, err);
    if (st == EL_OK && a->weight_bits > 9.0)
        st = try_wish(state, &fp8, "fp8 weights", a, err);
    if (st == EL_OK)
        st = try_wish(state, &slow, change, a, err);
    if (st == EL_OK)
        st = try_unfused(s, a, err);
    qsort(a->what_if, a->n_what_if, sizeof *a->what_if, more_saved);
    return st;
}

/* ---- */

static el_status answer(const el_explain_ask *ask, el_explain_state *state,
                        el_error *err)
{
    el_analytic_state *s = &state->analytic;
    el_explanation *a = &state->answer;
    const el_plan *plan;
    el_status st;

    a->key = &s->key;
    a->point = ask->point;
    a->shard = el_point_shard(&ask->point);
    st = el_analytic_prepare(s->analytic, &a->shard, err);
    if (st != EL_OK)
        return st;
    plan = el_analytic_plan(s->analytic, &a->shard);
    a->gpus = el_plan_gpus(plan);
    a->arch_note = s->arch.note;
    a->weight_bits = 8.0 * s->arch.weight_bytes / s->arch.params;
    set_memory(s, plan, a);
    st = explain_phases(ask, s, a, err);
    if (st == EL_OK)
        st = el_analytic_predict(s->analytic, &a->point, "", a->point.batch,
                                 &a->prediction, err);
    if (st == EL_OK && ask->what_if)
        st = what_if(ask, state, err);
    /* further plans may have moved the list, not this one */
    a->plan_note = el_plan_note(el_analytic_plan(s->analytic, &a->shard));
    return st;
}

el_status el_explain_open(const el_explain_ask *ask, el_explain_state *out,
                          el_error *err)
{
    el_explain_ask own = *ask;
    el_status st;

    memset(out, 0, sizeof *out);
    own.wish.measured = &out->measured;
    st = el_catalog_load(ask->catalog_dir, &out->catalog, err);
    if (st == EL_OK)
        st = el_measured_open(&ask->files, out->catalog, &ask->wish.gpu, 1,
                              ask->task, &out->measured, err);
    if (st == EL_OK)
        st = el_analytic_open(out->catalog, &own.wish, &out->analytic, err);
    if (st == EL_OK)
        st = answer(&own, out, err);
    if (st != EL_OK)
        el_explain_close(out);
    return st;
}

void el_explain_close(el_explain_state *state)
{
    for (size_t i = 0; i < state->answer.n_phase; i++)
        el_explain_clear(&state->answer.phase[i]);
    el_analytic_close(&state->analytic);
    el_measured_close(&state->measured);
    el_catalog_free(state->catalog);
    memset(state, 0, sizeof *state);
}

el_status el_explain_arch(const el_explain_ask *ask, el_buf *out, el_error *err)
{
    const el_analytic_wish *w = &ask->wish;
    el_catalog *catalog = NULL;
    const el_llm *llm = NULL;
    el_arch_desc arch;
    el_status st;

    if (w->arch_path && *w->arch_path)
        return el_arch_describe_file(w->arch_path, out, err);
    if (el_model_is_path(w->model)) {
        st = el_hf_config_read(w->model, &arch, err);
    } else {
        st = el_catalog_load(ask->catalog_dir, &catalog, err);
        if (st == EL_OK)
            st = el_catalog_need_llm(catalog, w->model, &llm, err);
        if (st == EL_OK)
            st = el_arch_from_llm(llm, &arch, err);
    }
    if (st == EL_OK)
        st = el_arch_describe(&arch, out, err);
    el_catalog_free(catalog);
    return st;
}

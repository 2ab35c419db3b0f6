/* SPDX-License-Identifier: Apache-2.0 */
#include "app/explain.h"

#include <math.h>
#include <string.h>

#include "app/what_if.h"
#include "base/str.h"
#include "energylens/facts.h"
#include "energylens/files.h"
#include "io/arch_text.h"
#include "io/hf_config.h"
#include "model/analytic_terms.h"
#include "model/deployment.h"

#define MAX_FIT_TP 64

static el_explain_source source_of(const el_analytic_state *s,
                                   const el_shard *shard)
{
    return (el_explain_source){s->analytic, &s->device, &s->engine,
                               el_analytic_plan(s->analytic, shard), shard};
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
        fits = el_deployment_fits(&s->device, plan, &p);
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

    a->weight_bytes = el_analytic_weight_bytes(s->analytic, &a->shard);
    a->cache_bytes = el_deployment_bytes(plan, p) - el_plan_weight_bytes(plan);
    a->reserve_bytes = EL_DEPLOYMENT_RESERVE;
    a->memory_bytes = s->device.memory_bytes;
    a->fits = a->weight_bytes + a->cache_bytes + EL_DEPLOYMENT_RESERVE <=
              a->memory_bytes;
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
    a->shard.images =
        ask->point.images.n > 0.0 && s->arch.kv_bytes_per_image > 0.0;
    if (st != EL_OK)
        return st;
    plan = el_analytic_plan(s->analytic, &a->shard);
    a->gpus = el_plan_gpus(plan);
    a->arch_note = s->arch.note;
    a->weight_bits = el_facts_weight_bits(&s->facts);
    set_memory(s, plan, a);
    st = explain_phases(ask, s, a, err);
    if (st == EL_OK)
        st = el_analytic_predict(s->analytic, &a->point, "", a->point.batch,
                                 &a->prediction, err);
    if (st == EL_OK && ask->what_if)
        st = el_what_if_rank(&ask->wish, state->catalog, s, a, err);
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "app/setup.h"

#include <stdio.h>
#include <string.h>

#include "app/hub_id.h"
#include "app/setup_wish.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/analytic_terms.h"
#include "model/candidate.h"

/* What one setup's query points into; one of the two answers. */
struct el_setup_answer {
    el_fit_pick *pick;
    el_analytic_state *analytic;
};

/* One combination while it is opened. */
typedef struct opening {
    const el_setup_ask *ask;
    el_setups *all; /* those before it */
    el_setup_wish wish;
    el_setup setup;
    struct el_setup_answer answer;
    el_optimize_query query;
} opening;

static void add_note(char note[160], const char *text)
{
    size_t len = strlen(note);

    (void)snprintf(note + len, 160 - len, "%s%s", len ? "; " : "", text);
}

/*
 * Energies without times are half an answer: times that nobody measured come
 * from the physical prior, and the note says so. Where the whole run was timed
 * but not its parts, that measurement stays the better one.
 */
static el_status complete_times(el_fit_pick *pick, el_error *err)
{
    const bool *has = pick->fit->has;
    bool itl = has[EL_TARGET_ITL], ttft = has[EL_TARGET_TTFT];
    el_group_fit prior, whole = *pick->fit;
    el_status st;

    if (ttft || (has[EL_TARGET_LATENCY] && !itl))
        return EL_OK;
    st = el_fit_from_prior(el_form_find("closed12"), &pick->key, &pick->facts,
                           &prior, err);
    if (st != EL_OK)
        return st;
    for (el_target t = EL_TARGET_TTFT; t <= EL_TARGET_ITL; t++)
        if (!has[t]) {
            whole.model[t] = prior.model[t];
            whole.has[t] = true;
        }
    add_note(pick->note, itl ? "TTFT was not measured: from the physical prior"
                             : "times were not measured: from the physical "
                               "prior");
    pick->own = whole;
    pick->fit = &pick->own;
    return EL_OK;
}

static el_status analytic_answer(const void *ctx, const el_point *point,
                                 const char *workload, double batch_size,
                                 el_prediction *out, el_error *err)
{
    const el_analytic_state *a = ctx;
    el_shard shard = el_point_shard(point);

    shard.unfused = a->engine.unfused;
    if (el_analytic_plan(a->analytic, &shard))
        return el_analytic_predict(a->analytic, point, workload, batch_size,
                                   out, err);
    *out = el_prediction_unknown();
    el_str_copy(out->note, sizeof out->note,
                "the model's heads or layers do not divide by these degrees");
    return EL_OK;
}

static el_status lower_one(void *ctx, const el_config *config, el_error *err)
{
    const el_analytic_state *a = ctx;
    el_analytic *root = a->base ? a->base->analytic : a->analytic;
    el_point point = {
        .tp = config->tp, .pp = config->pp, .ep = config->ep, .dp = 1.0};
    el_shard shard = el_point_shard(&point);
    el_status st;

    shard.unfused = a->engine.unfused;
    st = el_analytic_prepare(root, &shard, err);
    return st == EL_E_DATA ? EL_OK : st; /* not divisible: predicted so */
}

/* Plans for every sharding of the grid, and for that of today. */
static el_status lower_all(const el_optimize_query *query,
                           el_analytic_state *analytic, el_error *err)
{
    el_optimize_query shards = *query;
    el_status st;

    shards.dp = shards.batch = (el_values){1, {1.0}};
    st = el_config_walk(&shards, lower_one, analytic, err);
    if (st == EL_OK && query->has_current)
        st = lower_one(analytic, &query->current, err);
    return st;
}

/* An analytic setup before this one with the same weights and cache formats:
 * it has the plans. */
static el_analytic_state *find_base(const opening *o)
{
    const el_setups *all = o->all;
    const char *precision =
        el_precision_of(o->wish.w.precision, o->wish.w.model);

    for (size_t i = 0; i < all->n; i++) {
        el_analytic_state *a = all->answer[i].analytic;
        const char *kv = all->setup[i].value[EL_SETUP_KV_CACHE];
        if (a && !a->base &&
            strcmp(kv, o->setup.value[EL_SETUP_KV_CACHE]) == 0 &&
            el_str_eq_nocase(a->key.precision, precision))
            return a;
    }
    return NULL;
}

/* What it answers by: nothing measured, or the rows of --calibrate. */
static el_status calibrate(opening *o, el_analytic_state *a, el_error *err)
{
    const el_setup_ask *ask = o->ask;
    char note[EL_RUNS_NOTE];
    el_status st;

    o->query.match_source = EL_SOURCE_MODELLED;
    el_str_copy(o->setup.note, sizeof o->setup.note,
                ask->set->n ? "no measurement of this model on this GPU: "
                              "analytic model"
                            : "analytic model: nothing measured");
    if (*el_measured_text(ask->measured))
        (void)snprintf(o->setup.note, sizeof o->setup.note,
                       "analytic model with %s",
                       el_measured_text(ask->measured));
    if (!ask->runs)
        return EL_OK;
    o->query.match_source = EL_SOURCE_CALIBRATED;
    st = el_runs_calibrate(ask->runs, ask->catalog, a, note, err);
    if (st == EL_OK)
        el_str_copy(o->setup.note, sizeof o->setup.note, note);
    return st;
}

static el_status open_analytic(opening *o, el_error *err)
{
    el_analytic_state *a = el_array(1, sizeof *a);
    el_status st;

    if (!a)
        return el_fail(err, EL_E_NOMEM, "setup: out of memory");
    st = el_analytic_open_like(o->ask->catalog, &o->wish.w, find_base(o), a,
                               err);
    if (st == EL_OK)
        st = lower_all(&o->query, a, err);
    if (st == EL_OK)
        st = calibrate(o, a, err);
    if (st != EL_OK) {
        el_analytic_close(a);
        el_free(a);
        return st;
    }
    o->answer.analytic = a;
    o->setup.key = a->key;
    o->query.predict = analytic_answer;
    o->query.predict_ctx = a;
    o->query.facts = a->facts;
    o->query.fit_scope = EL_SCOPE_GPUS;
    if (a->arch.generic)
        add_note(o->setup.note, a->arch.note);
    el_hub_id(o->ask->catalog, o->ask->model, o->setup.hub_id,
              sizeof o->setup.hub_id);
    return EL_OK;
}

static el_status find_pick(opening *o, el_fit_pick *pick, el_error *err)
{
    const el_analytic_wish *w = &o->wish.w;
    const el_fit_wish named = {w->model, w->gpu, w->precision, w->engine};
    el_status st =
        el_fit_pick_find(o->ask->set, o->ask->catalog, &named, pick, err);

    if (st == EL_OK)
        st = complete_times(pick, err);
    if (st != EL_OK)
        return st;
    if (pick->fit->model[EL_TARGET_ENERGY].prompts_unknown)
        add_note(pick->note, "prompt lengths were not recorded: what --isl "
                             "changes is weakly known");
    return EL_OK;
}

static el_status open_fit(opening *o, el_error *err)
{
    el_fit_pick *pick = el_array(1, sizeof *pick);
    el_status st;

    if (!pick)
        return el_fail(err, EL_E_NOMEM, "setup: out of memory");
    st = find_pick(o, pick, err);
    if (st != EL_OK) {
        el_free(pick);
        return st;
    }
    o->answer.pick = pick;
    o->setup.key = pick->key;
    o->query.fit = pick->fit;
    o->query.facts = pick->facts;
    o->query.match_source = pick->source;
    o->query.fit_scope = o->ask->set->n ? o->ask->set->scope : EL_SCOPE_GPUS;
    el_str_copy(o->setup.note, sizeof o->setup.note, pick->note);
    el_str_copy(o->setup.hub_id, sizeof o->setup.hub_id, pick->hub_id);
    return EL_OK;
}

static void drop(opening *o)
{
    if (o->answer.analytic)
        el_analytic_close(o->answer.analytic);
    el_free(o->answer.analytic);
    el_free(o->answer.pick);
    memset(&o->answer, 0, sizeof o->answer);
}

/* Names that nobody knows end the search; near ones are offered. */
static el_status check_names(const opening *o, el_error *err)
{
    const el_analytic_wish *w = &o->wish.w;
    const el_llm *llm;
    const el_gpu *gpu;
    el_error why;

    if (o->ask->set->n || !w->model || !w->gpu)
        return EL_OK; /* el_fit_pick_find says what is missing */
    if (!el_model_is_path(w->model) &&
        el_catalog_need_llm(o->ask->catalog, w->model, &llm, &why) != EL_OK)
        return el_fail(err, EL_E_ARG, "--model: %s", why.message);
    if (el_catalog_need_gpu(o->ask->catalog, w->gpu, &gpu, &why) != EL_OK)
        return el_fail(err, EL_E_ARG, "--gpu: %s", why.message);
    return EL_OK;
}

/* From the fits, or where there are none (or none of this model and GPU), by
 * analysis; a shape that the catalogue knows too little of leaves the prior. */
static el_status open_answer(opening *o, el_error *err)
{
    const el_analytic_wish *w = &o->wish.w;
    bool can_analyse = w->model && w->gpu;
    el_error why;
    el_status st = check_names(o, err);

    if (st == EL_OK && o->ask->set->n)
        st = open_fit(o, err);
    if (st != EL_OK ||
        (o->answer.pick && o->answer.pick->fit->model[EL_TARGET_ENERGY].n_rows))
        return st;
    if (!can_analyse)
        return o->answer.pick ? EL_OK : open_fit(o, err);
    st = open_analytic(o, &why);
    if (st == EL_OK) {
        el_free(o->answer.pick);
        o->answer.pick = NULL;
        o->query.fit = NULL;
        return st;
    }
    if (st == EL_E_NOMEM || st == EL_E_IO || o->wish.analytic_only ||
        o->ask->runs || *el_measured_text(o->ask->measured) ||
        el_model_is_path(w->model))
        return el_fail(err, st, "%s", why.message);
    return o->answer.pick ? EL_OK : open_fit(o, err);
}

static void name_values(opening *o)
{
    el_setup *s = &o->setup;

    el_str_copy(s->value[EL_SETUP_GPU], EL_NAME_LEN, s->key.gpu);
    el_str_copy(s->value[EL_SETUP_PRECISION], EL_NAME_LEN, s->key.precision);
    el_str_copy(s->value[EL_SETUP_ENGINE], EL_NAME_LEN, s->key.engine);
}

/* The k-th combination, the last axis fastest. */
static el_status wish_of(const el_setup_ask *ask, size_t k, opening *o,
                         el_error *err)
{
    el_status st = EL_OK;

    *o = (opening){.ask = ask, .query = *ask->query};
    o->wish.w = (el_analytic_wish){.model = ask->model,
                                   .clock_hz = EL_UNKNOWN,
                                   .cap_w = EL_UNKNOWN,
                                   .measured = ask->measured};
    for (el_setup_axis a = EL_N_SETUP_AXES; st == EL_OK && a-- > 0;) {
        const el_choices *list = &ask->axis[a];
        const char *text;
        if (!list->n)
            continue;
        text = list->v[k % list->n];
        if (a == EL_SETUP_GPU && ask->gpus &&
            el_is_known(ask->gpus[k % list->n]))
            o->query.gpus = ask->gpus[k % list->n];
        k /= list->n;
        st = el_setup_take(&o->wish, a, text, err);
        el_str_copy(o->setup.value[a], EL_NAME_LEN, text);
    }
    if (st == EL_OK && o->wish.analytic_only && ask->set->n)
        st = el_fail(err, EL_E_ARG,
                     "a fit file does not tell clocks, cache formats, overlap "
                     "or fusion apart: leave --fit out");
    if (st == EL_OK && o->wish.analytic_only && ask->runs)
        st = el_fail(err, EL_E_ARG,
                     "rows of a table do not tell clocks, cache formats, "
                     "overlap or fusion apart: leave --calibrate out");
    return st;
}

static el_status push(el_setups *all, opening *o, el_error *err)
{
    el_status st;

    o->all = all;
    st = open_answer(o, err);
    if (st != EL_OK) {
        drop(o);
        return st;
    }
    name_values(o);
    all->query[all->n] = o->query;
    all->setup[all->n] = o->setup;
    all->answer[all->n++] = o->answer;
    return EL_OK;
}

static el_status count(const el_setup_ask *ask, size_t *n, el_error *err)
{
    *n = 1;
    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++) {
        *n *= ask->axis[a].n ? ask->axis[a].n : 1;
        if (*n > EL_MAX_SETUPS)
            return el_fail(err, EL_E_ARG,
                           "too many combinations of GPU, formats, engine and "
                           "so on (the limit is %u): name fewer values",
                           EL_MAX_SETUPS);
    }
    return EL_OK;
}

static el_status open_all(const el_setup_ask *ask, size_t n, el_setups *all,
                          char left_out[256], el_error *err)
{
    el_error why = {0};
    el_status st = EL_OK;

    for (size_t k = 0; st == EL_OK && k < n; k++) {
        opening o;
        st = wish_of(ask, k, &o, err);
        if (st == EL_OK)
            st = push(all, &o, &why);
        else
            return st;
        if (st == EL_E_DATA && n > 1) { /* there is no such combination */
            el_str_copy(left_out, 256, why.message);
            st = EL_OK;
        }
    }
    if (st == EL_OK && !all->n)
        st = EL_E_DATA;
    return st == EL_OK ? st : el_fail(err, st, "%s", why.message);
}

el_status el_setups_open(const el_setup_ask *ask, el_setups *out,
                         char left_out[256], el_error *err)
{
    el_setups all = {0};
    size_t n;
    el_status st = count(ask, &n, err);

    left_out[0] = '\0';
    if (st != EL_OK)
        return st;
    all.query = el_array(n, sizeof *all.query);
    all.setup = el_array(n, sizeof *all.setup);
    all.answer = el_array(n, sizeof *all.answer);
    if (!all.query || !all.setup || !all.answer)
        st = el_fail(err, EL_E_NOMEM, "setup: %zu combinations", n);
    if (st == EL_OK)
        st = open_all(ask, n, &all, left_out, err);
    if (st == EL_OK)
        *out = all;
    else
        el_setups_close(&all);
    return st;
}

const el_analytic_state *el_setup_analytic(const el_setups *setups, size_t i)
{
    return setups->answer[i].analytic;
}

void el_setups_close(el_setups *setups)
{
    /* backwards: later ones use the plans of earlier ones */
    for (size_t i = setups->n; i-- > 0;) {
        opening o = {.answer = setups->answer[i]};
        drop(&o);
    }
    el_free(setups->answer);
    el_free(setups->setup);
    el_free(setups->query);
    memset(setups, 0, sizeof *setups);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "app/optimize.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "io/catalog_json.h"
#include "io/csv.h"
#include "io/fit_json.h"
#include "model/analytic_terms.h"
#include "model/candidate.h"

static const char *const config_key[] = {"tp", "pp", "ep", "dp", "batch"};

#define N_KEYS (sizeof config_key / sizeof *config_key)

static el_status parse_pair(const char *text, size_t len, double value[N_KEYS],
                            el_error *err)
{
    const char *eq = memchr(text, '=', len);
    size_t k = 0, n = eq ? (size_t)(eq - text) : len;

    while (k < N_KEYS &&
           (strlen(config_key[k]) != n || strncmp(config_key[k], text, n) != 0))
        k++;
    if (k == N_KEYS || !eq)
        return el_fail(err, EL_E_ARG,
                       "not tp, pp, ep, dp or batch with a value: \"%.*s\"",
                       (int)len, text);
    if (!el_parse_double(eq + 1, len - n - 1, &value[k]) ||
        !(value[k] >= 1.0) || value[k] != floor(value[k]))
        return el_fail(err, EL_E_ARG, "not a whole number above 0: \"%.*s\"",
                       (int)len, text);
    return EL_OK;
}

el_status el_config_parse(const char *text, el_config *out, el_error *err)
{
    double v[N_KEYS] = {NAN, 1.0, 1.0, NAN, NAN};

    for (const char *at = text;;) {
        size_t len = strcspn(at, ",");
        el_status st = parse_pair(at, len, v, err);
        if (st != EL_OK)
            return st;
        if (at[len] == '\0')
            break;
        at += len + 1;
    }
    if (!el_is_known(v[0]))
        return el_fail(err, EL_E_ARG, "no tp in \"%s\"", text);
    *out = (el_config){v[0], v[1], v[2], v[3], v[4]};
    return EL_OK;
}

static el_status parse_current(const char *text, el_optimize_query *query,
                               el_error *err)
{
    el_error why = {0};

    if (!text)
        return EL_OK;
    query->has_current = true;
    if (el_config_parse(text, &query->current, &why) == EL_OK)
        return EL_OK;
    return el_fail(err, EL_E_ARG, "--current: %s", why.message);
}

static void add_note(el_fit_pick *pick, const char *text)
{
    size_t len = strlen(pick->note);

    (void)snprintf(pick->note + len, sizeof pick->note - len, "%s%s",
                   len ? "; " : "", text);
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
    add_note(pick, itl ? "TTFT was not measured: from the physical prior"
                       : "times were not measured: from the physical prior");
    pick->own = whole;
    pick->fit = &pick->own;
    return EL_OK;
}

/*
 * Offline semantics, as fits have them: TTFT of a batch that starts together;
 * the search itself lets prompts arrive one by one.
 */
static el_status analytic_answer(const void *ctx, const el_point *point,
                                 const char *workload, double batch_size,
                                 el_prediction *out, el_error *err)
{
    const el_analytic_state *a = ctx;
    el_shard shard = el_point_shard(point);
    el_point together = *point;

    together.steady = false;
    if (el_analytic_plan(a->analytic, &shard))
        return el_analytic_predict(a->analytic, &together, workload, batch_size,
                                   out, err);
    *out = el_prediction_unknown(); /* not divisible: no candidate */
    return EL_OK;
}

static el_status prepare_config(void *ctx, const el_config *config,
                                el_error *err)
{
    const el_analytic_state *a = ctx;
    el_point point = {
        .tp = config->tp, .pp = config->pp, .ep = config->ep, .dp = 1.0};
    el_shard shard = el_point_shard(&point);
    el_status st = el_analytic_prepare(a->analytic, &shard, err);

    return st == EL_E_DATA ? EL_OK : st;
}

/* The analytic model answers; a fit of prior centres says what there is. */
static el_status open_analytic(const el_ask *ask, el_ask_state *s,
                               el_error *err)
{
    const el_fit_wish *w = &ask->wish;
    el_analytic_wish wish = {w->model, w->gpu,     w->precision, w->engine,
                             NULL,     EL_UNKNOWN, EL_UNKNOWN};
    el_fit_pick *pick = &s->pick;
    el_status st = el_analytic_open(s->catalog, &wish, &s->analytic, err);

    if (st == EL_OK)
        st = el_fit_from_prior(el_form_find("closed12"), &s->analytic.key,
                               &s->analytic.facts, &pick->own, err);
    if (st != EL_OK)
        return st;
    pick->fit = &pick->own;
    pick->key = s->analytic.key;
    pick->facts = s->analytic.facts;
    pick->source = EL_SOURCE_MODELLED;
    el_str_copy(pick->note, sizeof pick->note,
                "analytic model: nothing measured");
    if (s->analytic.arch.generic)
        add_note(pick, s->analytic.arch.note);
    el_fit_pick_hub_id(pick, s->catalog, w->model);
    s->query.predict = analytic_answer;
    s->query.predict_ctx = &s->analytic;
    return EL_OK;
}

/* From a fit file, or where there is none (or it has nothing), by analysis;
 * a shape that the catalogue knows too little of falls back to the prior. */
static el_status open_pick(const el_ask *ask, el_ask_state *s, el_error *err)
{
    bool by_analysis = s->set.n == 0 && ask->wish.model && ask->wish.gpu;
    el_status st = EL_E_DATA;

    if (by_analysis)
        st = open_analytic(ask, s, err);
    if (st == EL_OK || st == EL_E_NOMEM || st == EL_E_IO ||
        (by_analysis && el_model_is_path(ask->wish.model)))
        return st;
    st = el_fit_pick_find(&s->set, s->catalog, &ask->wish, &s->pick, err);
    return st == EL_OK ? complete_times(&s->pick, err) : st;
}

static el_status open_rest(const el_ask *ask, el_ask_state *s, el_error *err)
{
    el_status st;

    s->query = ask->query;
    st = parse_current(ask->current, &s->query, err);
    if (st == EL_OK)
        st = el_catalog_load(ask->catalog_dir, &s->catalog, err);
    if (st == EL_OK)
        st = open_pick(ask, s, err);
    if (st != EL_OK)
        return st;
    if (s->pick.fit->model[EL_TARGET_ENERGY].prompts_unknown)
        add_note(&s->pick, "prompt lengths were not recorded: what --isl "
                           "changes is weakly known");
    s->query.fit = s->pick.fit;
    s->query.facts = s->pick.facts;
    s->query.match_source = s->pick.source;
    s->query.fit_scope = s->set.n ? s->set.scope : EL_SCOPE_GPUS;
    s->query.workload = ask->workload ? ask->workload : "";
    if (s->query.predict)
        return el_config_walk(&s->query, prepare_config, &s->analytic, err);
    return EL_OK;
}

el_status el_ask_open_set(const el_ask *ask, el_fit_set *set, el_ask_state *out,
                          el_error *err)
{
    el_status st;

    memset(out, 0, sizeof *out);
    out->set = *set;
    memset(set, 0, sizeof *set);
    st = open_rest(ask, out, err);
    if (st != EL_OK)
        el_ask_close(out);
    return st;
}

el_status el_ask_open(const el_ask *ask, el_ask_state *out, el_error *err)
{
    el_fit_set set = {0};
    el_status st = EL_OK;

    if (ask->fit_path)
        st = el_fit_set_load(ask->fit_path, &set, err);
    return st == EL_OK ? el_ask_open_set(ask, &set, out, err) : st;
}

void el_ask_close(el_ask_state *state)
{
    el_fit_set_clear(&state->set);
    el_catalog_free(state->catalog);
    el_analytic_close(&state->analytic);
    memset(state, 0, sizeof *state);
}

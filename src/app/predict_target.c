/* SPDX-License-Identifier: Apache-2.0 */
/* What the names of rows lead to: a fit, the analytic model or the prior. */
#include "app/predict_part.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "io/catalog_json.h"
#include "model/analytic_terms.h"

#define NOTE_NO_FIT  "no fit given: "
#define NOTE_NOTHING "no measurement of this model on this GPU: "

static bool same_names(const el_row *a, const el_row *b)
{
    return a->model == b->model && a->gpu == b->gpu &&
           a->precision == b->precision && a->engine == b->engine &&
           a->arch == b->arch && el_known_equal(a->params, b->params) &&
           el_known_equal(a->active_params, b->active_params);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

static uint64_t hash_names(const el_row *r)
{
    const char *const name[] = {r->model, r->gpu, r->precision, r->engine,
                                r->arch};
    const double number[] = {r->params, r->active_params};
    uint64_t h = 0;

    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        h = mix(h, (uint64_t)(uintptr_t)name[i]);
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        double v = el_is_known(number[i]) ? number[i] : -1.0;
        uint64_t bits;

        memcpy(&bits, &v, sizeof bits);
        h = mix(h, bits);
    }
    return h;
}

/* Facts as they were when the fit was made, unless the precision differs: a
 * catalogue that learned more since must not look like another model. */
static void take_fit_facts(el_predict_target *t)
{
    if (el_str_eq_nocase(t->match.fit->key.precision, t->key.precision) &&
        el_str_eq_nocase(t->match.fit->key.model, t->key.model))
        t->facts = t->match.fit->facts;
}

/* Without the message's "file:line: ", which the row itself says. */
static const char *bare(const el_row *row, const char *message)
{
    char place[512];
    int n = snprintf(place, sizeof place, "%s:%zu: ", row->file, row->line);

    if (n > 0 && (size_t)n < sizeof place &&
        strncmp(message, place, (size_t)n) == 0)
        return message + n;
    return message;
}

/* A model that only the fit knows: its names and its facts. */
static bool resolve_by_fit(const el_predictor *p, el_predict_target *t)
{
    const el_row *row = t->row;
    const el_gpu *gpu = el_catalog_find_gpu(p->catalog, row->gpu);

    el_str_copy(t->key.model, sizeof t->key.model, row->model);
    el_str_copy(t->key.gpu, sizeof t->key.gpu, gpu ? gpu->slug : row->gpu);
    el_str_copy(t->key.precision, sizeof t->key.precision, row->precision);
    el_str_copy(t->key.engine, sizeof t->key.engine, row->engine);
    t->match = el_fit_match(&p->set, &t->key);
    if (t->match.fit)
        t->facts = t->match.fit->facts;
    return t->match.fit != NULL;
}

static void resolve(const el_predictor *p, el_predict_target *t)
{
    el_error err = {0};

    if (el_model_is_path(t->row->model)) {
        t->known = true; /* open_fallback reads it, or says why not */
        return;
    }
    if (el_row_resolve(t->row, p->catalog, &t->key, &t->facts, &err) == EL_OK)
        t->match = el_fit_match(&p->set, &t->key);
    else if (!resolve_by_fit(p, t)) {
        el_str_copy(t->note, sizeof t->note, bare(t->row, err.message));
        return;
    }
    if (t->match.fit) {
        t->known = true;
        el_str_copy(t->note, sizeof t->note, t->match.note);
        take_fit_facts(t);
    } else if (!el_is_known(t->facts.gpu_memory_bytes)) {
        (void)snprintf(t->note, sizeof t->note,
                       "GPU \"%.80s\" is neither in the fit nor in the "
                       "catalogue",
                       t->row->gpu);
    } else {
        t->known = true;
    }
}

/* A table without rows of this target leaves the model as it is. */
static el_status calibrate(const el_predictor *p, el_predict_target *t,
                           el_error *err)
{
    char note[EL_RUNS_NOTE];
    el_error why;
    el_status st = EL_OK;

    if (!p->runs.table || !t->analytic)
        return EL_OK;
    st = el_runs_calibrate(&p->runs, p->catalog, t->analytic, note, &why);
    if (st != EL_OK && st != EL_E_DATA)
        return el_fail(err, st, "%s", why.message);
    el_str_copy(t->note, sizeof t->note, st == EL_OK ? note : why.message);
    return EL_OK;
}

/* What answers for a target without a fit; shapes that the catalogue knows
 * too little of leave the prior. */
static el_status open_fallback(const el_predictor *p, el_predict_target *t,
                               el_error *err)
{
    el_analytic_wish wish = {.model = t->row->model,
                             .gpu = t->row->gpu,
                             .precision = t->row->precision,
                             .engine = t->row->engine,
                             .clock_hz = EL_UNKNOWN,
                             .cap_w = EL_UNKNOWN,
                             .measured = &p->measured};
    const char *measured = el_measured_text(&p->measured);
    const el_shard whole = {.tp = 1.0, .pp = 1.0, .ep = 1.0, .cp = 1.0};
    const char *by = "analytic model";
    el_error why;
    el_status st;

    if (!t->known || t->match.fit)
        return EL_OK;
    t->analytic = el_array(1, sizeof *t->analytic);
    if (!t->analytic)
        return el_fail(err, EL_E_NOMEM, "predict: out of memory");
    st = el_analytic_open(p->catalog, &wish, t->analytic, &why);
    if (st == EL_OK)
        st = el_analytic_prepare(t->analytic->analytic, &whole, &why);
    if (st == EL_E_NOMEM)
        return el_fail(err, st, "%s", why.message);
    if (st == EL_OK && el_model_is_path(t->row->model)) {
        t->key = t->analytic->key;
        t->facts = t->analytic->facts;
    }
    if (st != EL_OK) {
        el_analytic_close(t->analytic);
        el_free(t->analytic);
        t->analytic = NULL;
        by = "physical prior";
        if (el_model_is_path(t->row->model) || *measured)
            return el_fail(err, st, "%s", why.message);
    }
    (void)snprintf(t->note, sizeof t->note, "%s%s%s%s",
                   p->set.n ? NOTE_NOTHING : NOTE_NO_FIT, by,
                   *measured ? " with " : "", measured);
    return calibrate(p, t, err);
}

static bool grow_slots(el_predict_targets *w)
{
    size_t n = w->n_slot ? 2 * w->n_slot : 64;
    size_t *slot = el_array(n, sizeof *slot);

    if (!slot)
        return false;
    for (size_t i = 0; i < w->n; i++) {
        size_t at = hash_names(w->target[i].row) & (n - 1);

        while (slot[at])
            at = (at + 1) & (n - 1);
        slot[at] = i + 1;
    }
    el_free(w->slot);
    w->slot = slot;
    w->n_slot = n;
    return true;
}

static el_status find_target(el_predict_targets *w, const el_row *row,
                             size_t *out, el_error *err)
{
    size_t at;
    el_predict_target *grown;

    if ((!w->slot || 2 * (w->n + 1) > w->n_slot) && !grow_slots(w))
        return el_fail(err, EL_E_NOMEM, "predict: %zu groups", w->n);
    at = hash_names(row) & (w->n_slot - 1);
    for (; w->slot[at]; at = (at + 1) & (w->n_slot - 1)) {
        *out = w->slot[at] - 1;
        /* a slot that is set names a target that is there:
         * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        if (same_names(w->target[*out].row, row))
            return EL_OK;
    }
    grown = el_grow(w->target, &w->cap, w->n + 1, sizeof *grown);
    if (!grown)
        return el_fail(err, EL_E_NOMEM, "predict: %zu groups", w->n);
    w->target = grown;
    *out = w->n++;
    memset(&grown[*out], 0, sizeof *grown);
    grown[*out].row = row;
    w->slot[at] = *out + 1;
    resolve(w->predictor, &grown[*out]);
    return EL_OK;
}

/* Everything that threads would otherwise have to make. */
static el_status prepare(el_predict_targets *w, const el_row *row, size_t n,
                         el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < w->n && st == EL_OK; i++)
        st = open_fallback(w->predictor, &w->target[i], err);
    for (size_t i = 0; w->target && i < n && st == EL_OK; i++) {
        const el_predict_target *t = &w->target[w->which[i]];
        el_point point = el_row_point(&row[i]);
        el_shard shard = el_point_shard(&point);
        el_error why;
        if (!t->analytic)
            continue;
        st = el_analytic_prepare(t->analytic->analytic, &shard, &why);
        if (st == EL_E_DATA || st == EL_E_ARG)
            st = EL_OK; /* said by the row itself */
        else if (st != EL_OK)
            st = el_fail(err, st, "%s", why.message);
    }
    return st;
}

el_status el_predict_targets_find(const el_predictor *predictor,
                                  const el_row *row, size_t n,
                                  el_predict_targets *out, el_error *err)
{
    el_predict_targets *w = out;
    el_status st = EL_OK;

    *w = (el_predict_targets){.predictor = predictor};
    w->which = el_array(n, sizeof *w->which);
    if (!w->which)
        return el_fail(err, EL_E_NOMEM, "predict: %zu rows", n);
    for (size_t i = 0; i < n && st == EL_OK; i++) {
        if (i > 0 && same_names(&row[i - 1], &row[i]))
            w->which[i] = w->which[i - 1];
        else
            st = find_target(w, &row[i], &w->which[i], err);
    }
    return st == EL_OK ? prepare(w, row, n, err) : st;
}

void el_predict_targets_clear(el_predict_targets *targets)
{
    for (size_t i = 0; i < targets->n; i++) {
        if (!targets->target[i].analytic)
            continue;
        el_analytic_close(targets->target[i].analytic);
        el_free(targets->target[i].analytic);
    }
    el_free(targets->target);
    el_free(targets->slot);
    el_free(targets->which);
}

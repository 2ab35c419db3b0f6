/* SPDX-License-Identifier: Apache-2.0 */
#include "app/predict.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "app/analytic.h"
#include "app/runs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/task.h"
#include "io/catalog_json.h"
#include "io/fit_json.h"
#include "model/analytic_terms.h"

#define NODE_GPUS    8.0  /* of the degrees that a note proposes */
#define PIECE        128u /* rows handed to a thread at a time */
#define PRIOR_FORM   "closed12"
#define NOTE_NO_FIT  "no fit given: "
#define NOTE_NOTHING "no measurement of this model on this GPU: "

struct el_predictor {
    el_catalog *catalog;
    el_fit_set set;
    el_boundary boundary;
    el_runs runs; /* without a table: nothing is calibrated */
    el_measured measured;
};

/* What the names of a row lead to; looked up once for each combination. */
typedef struct target {
    const el_row *row; /* names are compared by pointer: they are interned */
    el_group_key key;
    el_facts facts;
    el_match match;
    bool known;     /* there is a fit, an analytic model or a prior */
    char note[256]; /* why not, or how it differs */
    el_analytic_state *analytic; /* where there is no fit; NULL: the prior */
} target;

typedef struct work {
    const el_predictor *predictor;
    const el_row *row;
    size_t n;
    size_t *which; /* row -> target */
    target *target;
    size_t n_target, cap;
    size_t *slot; /* hash table: 1 + target, 0 = free */
    size_t n_slot;
    el_answer *out;
} work;

static el_status check_boundary(const el_fit_set *set, const el_boundary *b,
                                el_error *err)
{
    if (set->n > 0 && set->scope != EL_SCOPE_GPUS && b->scope == EL_SCOPE_GPUS)
        return el_fail(err, EL_E_DATA,
                       "the fit's joules are those of %s: it cannot tell those "
                       "of the GPUs in use; ask with --scope %s",
                       set->scope == EL_SCOPE_NODE ? "whole nodes"
                                                   : "the facility",
                       el_scope_name(set->scope));
    if (set->scope == EL_SCOPE_GPUS && b->scope != EL_SCOPE_GPUS &&
        !el_is_known(b->node_gpus))
        return el_fail(err, EL_E_ARG,
                       "--scope %s needs --node-gpus: how many GPUs one node "
                       "has",
                       el_scope_name(b->scope));
    return EL_OK;
}

el_status el_predictor_open(const char *fit_path, const char *catalog_dir,
                            const el_boundary *boundary, el_predictor **out,
                            el_error *err)
{
    el_predictor *p = el_array(1, sizeof *p);
    el_status st = EL_OK;

    if (!p)
        return el_fail(err, EL_E_NOMEM, "predict: out of memory");
    p->boundary =
        boundary ? *boundary : (el_boundary){EL_SCOPE_GPUS, EL_UNKNOWN, 1.0};
    if (fit_path)
        st = el_fit_set_load(fit_path, &p->set, err);
    if (st == EL_OK)
        st = check_boundary(&p->set, &p->boundary, err);
    if (st == EL_OK)
        st = el_catalog_load(catalog_dir, &p->catalog, err);
    if (st != EL_OK) {
        el_predictor_close(p);
        return st;
    }
    *out = p;
    return EL_OK;
}

void el_predictor_close(el_predictor *predictor)
{
    if (!predictor)
        return;
    el_measured_close(&predictor->measured);
    el_runs_clear(&predictor->runs);
    el_catalog_free(predictor->catalog);
    el_fit_set_clear(&predictor->set);
    el_free(predictor);
}

el_status el_predictor_calibrate(el_predictor *predictor, const char *path,
                                 const el_task *task, el_error *err)
{
    el_runs runs;
    el_status st = el_runs_read(path, task, &runs, err);

    if (st != EL_OK)
        return st;
    el_runs_clear(&predictor->runs);
    predictor->runs = runs;
    return EL_OK;
}

el_status el_predictor_measure(el_predictor *predictor,
                               const el_measured_files *files,
                               const char *const *gpu, size_t n_gpu,
                               const el_task *task, el_error *err)
{
    el_measured_close(&predictor->measured);
    return el_measured_open(files, predictor->catalog, gpu, n_gpu, task,
                            &predictor->measured, err);
}

const el_fit_set *el_predictor_set(const el_predictor *predictor)
{
    return &predictor->set;
}

const el_catalog *el_predictor_catalog(const el_predictor *predictor)
{
    return predictor->catalog;
}

el_scope el_predictor_scope(const el_predictor *predictor)
{
    return predictor->boundary.scope;
}

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
static void take_fit_facts(target *t)
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
static bool resolve_by_fit(const el_predictor *p, target *t)
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

static void resolve(const el_predictor *p, target *t)
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
static el_status calibrate(const el_predictor *p, target *t, el_error *err)
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
static el_status open_fallback(const el_predictor *p, target *t, el_error *err)
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

/* Everything that threads would otherwise have to make. */
static el_status prepare(work *w, el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < w->n_target && st == EL_OK; i++)
        st = open_fallback(w->predictor, &w->target[i], err);
    for (size_t i = 0; w->target && i < w->n && st == EL_OK; i++) {
        const target *t = &w->target[w->which[i]];
        el_point point = el_row_point(&w->row[i]);
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

static void close_targets(work *w)
{
    for (size_t i = 0; i < w->n_target; i++) {
        if (!w->target[i].analytic)
            continue;
        el_analytic_close(w->target[i].analytic);
        el_free(w->target[i].analytic);
    }
    el_free(w->target);
}

static bool grow_slots(work *w)
{
    size_t n = w->n_slot ? 2 * w->n_slot : 64;
    size_t *slot = el_array(n, sizeof *slot);

    if (!slot)
        return false;
    for (size_t i = 0; i < w->n_target; i++) {
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

static el_status find_target(work *w, const el_row *row, size_t *out,
                             el_error *err)
{
    size_t at;
    target *grown;

    if ((!w->slot || 2 * (w->n_target + 1) > w->n_slot) && !grow_slots(w))
        return el_fail(err, EL_E_NOMEM, "predict: %zu groups", w->n_target);
    at = hash_names(row) & (w->n_slot - 1);
    for (; w->slot[at]; at = (at + 1) & (w->n_slot - 1)) {
        *out = w->slot[at] - 1;
        /* a slot that is set names a target that is there:
         * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        if (same_names(w->target[*out].row, row))
            return EL_OK;
    }
    grown = el_grow(w->target, &w->cap, w->n_target + 1, sizeof *grown);
    if (!grown)
        return el_fail(err, EL_E_NOMEM, "predict: %zu groups", w->n_target);
    w->target = grown;
    *out = w->n_target++;
    memset(&grown[*out], 0, sizeof *grown);
    grown[*out].row = row;
    w->slot[at] = *out + 1;
    resolve(w->predictor, &grown[*out]);
    return EL_OK;
}

/*
 * A prior for a row whose prompt length nobody knows: one more parameter, the
 * length usual for such a workload, with its doubt.
 */
static void guess_prompt(el_group_fit *prior, const char *workload)
{
    for (el_target t = 0; t < EL_N_TARGETS; t++) {
        el_model *m = &prior->model[t];
        el_param_spec spec[EL_MAX_PARAMS];

        m->prompts_unknown = true;
        m->n_workload = 1;
        el_str_copy(m->workload[0], EL_LABEL_LEN, workload);
        m->n_param = el_model_specify(m, spec);
        memset(m->cov, 0, sizeof m->cov);
        for (size_t j = 0; j < m->n_param; j++) {
            m->param[j] = spec[j].centre;
            m->cov[j * m->n_param + j] = spec[j].sd * spec[j].sd;
        }
    }
}

static void add_note(el_answer *a, const char *text)
{
    size_t len = strlen(a->note);

    if (*text && len + 3 < sizeof a->note)
        (void)snprintf(a->note + len, sizeof a->note - len, "%s%s",
                       len ? "; " : "", text);
}

static void refuse(el_answer *a, const char *why)
{
    memset(a, 0, sizeof *a);
    a->p.energy_per_request_j = a->p.energy_per_request_lo_j = EL_UNKNOWN;
    a->p.energy_per_request_hi_j = a->p.energy_per_output_token_j = EL_UNKNOWN;
    a->p.prefill_energy_j = a->p.decode_energy_j = a->p.energy_j = EL_UNKNOWN;
    a->p.latency_s = a->p.ttft_s = a->p.tpot_s = EL_UNKNOWN;
    a->p.ttft_lo_s = a->p.ttft_hi_s = EL_UNKNOWN;
    a->p.tpot_lo_s = a->p.tpot_hi_s = a->p.avg_power_w = EL_UNKNOWN;
    a->p.spread_ln = a->idle_j = a->overhead_j = a->weight_bits = EL_UNKNOWN;
    el_str_copy(a->note, sizeof a->note, *why ? why : "cannot be predicted");
}

static void scale_energies(el_prediction *p, double add_j, double factor,
                           const el_row *row)
{
    p->energy_per_request_j = (p->energy_per_request_j + add_j) * factor;
    p->energy_per_request_lo_j = (p->energy_per_request_lo_j + add_j) * factor;
    p->energy_per_request_hi_j = (p->energy_per_request_hi_j + add_j) * factor;
    p->energy_per_output_token_j = p->energy_per_request_j / row->output_tokens;
    p->energy_j = p->energy_per_request_j * row->batch_size * row->dp;
}

/*
 * From the GPUs in use to the node (its other GPUs idle while the request
 * runs) and the facility. Prefill, decode and the causes stay those of the
 * GPUs in use; idle and overhead are causes of their own.
 */
static void widen_boundary(const el_predictor *predictor, const target *t,
                           const el_row *row, const el_point *point,
                           el_answer *a)
{
    const el_boundary *b = &predictor->boundary;
    double nodes, idle_gpus, factor;

    if (b->scope == EL_SCOPE_GPUS)
        return;
    if (predictor->set.scope == EL_SCOPE_GPUS || !t->match.fit) {
        nodes = ceil(row->num_gpus / b->node_gpus);
        idle_gpus = nodes * b->node_gpus - row->num_gpus;
        a->idle_j = idle_gpus > 0.0
                        ? idle_gpus * t->facts.gpu_idle_w * a->p.latency_s /
                              (point->batch * row->dp)
                        : 0.0;
    }
    factor = b->scope == EL_SCOPE_FACILITY ? b->pue : 1.0;
    a->overhead_j = (factor - 1.0) * (a->p.energy_per_request_j + a->idle_j);
    if (!el_is_known(a->idle_j)) {
        refuse(a, "idle watts or run time unknown: joules of the node cannot "
                  "be told");
        return;
    }
    scale_energies(&a->p, a->idle_j, factor, row);
    a->p.avg_power_w =
        a->p.energy_per_request_j * point->batch * row->dp / a->p.latency_s;
}

static bool is_finite_answer(const el_prediction *p)
{
    return isfinite(p->energy_per_request_j) &&
           isfinite(p->energy_per_request_lo_j) &&
           isfinite(p->energy_per_request_hi_j) && isfinite(p->energy_j) &&
           p->energy_per_request_j > 0.0;
}

/* Numbers too large to be are as unknown as missing ones. */
static void tidy_answer(el_answer *a)
{
    double *const value[] = {&a->p.latency_s, &a->p.ttft_s,     &a->p.ttft_lo_s,
                             &a->p.ttft_hi_s, &a->p.tpot_s,     &a->p.tpot_lo_s,
                             &a->p.tpot_hi_s, &a->p.avg_power_w};

    for (size_t i = 0; i < sizeof value / sizeof *value; i++)
        if (!isfinite(*value[i]))
            *value[i] = EL_UNKNOWN;
}

/* What the GPUs lack for the weights and one request, and what would do. */
static void note_room(const target *t, const el_row *row, el_answer *a)
{
    double tokens = row->output_tokens;
    double gpus = fmax(row->tp, row->ep) * row->pp;
    el_buf text = {0};
    el_room room;

    if (el_is_known(row->input_tokens))
        tokens += row->input_tokens;
    room = el_facts_room(&t->facts, gpus, NODE_GPUS, tokens);
    el_buf_add(&text, "does_not_fit: ");
    if (room.need_bytes > room.have_bytes)
        el_room_print(&room, &text);
    else
        el_buf_add(&text, a->p.note); /* what replication costs */
    add_note(a, el_buf_text(&text));
    el_buf_clear(&text);
}

static void add_notes(const target *t, const el_row *row, bool prior,
                      el_answer *a)
{
    add_note(a, t->note);
    if (row->images.n > 0.0 && !t->analytic)
        add_note(a, "images: only the analytic model looks at them");
    if (a->p.does_not_fit)
        note_room(t, row, a);
    if (!a->p.does_not_fit || !t->analytic)
        add_note(a, a->p.note);
    if (!el_is_known(row->input_tokens)) {
        if (prior || t->match.fit->model[EL_TARGET_ENERGY].prompts_unknown)
            add_note(a, "input_tokens blank: the usual prompt of the workload "
                        "is taken");
        else
            add_note(a, "input_tokens blank: prefill left out");
    }
}

static el_status predict_row(const target *t, const el_row *row,
                             const el_point *point, el_group_fit *prior,
                             el_answer *a, el_error *err)
{
    const el_group_fit *fit = t->match.fit;
    el_status st = EL_OK;

    if (t->analytic)
        return el_analytic_predict(t->analytic->analytic, point, row->workload,
                                   row->batch_size, &a->p, err);
    if (!fit) {
        st = el_fit_from_prior(el_form_find(PRIOR_FORM), &t->key, &t->facts,
                               prior, err);
        if (st == EL_OK && !el_is_known(row->input_tokens))
            guess_prompt(prior, row->workload);
        fit = prior;
    }
    if (st == EL_OK)
        st = el_fit_predict(fit, &t->facts, point, row->workload,
                            row->batch_size, &a->p, err);
    return st;
}

static el_status answer_row(const el_predictor *p, const target *t,
                            const el_row *row, el_group_fit *prior,
                            el_answer *a, el_error *err)
{
    el_point point = el_row_point(row);
    el_shard shard = el_point_shard(&point);
    el_status st;

    memset(a, 0, sizeof *a);
    if (!t->known) {
        refuse(a, t->note);
        return EL_OK;
    }
    if (t->analytic && !el_analytic_plan(t->analytic->analytic, &shard)) {
        refuse(a, "the model's heads or layers do not divide by these degrees");
        return EL_OK;
    }
    st = predict_row(t, row, &point, prior, a, err);
    if (st != EL_OK)
        return st;
    if (t->match.fit && t->match.source > a->p.source)
        a->p.source = t->match.source;
    a->ok = true;
    a->fit = t->match.fit ? &t->match.fit->key : NULL;
    a->weight_bits =
        el_facts_weight_bits(t->analytic ? &t->analytic->facts : &t->facts);
    widen_boundary(p, t, row, &point, a);
    if (!a->ok)
        return EL_OK;
    if (!is_finite_answer(&a->p)) {
        refuse(a, "the form gives no finite energy here");
        return EL_OK;
    }
    tidy_answer(a);
    add_notes(t, row, !t->match.fit, a);
    return EL_OK;
}

static el_status answer_piece(void *ctx, size_t piece, el_error *err)
{
    const work *w = ctx;
    size_t from = piece * PIECE;
    size_t to = from + PIECE < w->n ? from + PIECE : w->n;
    el_group_fit *prior = el_array(1, sizeof *prior);
    el_status st = EL_OK;

    if (!prior)
        return el_fail(err, EL_E_NOMEM, "predict: scratch of a thread");
    for (size_t i = from; i < to && st == EL_OK; i++)
        st = answer_row(w->predictor, &w->target[w->which[i]], &w->row[i],
                        prior, &w->out[i], err);
    el_free(prior);
    return st;
}

el_status el_predictor_rows(const el_predictor *predictor, const el_row *row,
                            size_t n, const el_task *task, el_answer *out,
                            el_error *err)
{
    work w = {.predictor = predictor, .row = row, .n = n, .out = out};
    el_status st = EL_OK;

    if (n == 0)
        return EL_OK;
    w.which = el_array(n, sizeof *w.which);
    if (!w.which)
        return el_fail(err, EL_E_NOMEM, "predict: %zu rows", n);
    for (size_t i = 0; i < n && st == EL_OK; i++) {
        if (i > 0 && same_names(&row[i - 1], &row[i]))
            w.which[i] = w.which[i - 1];
        else
            st = find_target(&w, &row[i], &w.which[i], err);
    }
    if (st == EL_OK)
        st = prepare(&w, err);
    if (st == EL_OK)
        st = el_parallel_for((n + PIECE - 1) / PIECE, answer_piece, &w, task,
                             err);
    el_free(w.slot);
    close_targets(&w);
    el_free(w.which);
    return st;
}

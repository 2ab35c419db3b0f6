/* SPDX-License-Identifier: Apache-2.0 */
/* One row answered by its target. */
#include "app/predict_part.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/analytic_terms.h"

#define NODE_GPUS  8.0 /* of the degrees that a note proposes */
#define PRIOR_FORM "closed12"

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
static void widen_boundary(const el_predictor *predictor,
                           const el_predict_target *t, const el_row *row,
                           const el_point *point, el_answer *a)
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
static void note_room(const el_predict_target *t, const el_row *row,
                      el_answer *a)
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

static void add_notes(const el_predict_target *t, const el_row *row, bool prior,
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

static el_status predict_row(const el_predict_target *t, const el_row *row,
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

el_status el_predict_answer(const el_predictor *p, const el_predict_target *t,
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

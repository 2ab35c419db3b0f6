/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sweetspot_json.h"

#include <math.h>

#include "io/candidate_json.h"
#include "io/json.h"

static json_t *axis_json(const double *v, size_t n)
{
    el_object list = el_array_new();

    for (size_t i = 0; i < n; i++)
        el_object_append(&list, el_json_number(v[i]));
    return el_object_done(&list);
}

static json_t *grid_json(const el_length_grid *g, const double *z)
{
    el_object rows = el_array_new();

    for (size_t i = 0; i < g->n_isl; i++)
        el_object_append(&rows, axis_json(z + i * g->n_osl, g->n_osl));
    return el_object_done(&rows);
}

static json_t *spot_json(const el_spot *s)
{
    el_object o = el_object_new();

    el_object_count(&o, "input_tokens", s->isl);
    el_object_count(&o, "output_tokens", s->osl);
    el_object_number(&o, "energy_per_output_token_j", s->token_j);
    el_object_number(&o, "energy_per_output_token_lo_j", s->lo_j);
    el_object_number(&o, "energy_per_output_token_hi_j", s->hi_j);
    return el_object_done(&o);
}

static json_t *near_json(const el_surface_summary *s)
{
    el_object o = el_object_new();

    el_object_count(&o, "cells", (double)s->n_near);
    el_object_count(&o, "input_tokens_hi", s->near_isl);
    el_object_count(&o, "output_tokens_lo", s->near_osl_lo);
    el_object_count(&o, "output_tokens_hi", s->near_osl_hi);
    return el_object_done(&o);
}

static json_t *best_osl_json(const el_surface *s, size_t i)
{
    const el_best_osl b = el_surface_best_osl(s, i);
    el_object o = el_object_new();

    el_object_count(&o, "input_tokens", b.isl);
    el_object_number(&o, "output_tokens", b.osl);
    el_object_put(&o, "at_edge", json_boolean(b.at_edge));
    el_object_number(&o, "energy_per_output_token_j", b.token_j);
    el_object_number(&o, "within_10_pct_lo", b.near_lo);
    el_object_number(&o, "within_10_pct_hi", b.near_hi);
    return el_object_done(&o);
}

static json_t *curve_json(const el_surface *s)
{
    static const char *const key[EL_SWEETSPOT_TERMS] = {"t0", "t1", "t2",
                                                        "t3", "t4", "t5"};
    el_object o;

    if (!s->has_curve)
        return json_null();
    o = el_object_new();
    for (size_t k = 0; k < EL_SWEETSPOT_TERMS; k++)
        el_object_number(&o, key[k], s->curve.t[k]);
    return el_object_done(&o);
}

static json_t *surface_json(const el_surface *s)
{
    const el_length_grid *g = s->grid;
    el_object o = el_object_new(), best = el_array_new();
    el_surface_summary sum;
    bool known = el_surface_summarise(s, &sum);

    el_object_count(&o, "tp", s->tp);
    el_object_count(&o, "batch_size", s->batch);
    el_object_put(&o, "source",
                  known ? json_string(el_source_name(s->source)) : json_null());
    el_object_put(&o, "coefficients_j", curve_json(s));
    el_object_put(&o, "best", known ? spot_json(&sum.best) : json_null());
    el_object_put(&o, "worst", known ? spot_json(&sum.worst) : json_null());
    el_object_number(&o, "worst_over_best", known ? sum.ratio : EL_UNKNOWN);
    el_object_put(&o, "within_10_pct", known ? near_json(&sum) : json_null());
    for (size_t i = 0; i < g->n_isl; i++)
        el_object_append(&best, best_osl_json(s, i));
    el_object_put(&o, "best_output_tokens", el_object_done(&best));
    el_object_put(&o, "energy_per_output_token_j", grid_json(g, s->token_j));
    el_object_put(&o, "energy_per_output_token_lo_j", grid_json(g, s->lo_j));
    el_object_put(&o, "energy_per_output_token_hi_j", grid_json(g, s->hi_j));
    return el_object_done(&o);
}

static json_t *move_json(const el_move *m)
{
    el_object o = el_object_new();

    el_object_text(&o, "move", el_move_name(m->kind));
    el_object_number(&o, "amount", m->amount);
    el_object_number(&o, "saved_j", m->saved_j);
    el_object_number(&o, "saved_share", m->saved_share);
    el_object_number(&o, "output_tokens_lost_share", m->tokens_lost);
    el_object_count(&o, "requests_changed", (double)m->n_changed);
    el_object_count(&o, "requests_unknown", (double)m->n_unknown);
    return el_object_done(&o);
}

static json_t *trace_json(const el_sweetspot_answer *a)
{
    const el_moves *m = &a->moves;
    el_object o, list;

    if (!a->has_trace)
        return json_null();
    o = el_object_new();
    list = el_array_new();
    for (size_t i = 0; i < m->n; i++)
        el_object_append(&list, move_json(&m->move[i]));
    el_object_count(&o, "requests", (double)m->n_request);
    el_object_count(&o, "requests_outside", (double)m->n_outside);
    el_object_count(&o, "requests_blank", (double)a->lengths.n_blank);
    el_object_number(&o, "energy_j", m->energy_j);
    el_object_number(&o, "energy_share_above_twice_best", m->worst_share);
    el_object_count(&o, "output_tokens", m->output_tokens);
    el_object_put(&o, "moves", el_object_done(&list));
    return el_object_done(&o);
}

json_t *el_sweetspot_json(const el_sweetspot_answer *a)
{
    el_object o = el_object_new(), list = el_array_new();

    for (size_t s = 0; s < a->n; s++)
        el_object_append(&list, surface_json(&a->surface[s]));
    el_object_text(&o, "model", a->key.model);
    el_object_text(&o, "gpu", a->key.gpu);
    el_object_text(&o, "precision", a->key.precision);
    el_object_text(&o, "engine", a->key.engine);
    el_object_text(&o, "scope", el_scope_name(EL_SCOPE_GPUS));
    el_object_text(&o, "basis", el_sweetspot_basis_name(a->basis));
    el_object_text(&o, "note", a->note);
    el_object_put(&o, "input_tokens", axis_json(a->grid.isl, a->grid.n_isl));
    el_object_put(&o, "output_tokens", axis_json(a->grid.osl, a->grid.n_osl));
    el_object_put(&o, "surfaces", el_object_done(&list));
    el_object_put(&o, "trace", trace_json(a));
    return el_object_done(&o);
}

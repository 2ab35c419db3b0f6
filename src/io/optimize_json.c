/* SPDX-License-Identifier: Apache-2.0 */
#include "io/optimize_json.h"

#include <math.h>
#include <string.h>

#include "io/candidate_json.h"
#include "model/launch.h"

static const el_candidate *at(const el_optimize_result *r, size_t i)
{
    return i == EL_NO_CANDIDATE ? NULL : &r->candidate[i];
}

static json_t *candidate_or_null(const el_optimize_context *context,
                                 const el_candidate *c)
{
    return c ? el_candidate_json(&context->setup[c->setup], c) : json_null();
}

static json_t *load_json(const el_optimize_query *q)
{
    el_object o = el_object_new();

    el_object_number(&o, "input_tokens", q->isl);
    el_object_number(&o, "output_tokens", q->osl);
    el_object_number(&o, "request_rate_hz", q->request_rate_hz);
    el_object_number(&o, "ttft_limit_s", q->ttft_s);
    el_object_number(&o, "tpot_limit_s", q->tpot_s);
    el_object_number(&o, "latency_limit_s", q->latency_s);
    el_object_number(&o, "percentile", q->percentile);
    el_object_number(&o, "max_utilisation", EL_MAX_UTILISATION);
    el_object_number(&o, "gpus", q->gpus);
    el_object_number(&o, "node_gpus", q->node_gpus);
    el_object_number(&o, "pue", q->scope == EL_SCOPE_FACILITY ? q->pue : 1.0);
    return el_object_done(&o);
}

static void put_common(const el_optimize_context *context, el_setup_axis axis,
                       el_object *o)
{
    const char *text = context->setup[0].value[axis];

    for (size_t i = 1; i < context->n; i++)
        if (strcmp(context->setup[i].value[axis], text) != 0) {
            el_object_put(o, el_setup_key(axis), json_null());
            return;
        }
    el_object_text(o, el_setup_key(axis), text);
}

void el_context_json(const el_optimize_context *context, el_object *o)
{
    const el_optimize_query *q = context->query;

    el_object_text(o, "model", context->setup[0].key.model);
    put_common(context, EL_SETUP_GPU, o);
    put_common(context, EL_SETUP_PRECISION, o);
    put_common(context, EL_SETUP_ENGINE, o);
    el_object_text(o, "scope", el_scope_name(q->scope));
    el_object_text(o, "fit_note", context->setup[0].note);
    el_object_put(o, "load", load_json(q));
}

static json_t *launch_json(const el_optimize_context *context,
                           const el_candidate *best)
{
    const el_setup *setup = &context->setup[best->setup];
    const el_facts *facts = &context->query[best->setup].facts;
    el_object o = el_object_new();

    for (el_launcher l = 0; l < EL_N_LAUNCHERS; l++) {
        el_launch launch = el_launch_of(l, setup, facts, &best->config);
        el_buf line = {0};
        el_object item = el_object_new();
        el_launch_print(&launch, &line);
        el_object_text(&item, "command", el_buf_text(&line));
        el_object_count(&item, "servers", el_launch_servers(&launch));
        el_object_put(&o, el_launcher_name(l), el_object_done(&item));
        el_buf_clear(&line);
    }
    return el_object_done(&o);
}

static json_t *candidates_json(const el_optimize_context *context,
                               const el_optimize_result *r,
                               size_t max_infeasible)
{
    size_t n = r->n_feasible + max_infeasible;
    el_object list = el_array_new();

    for (size_t i = 0; i < r->n && i < n; i++)
        el_object_append(&list, candidate_or_null(context, &r->candidate[i]));
    return el_object_done(&list);
}

/* Share of the current energy that the chosen one saves. */
static double saving(const el_optimize_result *r, const el_candidate *best)
{
    if (!r->has_current || !best)
        return EL_UNKNOWN;
    return 1.0 - best->energy_per_request_j / r->current.energy_per_request_j;
}

/* Memory for one request where the candidate runs, and where it would fit. */
static json_t *room_json(const el_optimize_query *q, const el_candidate *c)
{
    el_object o = el_object_new();
    double gpus = c ? fmax(c->config.tp, c->config.ep) * c->config.pp : 1.0;
    double isl = el_is_known(q->isl) ? q->isl : 0.0;
    el_room room = el_facts_room(&q->facts, gpus, q->node_gpus, isl + q->osl);

    el_object_number(&o, "need_bytes_per_gpu", room.need_bytes);
    el_object_number(&o, "usable_bytes_per_gpu", room.have_bytes);
    el_object_number(&o, "smallest_tp", room.tp);
    el_object_number(&o, "smallest_pp", room.pp);
    return el_object_done(&o);
}

/* Best of each setup, and the energy it takes beyond the chosen one's. */
static json_t *setups_json(const el_optimize_context *context,
                           const el_optimize_result *r)
{
    el_object list = el_array_new();

    for (size_t i = 0; i < context->n; i++) {
        const el_candidate *c = at(r, r->setup_best[i]);
        double loses = EL_UNKNOWN;
        el_object o = el_object_new();
        if (c && c->feasible)
            loses =
                c->energy_per_request_j / r->candidate[0].energy_per_request_j -
                1.0;
        el_setup_json(&context->setup[i], &o);
        el_object_text(&o, "note", context->setup[i].note);
        el_object_number(&o, "loses", loses);
        el_object_put(&o, "best", candidate_or_null(context, c));
        el_object_put(&o, "room", room_json(&context->query[i], c));
        el_object_append(&list, el_object_done(&o));
    }
    return el_object_done(&list);
}

json_t *el_fleet_json(const el_optimize_context *context, const el_fleet *fleet,
                      const size_t *setup_of)
{
    el_object o = el_object_new(), list = el_array_new();

    for (size_t t = 0; t < fleet->n; t++) {
        const el_fleet_share *s = &fleet->share[t];
        el_object item = el_object_new();
        el_object_text(&item, "gpu", context->setup[setup_of[t]].key.gpu);
        el_object_count(&item, "gpus", context->query[setup_of[t]].gpus);
        el_object_number(&item, "share", s->share);
        el_object_put(
            &item, "candidate",
            candidate_or_null(context, s->share > 0.0 ? &s->candidate : NULL));
        el_object_append(&list, el_object_done(&item));
    }
    el_object_number(&o, "served", fleet->served);
    el_object_number(&o, "energy_per_request_j", fleet->energy_per_request_j);
    el_object_put(&o, "types", el_object_done(&list));
    return el_object_done(&o);
}

json_t *el_optimize_json(const el_optimize_context *context,
                         const el_optimize_result *result,
                         size_t max_infeasible)
{
    const el_candidate *best = result->n_feasible ? result->candidate : NULL;
    const el_candidate *miss = result->n && !best ? result->candidate : NULL;
    el_object o = el_object_new();

    el_context_json(context, &o);
    el_object_count(&o, "n_candidates", (double)result->n_seen);
    el_object_count(&o, "n_feasible", (double)result->n_seen_feasible);
    el_object_put(&o, "candidates",
                  candidates_json(context, result, max_infeasible));
    el_object_put(&o, "chosen", candidate_or_null(context, best));
    el_object_put(&o, "energy_optimal", candidate_or_null(context, best));
    el_object_put(
        &o, "latency_optimal",
        candidate_or_null(context, at(result, result->latency_optimal)));
    el_object_put(
        &o, "fitted_optimal",
        candidate_or_null(context, at(result, result->fitted_optimal)));
    el_object_put(&o, "nearest_miss", candidate_or_null(context, miss));
    el_object_put(&o, "setups", setups_json(context, result));
    el_object_put(&o, "current",
                  candidate_or_null(
                      context, result->has_current ? &result->current : NULL));
    el_object_number(&o, "saving", saving(result, best));
    el_object_put(&o, "launch",
                  best ? launch_json(context, best) : json_null());
    return el_object_done(&o);
}

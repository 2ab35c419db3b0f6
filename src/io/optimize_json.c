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

static void write_or_null(el_json_writer *w, const char *key,
                          const el_optimize_context *context,
                          const el_candidate *c)
{
    if (c)
        el_candidate_write(w, key, &context->setup[c->setup], c, NULL);
    else
        el_write_null(w, key);
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
        item.failed = item.failed || !el_buf_ok(&line);
        el_object_count(&item, "servers", el_launch_servers(&launch));
        el_object_put(&o, el_launcher_name(l), el_object_done(&item));
        el_buf_clear(&line);
    }
    return el_object_done(&o);
}

static void write_candidates(el_json_writer *w, const char *key,
                             const el_optimize_context *context,
                             const el_optimize_result *r, size_t max_infeasible)
{
    size_t n = r->n_feasible + max_infeasible;

    el_write_array(w, key);
    for (size_t i = 0; i < r->n && i < n; i++)
        write_or_null(w, NULL, context, &r->candidate[i]);
    el_write_end(w, ']');
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

/* Best of one setup, and the energy it takes beyond the chosen one's. */
static void write_setup(el_json_writer *w, const el_optimize_context *context,
                        size_t i, const el_optimize_result *r)
{
    const el_candidate *c = at(r, r->setup_best[i]);
    const el_setup *setup = &context->setup[i];
    double loses = EL_UNKNOWN;

    if (c && c->feasible)
        loses = c->energy_per_request_j / r->candidate[0].energy_per_request_j -
                1.0;
    el_write_object(w, NULL);
    write_or_null(w, "best", context, c);
    el_setup_write(w, setup, EL_SETUP_ENGINE);
    el_setup_write(w, setup, EL_SETUP_FUSION);
    el_setup_write(w, setup, EL_SETUP_GPU);
    el_setup_write(w, setup, EL_SETUP_CLOCK);
    el_setup_write(w, setup, EL_SETUP_POWER);
    el_setup_write(w, setup, EL_SETUP_KV_CACHE);
    el_write_number(w, "loses", loses);
    el_write_text(w, "note", setup->note);
    el_setup_write(w, setup, EL_SETUP_OVERLAP);
    el_setup_write(w, setup, EL_SETUP_PRECISION);
    el_write_made(w, "room", room_json(&context->query[i], c));
    el_write_end(w, '}');
}

static void write_setups(el_json_writer *w, const char *key,
                         const el_optimize_context *context,
                         const el_optimize_result *r)
{
    el_write_array(w, key);
    for (size_t i = 0; i < context->n; i++)
        write_setup(w, context, i, r);
    el_write_end(w, ']');
}

/* served, energy_per_request_j, and of each GPU type the share and what serves
 * it. */
static void write_fleet(el_json_writer *w, const char *key,
                        const el_optimize_context *context,
                        const el_optimize_answer *a)
{
    const el_fleet *fleet = a->fleet;

    el_write_object(w, key);
    el_write_number(w, "energy_per_request_j", fleet->energy_per_request_j);
    el_write_number(w, "served", fleet->served);
    el_write_array(w, "types");
    for (size_t t = 0; t < fleet->n; t++) {
        const el_fleet_share *s = &fleet->share[t];
        size_t setup = a->fleet_setup[t];

        el_write_object(w, NULL);
        write_or_null(w, "candidate", context,
                      s->share > 0.0 ? &s->candidate : NULL);
        el_write_text(w, "gpu", context->setup[setup].key.gpu);
        el_write_count(w, "gpus", context->query[setup].gpus);
        el_write_number(w, "share", s->share);
        el_write_end(w, '}');
    }
    el_write_end(w, ']');
    el_write_end(w, '}');
}

void el_context_write(el_json_writer *w, const json_t *made, const char *key)
{
    el_write_json(w, key, json_object_get(made, key));
}

/* In the order of keys: up to l, and from m. */
static void write_a_to_l(el_json_writer *w, const el_optimize_context *context,
                         const el_optimize_answer *a, const json_t *common)
{
    const el_optimize_result *r = a->result;
    const el_candidate *best = r->n_feasible ? r->candidate : NULL;

    write_candidates(w, "candidates", context, r, a->max_infeasible);
    write_or_null(w, "chosen", context, best);
    write_or_null(w, "current", context, r->has_current ? &r->current : NULL);
    if (a->is_verb)
        el_write_json(w, "disaggregated", a->disaggregated);
    write_or_null(w, "energy_optimal", context, best);
    el_context_write(w, common, "engine");
    el_context_write(w, common, "fit_note");
    write_or_null(w, "fitted_optimal", context, at(r, r->fitted_optimal));
    if (a->fleet)
        write_fleet(w, "fleet", context, a);
    else if (a->is_verb)
        el_write_null(w, "fleet");
    el_context_write(w, common, "gpu");
    write_or_null(w, "latency_optimal", context, at(r, r->latency_optimal));
    if (best)
        el_write_made(w, "launch", launch_json(context, best));
    else
        el_write_null(w, "launch");
    el_context_write(w, common, "load");
}

static void write_m_to_z(el_json_writer *w, const el_optimize_context *context,
                         const el_optimize_answer *a, const json_t *common)
{
    const el_optimize_result *r = a->result;
    const el_candidate *best = r->n_feasible ? r->candidate : NULL;

    el_context_write(w, common, "model");
    el_write_count(w, "n_candidates", (double)r->n_seen);
    el_write_count(w, "n_feasible", (double)r->n_seen_feasible);
    write_or_null(w, "nearest_miss", context,
                  r->n && !best ? r->candidate : NULL);
    el_context_write(w, common, "precision");
    el_write_number(w, "saving", saving(r, best));
    el_context_write(w, common, "scope");
    write_setups(w, "setups", context, r);
}

void el_optimize_write(el_json_writer *w, const char *key,
                       const el_optimize_context *context,
                       const el_optimize_answer *answer)
{
    el_object common = el_object_new();
    json_t *tree;

    el_context_json(context, &common);
    tree = el_object_done(&common);
    el_write_object(w, key);
    write_a_to_l(w, context, answer, tree);
    write_m_to_z(w, context, answer, tree);
    el_write_end(w, '}');
    json_decref(tree);
}

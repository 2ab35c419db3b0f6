/* SPDX-License-Identifier: Apache-2.0 */
#include "io/disaggregate_json.h"

#include <stdio.h>

#include "io/candidate_json.h"
#include "model/launch.h"

static json_t *shares_json(const double share[EL_N_SHARES])
{
    el_object o = el_object_new();
    char key[32];

    for (el_share s = 0; s < EL_N_SHARES; s++) {
        (void)snprintf(key, sizeof key, "%s_j", el_share_name(s));
        el_object_number(&o, key, share[s]);
    }
    return el_object_done(&o);
}

static json_t *pool_json(const el_optimize_context *context, const el_pool *p,
                         bool prefill)
{
    el_object o = el_object_new();

    el_setup_json(&context->setup[p->setup], &o);
    el_object_count(&o, "tp", p->config.tp);
    el_object_count(&o, "pp", p->config.pp);
    el_object_count(&o, "ep", p->config.ep);
    el_object_count(&o, "replicas", p->config.dp);
    el_object_count(&o, "batch_size", p->config.batch);
    el_object_count(&o, "num_gpus", p->gpus);
    el_object_number(&o, "utilisation", p->utilisation);
    el_object_number(&o, "max_request_rate_hz", p->most_rate_hz);
    el_object_number(&o, "in_flight", p->in_flight);
    el_object_number(&o, prefill ? "prefill_time_s" : "tpot_s", p->time_s);
    el_object_number(
        &o, prefill ? "prefill_time_at_percentile_s" : "tpot_at_percentile_s",
        p->time_limit_s);
    if (!prefill)
        el_object_number(&o, "wait_s", p->wait_s);
    el_object_number(&o, "energy_per_request_j", p->energy_j);
    el_object_number(&o, "idle_energy_per_request_j", p->idle_j);
    return el_object_done(&o);
}

static json_t *transfer_json(const el_kv_transfer *t)
{
    el_object o = el_object_new();

    el_object_number(&o, "bytes", t->bytes);
    el_object_number(&o, "link_bytes_s", t->bytes_s);
    el_object_number(&o, "time_s", t->time_s);
    el_object_number(&o, "energy_j", t->energy_j);
    el_object_put(&o, "network", json_boolean(t->far));
    return el_object_done(&o);
}

static json_t *verdict_json(const el_verdict *v)
{
    el_object o = el_object_new();

    el_object_put(&o, "disaggregate", json_boolean(v->disaggregate));
    el_object_put(&o, "only", json_boolean(v->only));
    el_object_number(&o, "saving", v->saved);
    el_object_put(&o, "by",
                  v->only ? json_null() : json_string(el_share_name(v->by)));
    el_object_number(&o, "by_j", v->only ? EL_UNKNOWN : v->by_j);
    return el_object_done(&o);
}

static json_t *side_json(const el_optimize_context *context, el_launcher l,
                         const el_pool *pool, el_launch_role role)
{
    const el_setup *setup = &context->setup[pool->setup];
    const el_facts *facts = &context->query[pool->setup].facts;
    el_launch launch = el_launch_of(l, setup, facts, &pool->config);
    el_object o = el_object_new();
    el_buf line = {0};

    el_launch_print_pool(&launch, role, &line);
    el_object_text(&o, "command", el_buf_text(&line));
    o.failed = o.failed || !el_buf_ok(&line);
    el_object_count(&o, "servers", pool->config.dp);
    el_buf_clear(&line);
    return el_object_done(&o);
}

static json_t *launch_json(const el_optimize_context *context,
                           const el_disaggregated *plan)
{
    el_object o = el_object_new();

    for (el_launcher l = 0; l < EL_N_LAUNCHERS; l++) {
        el_object item = el_object_new();
        el_object_put(&item, "prefill",
                      side_json(context, l, &plan->prefill, EL_ROLE_PREFILL));
        el_object_put(&item, "decode",
                      side_json(context, l, &plan->decode, EL_ROLE_DECODE));
        el_object_text(&item, "router", el_launch_router(l));
        el_object_put(&o, el_launcher_name(l), el_object_done(&item));
    }
    return el_object_done(&o);
}

static void set_numbers(const el_optimize_context *context,
                        const el_disaggregated *d, el_object *o)
{
    el_object_count(o, "num_gpus", d->gpus);
    el_object_number(o, "energy_per_request_j", d->energy_per_request_j);
    el_object_number(o, "energy_per_request_lo_j", d->energy_per_request_lo_j);
    el_object_number(o, "energy_per_request_hi_j", d->energy_per_request_hi_j);
    el_object_number(o, "energy_per_output_token_j",
                     d->energy_per_output_token_j);
    el_object_number(o, "level", EL_LEVEL);
    el_object_number(o, "avg_power_w", d->avg_power_w);
    el_object_number(o, "requests_per_s", d->requests_per_s);
    el_object_number(o, "ttft_s", d->ttft_s);
    el_object_number(o, "tpot_s", d->tpot_s);
    el_object_number(o, "latency_s", d->latency_s);
    el_object_number(o, "ttft_at_percentile_s", d->ttft_limit_s);
    el_object_number(o, "tpot_at_percentile_s", d->tpot_limit_s);
    el_object_number(o, "latency_at_percentile_s", d->latency_limit_s);
    el_object_text(o, "source", el_source_name(d->source));
    el_object_put(o, "transfer", transfer_json(&d->transfer));
    el_object_put(o, "prefill", pool_json(context, &d->prefill, true));
    el_object_put(o, "decode", pool_json(context, &d->decode, false));
}

json_t *el_disaggregate_json(const el_optimize_context *context,
                             const el_disaggregated *plan,
                             const el_candidate *aggregated,
                             const el_verdict *verdict)
{
    el_object o = el_object_new();
    double share[EL_N_SHARES];

    el_object_put(&o, "found", json_boolean(plan->found));
    el_object_put(&o, "feasible", json_boolean(plan->feasible));
    el_object_put(&o, "reasons", el_reasons_json(plan->reason, plan->n_reason));
    el_object_count(&o, "n_pairs", (double)plan->n_pairs);
    el_object_put(&o, "verdict", verdict ? verdict_json(verdict) : json_null());
    if (plan->found) {
        set_numbers(context, plan, &o);
        el_disaggregated_shares(plan, share);
        el_object_put(&o, "energy_shares", shares_json(share));
        el_object_put(&o, "launch", launch_json(context, plan));
    }
    if (aggregated)
        el_candidate_shares(aggregated, share);
    el_object_put(&o, "aggregated_shares",
                  aggregated ? shares_json(share) : json_null());
    return el_object_done(&o);
}

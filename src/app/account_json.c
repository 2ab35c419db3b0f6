/* SPDX-License-Identifier: Apache-2.0 */
#include "app/account_json.h"

#include <math.h>

#include "base/units.h"
#include "io/candidate_json.h"
#include "io/json.h"

static void config_json(el_object *o, const el_config *c)
{
    el_object_count(o, "tp", c->tp);
    el_object_count(o, "pp", c->pp);
    el_object_count(o, "ep", c->ep);
    el_object_count(o, "dp", c->dp);
    el_object_count(o, "batch_size", c->batch);
}

static void traffic_json(el_object *o, const el_traffic *t)
{
    const el_replica_sum *sum = &t->sum;

    el_object_count(o, "refused", (double)sum->n_refused);
    el_object_number(o, "span_s", t->span_s);
    el_object_number(o, "awake_replicas_mean", t->awake);
    el_object_number(o, "prefill_s", sum->prefill_s);
    el_object_number(o, "decode_s", sum->decode_s);
    el_object_number(o, "idle_s", sum->idle_s);
    el_object_number(o, "in_flight_mean",
                     sum->steps > 0 ? sum->tokens / sum->steps : EL_UNKNOWN);
    el_object_count(o, "in_flight_peak", sum->peak);
    el_object_number(o, "ttft_s", t->ttft_s);
    el_object_number(o, "ttft_at_percentile_s", t->ttft_tail_s);
    el_object_number(o, "ttft_mean_s", t->ttft_mean_s);
    el_object_number(o, "itl_mean_s", t->itl_mean_s);
    el_object_number(o, "tpot_s", t->tpot_s);
    el_object_number(o, "tpot_at_percentile_s", t->tpot_tail_s);
    el_object_number(o, "within_limits_share", t->kept);
}

static void energy_json(el_object *o, const el_deployment *d)
{
    const el_traffic *t = &d->traffic;
    double served = (double)(t->n_request - t->sum.n_refused);
    double output = t->output_tokens;

    el_object_number(o, "energy_j", d->energy_j);
    el_object_number(o, "energy_lo_j", d->energy_lo_j);
    el_object_number(o, "energy_hi_j", d->energy_hi_j);
    el_object_number(o, "prefill_energy_j", t->sum.prefill_j);
    el_object_number(o, "decode_energy_j", t->sum.decode_j);
    el_object_number(o, "idle_energy_j", d->idle_j);
    el_object_number(o, "spare_energy_j", d->spare_j);
    el_object_number(o, "overhead_energy_j", d->overhead_j);
    el_object_number(o, "idle_share",
                     (d->idle_j + d->spare_j) / (d->energy_j - d->overhead_j));
    el_object_number(o, "avg_power_w", d->energy_j / t->span_s);
    el_object_number(o, "energy_per_request_j", d->energy_j / served);
    el_object_number(o, "energy_per_request_wh",
                     d->energy_j / served / EL_J_PER_WH);
    el_object_number(o, "energy_per_output_token_j", d->energy_j / output);
    el_object_number(o, "energy_per_million_output_tokens_kwh",
                     d->energy_j / output * 1e6 / EL_J_PER_KWH);
    el_object_number(o, "energy_per_million_tokens_kwh",
                     d->energy_j / (output + t->input_tokens) * 1e6 /
                         EL_J_PER_KWH);
    el_object_number(o, "carbon_gco2e", d->carbon_g);
    el_object_number(o, "carbon_per_request_gco2e", d->carbon_g / served);
    el_object_number(o, "cost", d->cost);
}

static json_t *deployment_json(const el_account *a, const el_deployment *d)
{
    el_object o = el_object_new();

    el_object_put(&o, "kind", json_string(el_account_kind_name(d->kind)));
    el_setup_json(&a->state.setups.setup[d->setup], &o);
    config_json(&o, &d->config);
    el_object_count(&o, "num_gpus", d->gpus);
    el_object_put(&o, "keeps_limits", json_boolean(d->keeps));
    el_object_put(&o, "keeps_limits_surely", json_boolean(d->keeps_surely));
    el_object_number(&o, "ttft_at_percentile_hi_s", d->slow_ttft_tail_s);
    el_object_number(&o, "tpot_at_percentile_hi_s", d->slow_tpot_tail_s);
    el_object_number(&o, "within_limits_share_lo", d->slow_kept);
    el_object_put(&o, "source", json_string(el_source_name(d->source)));
    energy_json(&o, d);
    traffic_json(&o, &d->traffic);
    return el_object_done(&o);
}

/* What a server's counters say beside the requests; null: the log is one. */
static json_t *metrics_json(const el_vllm_said *said)
{
    el_object o = el_object_new();

    if (said->n_page == 0) {
        json_decref(el_object_done(&o));
        return json_null();
    }
    el_object_count(&o, "pages", (double)said->n_page);
    el_object_text(&o, "served_model", said->model);
    el_object_count(&o, "engines", (double)said->n_engine);
    el_object_number(&o, "span_s", said->span_s);
    el_object_number(&o, "output_tokens", said->output_tokens);
    el_object_number(&o, "cached_prompt_share", said->cached_share);
    el_object_count(&o, "preemptions", said->preemptions);
    el_object_number(&o, "ttft_mean_s", said->ttft_s);
    el_object_number(&o, "itl_mean_s", said->itl_s);
    el_object_number(&o, "in_system_mean", said->in_system);
    el_object_number(&o, "running_mean", said->running);
    el_object_number(&o, "waiting_mean", said->waiting);
    el_object_count(&o, "counters_reset", (double)said->n_restart);
    return el_object_done(&o);
}

static json_t *log_json(const el_account *a)
{
    const el_lengths *log = &a->log;
    el_object o = el_object_new();

    el_object_count(&o, "requests", (double)log->n);
    el_object_count(&o, "left_out", (double)log->n_blank);
    el_object_number(&o, "input_tokens_mean", a->isl);
    el_object_number(&o, "output_tokens_mean", a->osl);
    el_object_number(&o, "span_s",
                     fmax(log->arrive_s[log->n - 1], log->until_s));
    el_object_number(&o, "request_rate_hz", a->rate_hz);
    el_object_number(&o, "busiest_request_rate_hz", a->busy_hz);
    el_object_number(&o, "busiest_window_s", EL_ACCOUNT_BUSY);
    el_object_number(&o, "outside_fitted_share", a->outside);
    el_object_put(&o, "metrics", metrics_json(&a->said));
    return el_object_done(&o);
}

static json_t *hours_json(const el_account *a)
{
    el_object list = el_array_new();

    for (size_t k = 0; k < a->n_hour; k++) {
        el_object o = el_object_new();

        el_object_count(&o, "hour", a->hour[k].hour);
        el_object_number(&o, "energy_replicas_j", a->hour[k].energy_j);
        el_object_number(&o, "carbon_g_per_kwh", a->hour[k].carbon_g_per_kwh);
        el_object_append(&list, el_object_done(&o));
    }
    return el_object_done(&list);
}

static json_t *tenant_json(const el_tenant *t)
{
    const el_account *a = &t->account;
    bool served = t->chosen != EL_NOWHERE, can = t->alone < a->n;
    el_object o = el_object_new();

    el_object_text(&o, "name", t->name);
    el_object_text(&o, "model", t->model);
    el_object_put(&o, "log", log_json(a));
    el_object_put(&o, "deployment",
                  served ? deployment_json(a, &a->deployment[t->chosen])
                         : json_null());
    el_object_put(&o, "alone",
                  can ? deployment_json(a, &a->deployment[t->alone])
                      : json_null());
    return el_object_done(&o);
}

json_t *el_tenants_json(const el_tenants *tenants)
{
    el_object o = el_object_new(), list = el_array_new(), gpus = el_array_new();

    for (size_t i = 0; i < tenants->n; i++)
        el_object_append(&list, tenant_json(&tenants->tenant[i]));
    for (size_t k = 0; k < tenants->n_type; k++) {
        el_object type = el_object_new();

        el_object_text(&type, "gpu", tenants->type[k]);
        el_object_count(&type, "num_gpus", tenants->gpus[k]);
        el_object_count(&type, "num_gpus_used", tenants->used[k]);
        el_object_append(&gpus, el_object_done(&type));
    }
    el_object_put(&o, "tenants", el_object_done(&list));
    el_object_put(&o, "gpus", el_object_done(&gpus));
    el_object_number(&o, "energy_j", tenants->energy_j);
    return el_object_done(&o);
}

json_t *el_account_json(const el_account *account)
{
    const el_setups *all = &account->state.setups;
    const el_optimize_context context = {all->query, all->setup, all->n};
    el_object o = el_object_new(), list = el_array_new();

    el_context_json(&context, &o);
    for (size_t i = 0; i < account->n; i++)
        el_object_append(&list,
                         deployment_json(account, &account->deployment[i]));
    el_object_put(&o, "deployments", el_object_done(&list));
    el_object_put(&o, "cheapest",
                  account->best < account->n
                      ? json_integer((json_int_t)account->best)
                      : json_null());
    el_object_put(&o, "given", json_boolean(account->given));
    el_object_put(&o, "log", log_json(account));
    el_object_put(&o, "hours", hours_json(account));
    return el_object_done(&o);
}

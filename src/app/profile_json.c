/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "app/profile.h"
#include "io/object.h"

/* "" and NULL: null. */
static void put_text(el_object *o, const char *key, const char *text)
{
    el_object_put(o, key, text && *text ? json_string(text) : json_null());
}

static json_t *job_json(const el_profile_job *job, const el_profile_answer *a,
                        bool by_energy)
{
    const el_store_configuration *c = &job->configuration;
    el_object o = el_object_new();

    el_object_count(&o, "row", (double)job->row);
#define X(name) put_text(&o, #name, c->name);
    EL_STORE_CONFIGURATION_LABELS(X)
#undef X
#define X(name) el_object_count(&o, #name, c->name);
    EL_STORE_CONFIGURATION_NUMBERS(X)
#undef X
    el_object_text(&o, "state", el_profile_state_name(a->state));
    el_object_count(&o, "runs", (double)a->n_run);
    el_object_count(&o, "runs_new", (double)a->n_new);
    el_object_number(
        &o, by_energy ? "energy_per_output_token_j" : "time_per_output_token_s",
        a->energy.mean);
    el_object_number(&o, "half_width", a->energy.relative);
    el_object_number(&o, "level", EL_REPEATS_LEVEL);
    el_object_put(&o, "converged", json_boolean(a->energy.converged));
    el_object_number(&o, "throughput_tok_s", a->token_hz);
    el_object_number(&o, "avg_power_w", a->power_w);
    el_object_number(&o, "ttft_s", a->ttft_s);
    el_object_number(&o, "prefill_share", a->prefill_share);
    put_text(&o, "quality_flag", a->flags);
    put_text(&o, "failure", a->failure);
    return el_object_done(&o);
}

json_t *el_profiled_json(const el_profiled *p)
{
    el_object o = el_object_new(), list = el_array_new();

    for (size_t i = 0; i < p->plan.n; i++)
        el_object_append(
            &list, job_json(&p->plan.job[i], &p->answer[i], p->by_energy));
    el_object_text(&o, "campaign", p->campaign);
    el_object_text(&o, "store", p->store);
    el_object_put(&o, "interrupted", json_boolean(p->interrupted));
    el_object_count(&o, "failed", (double)p->n_failed);
    el_object_put(&o, "configurations", el_object_done(&list));
    return el_object_done(&o);
}

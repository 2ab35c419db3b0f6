/* SPDX-License-Identifier: Apache-2.0 */
#include "io/candidate_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/csv.h"
#include "io/json.h"

json_t *el_reasons_json(const el_reason *reason, size_t n)
{
    el_object list = el_array_new();

    for (size_t i = 0; i < n; i++) {
        const el_reason *r = &reason[i];
        el_object item = el_object_new();
        el_object_text(&item, "limit", el_limit_name(r->limit));
        el_object_number(&item, "value", r->value);
        el_object_number(&item, "allowed", r->allowed);
        el_object_number(&item, "excess", r->value / r->allowed - 1.0);
        el_object_append(&list, el_object_done(&item));
    }
    return el_object_done(&list);
}

static json_t *axes_json(unsigned axes)
{
    el_object list = el_array_new();

    for (el_axis a = 0; a < EL_N_AXES; a++)
        if (axes & (1u << a))
            el_object_append(&list, json_string(el_axis_name(a)));
    return el_object_done(&list);
}

/* Per request, in the scope: adds up to energy_per_request_j where the form
 * can tell its terms apart. */
static json_t *breakdown_json(const el_candidate *c)
{
    const el_terms *t = &c->prediction.terms;
    el_object object = el_object_new();
    char key[64];

    for (size_t i = 0; i < t->n; i++) {
        (void)snprintf(key, sizeof key, "%s_j", t->term[i].name);
        el_object_number(&object, key, t->term[i].value);
    }
    if (t->n)
        el_object_number(&object, "idle_j", c->idle_energy_per_request_j);
    if (t->n)
        el_object_number(&object, "facility_j",
                         c->overhead_energy_per_request_j);
    return el_object_done(&object);
}

static void set_config(el_object *o, const el_candidate *c)
{
    el_object_count(o, "tp", c->config.tp);
    el_object_count(o, "pp", c->config.pp);
    el_object_count(o, "ep", c->config.ep);
    el_object_count(o, "dp", c->config.dp);
    el_object_count(o, "batch_size", c->config.batch);
    el_object_count(o, "num_gpus", c->gpus);
    el_object_count(o, "input_tokens", c->isl);
    el_object_count(o, "output_tokens", c->osl);
    el_object_put(o, "feasible", json_boolean(c->feasible));
    el_object_put(o, "reasons", el_reasons_json(c->reason, c->n_reason));
}

static void set_energy(el_object *o, const el_candidate *c)
{
    const el_prediction *p = &c->prediction;

    el_object_number(o, "energy_per_request_j", c->energy_per_request_j);
    el_object_number(o, "energy_per_request_lo_j", c->energy_per_request_lo_j);
    el_object_number(o, "energy_per_request_hi_j", c->energy_per_request_hi_j);
    el_object_number(o, "energy_per_output_token_j",
                     c->energy_per_output_token_j);
    el_object_number(o, "energy_per_request_gpus_j", p->energy_per_request_j);
    el_object_number(o, "energy_j",
                     c->energy_per_request_j * c->config.batch * c->config.dp);
    el_object_number(o, "prefill_energy_j", p->prefill_energy_j);
    el_object_number(o, "decode_energy_j", p->decode_energy_j);
    el_object_number(o, "avg_power_w", c->avg_power_w);
    el_object_number(o, "level", EL_LEVEL);
    el_object_put(o, "breakdown", breakdown_json(c));
}

static void set_times(el_object *o, const el_candidate *c)
{
    el_object_number(o, "ttft_s", c->ttft_s);
    el_object_number(o, "tpot_s", c->tpot_s);
    el_object_number(o, "latency_s", c->latency_s);
    el_object_number(o, "ttft_at_percentile_s", c->ttft_limit_s);
    el_object_number(o, "tpot_at_percentile_s", c->tpot_limit_s);
    el_object_number(o, "latency_at_percentile_s", c->latency_limit_s);
    el_object_number(o, "in_flight", c->in_flight);
    el_object_number(o, "in_flight_peak", c->in_flight_peak);
    el_object_number(o, "utilisation", c->utilisation);
    el_object_number(o, "requests_per_s", c->requests_per_s);
    el_object_number(o, "throughput_tok_s", c->tokens_per_s);
}

void el_setup_json(const el_setup *setup, el_object *out)
{
    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++) {
        const char *text = setup->value[a];
        double value;
        if (!*text)
            el_object_put(out, el_setup_key(a), json_null());
        else if (el_parse_double(text, strlen(text), &value))
            el_object_number(out, el_setup_key(a), value);
        else
            el_object_text(out, el_setup_key(a), text);
    }
}

json_t *el_candidate_json(const el_setup *setup, const el_candidate *c)
{
    el_object o = el_object_new();

    el_setup_json(setup, &o);
    set_config(&o, c);
    set_energy(&o, c);
    set_times(&o, c);
    el_object_text(&o, "source", el_source_name(c->source));
    el_object_put(&o, "extrapolated_axes",
                  axes_json(c->prediction.extrapolated_axes));
    el_object_text(&o, "note", c->prediction.note);
    return el_object_done(&o);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/candidate_json.h"

#include <string.h>

#include "io/csv.h"
#include "io/json.h"

/* ---- parts; members in the order of their keys ---- */

static void write_reasons(el_json_writer *w, const char *key,
                          const el_reason *reason, size_t n)
{
    el_write_array(w, key);
    for (size_t i = 0; i < n; i++) {
        const el_reason *r = &reason[i];

        el_write_object(w, NULL);
        el_write_number(w, "allowed", r->allowed);
        el_write_number(w, "excess", r->value / r->allowed - 1.0);
        el_write_text(w, "limit", el_limit_name(r->limit));
        el_write_number(w, "value", r->value);
        el_write_end(w, '}');
    }
    el_write_end(w, ']');
}

static void write_axes(el_json_writer *w, const char *key, unsigned axes)
{
    el_write_array(w, key);
    for (el_axis a = 0; a < EL_N_AXES; a++)
        if (axes & (1u << a))
            el_write_text(w, NULL, el_axis_name(a));
    el_write_end(w, ']');
}

/* A term of the breakdown under its key. */
typedef struct part {
    char key[64];
    double value;
} part;

/* Among n in the order of their keys. */
static void add_part(part *parts, size_t n, const char *name, double value)
{
    part p = {.value = value};
    size_t len = strnlen(name, sizeof p.key - 3);

    memcpy(p.key, name, len);
    memcpy(p.key + len, "_j", 3);
    for (; n > 0 && strcmp(parts[n - 1].key, p.key) > 0; n--)
        parts[n] = parts[n - 1];
    parts[n] = p;
}

/* Per request, in the scope: adds up to energy_per_request_j where the form
 * can tell its terms apart. */
static void write_breakdown(el_json_writer *w, const char *key,
                            const el_candidate *c)
{
    const el_terms *t = &c->prediction.terms;
    part parts[EL_MAX_TERMS + 2];
    size_t n = 0;

    for (; n < t->n; n++)
        add_part(parts, n, t->term[n].name, t->term[n].value);
    if (n > 0) {
        add_part(parts, n++, "idle", c->idle_energy_per_request_j);
        add_part(parts, n++, "facility", c->overhead_energy_per_request_j);
    }
    el_write_object(w, key);
    for (size_t i = 0; i < n; i++)
        el_write_number(w, parts[i].key, parts[i].value);
    el_write_end(w, '}');
}

void el_setup_write(el_json_writer *w, const el_setup *setup,
                    el_setup_axis axis)
{
    const char *key = el_setup_key(axis), *text = setup->value[axis];
    double value;

    if (!*text)
        el_write_null(w, key);
    else if (el_parse_double(text, strlen(text), &value))
        el_write_number(w, key, value);
    else
        el_write_text(w, key, text);
}

/* ---- a candidate, from a to z ---- */

static void write_a_to_e(el_json_writer *w, const el_setup *setup,
                         const el_candidate *c)
{
    const el_prediction *p = &c->prediction;

    el_write_number(w, "avg_power_w", c->avg_power_w);
    el_write_count(w, "batch_size", c->config.batch);
    write_breakdown(w, "breakdown", c);
    el_write_number(w, "decode_energy_j", p->decode_energy_j);
    el_write_count(w, "dp", c->config.dp);
    el_write_number(w, "energy_j",
                    c->energy_per_request_j * c->config.batch * c->config.dp);
    el_write_number(w, "energy_per_output_token_j",
                    c->energy_per_output_token_j);
    el_write_number(w, "energy_per_request_gpus_j", p->energy_per_request_j);
    el_write_number(w, "energy_per_request_hi_j", c->energy_per_request_hi_j);
    el_write_number(w, "energy_per_request_j", c->energy_per_request_j);
    el_write_number(w, "energy_per_request_lo_j", c->energy_per_request_lo_j);
    el_setup_write(w, setup, EL_SETUP_ENGINE);
    el_write_count(w, "ep", c->config.ep);
    write_axes(w, "extrapolated_axes", p->extrapolated_axes);
}

static void write_f_to_o(el_json_writer *w, const el_setup *setup,
                         const el_candidate *c, const bool *on_front)
{
    el_write_bool(w, "feasible", c->feasible);
    el_setup_write(w, setup, EL_SETUP_FUSION);
    el_setup_write(w, setup, EL_SETUP_GPU);
    el_setup_write(w, setup, EL_SETUP_CLOCK);
    el_setup_write(w, setup, EL_SETUP_POWER);
    el_write_number(w, "in_flight", c->in_flight);
    el_write_number(w, "in_flight_peak", c->in_flight_peak);
    el_write_count(w, "input_tokens", c->isl);
    el_setup_write(w, setup, EL_SETUP_KV_CACHE);
    el_write_number(w, "latency_at_percentile_s", c->latency_limit_s);
    el_write_number(w, "latency_s", c->latency_s);
    el_write_number(w, "level", EL_LEVEL);
    el_write_text(w, "note", c->prediction.note);
    el_write_count(w, "num_gpus", c->gpus);
    if (on_front) {
        el_write_bool(w, "on_epot_front", on_front[EL_FRONT_EPOT]);
        el_write_bool(w, "on_etft_front", on_front[EL_FRONT_ETFT]);
        el_write_bool(w, "on_front", on_front[EL_FRONT_REQUEST]);
    }
    el_write_count(w, "output_tokens", c->osl);
    el_setup_write(w, setup, EL_SETUP_OVERLAP);
}

static void write_p_to_z(el_json_writer *w, const el_setup *setup,
                         const el_candidate *c)
{
    el_write_count(w, "pp", c->config.pp);
    el_setup_write(w, setup, EL_SETUP_PRECISION);
    el_write_number(w, "prefill_energy_j", c->prediction.prefill_energy_j);
    write_reasons(w, "reasons", c->reason, c->n_reason);
    el_write_number(w, "requests_per_s", c->requests_per_s);
    el_write_text(w, "source", el_source_name(c->source));
    el_write_number(w, "throughput_tok_s", c->tokens_per_s);
    el_write_count(w, "tp", c->config.tp);
    el_write_number(w, "tpot_at_percentile_s", c->tpot_limit_s);
    el_write_number(w, "tpot_s", c->tpot_s);
    el_write_number(w, "ttft_at_percentile_s", c->ttft_limit_s);
    el_write_number(w, "ttft_s", c->ttft_s);
    el_write_number(w, "utilisation", c->utilisation);
}

void el_candidate_write(el_json_writer *w, const char *key,
                        const el_setup *setup, const el_candidate *candidate,
                        const bool *on_front)
{
    el_write_object(w, key);
    write_a_to_e(w, setup, candidate);
    write_f_to_o(w, setup, candidate, on_front);
    write_p_to_z(w, setup, candidate);
    el_write_end(w, '}');
}

/* ---- as trees ---- */

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

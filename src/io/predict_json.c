/* SPDX-License-Identifier: Apache-2.0 */
#include "io/predict_json.h"

#include <stdio.h>
#include <string.h>

#include "io/json.h"

void el_axes_text(unsigned axes, char text[EL_AXES_TEXT])
{
    size_t len = 0;

    text[0] = '\0';
    for (el_axis a = 0; a < EL_N_AXES; a++) {
        int n = 0;

        if (axes & (1u << a))
            n = snprintf(text + len, EL_AXES_TEXT - len, "%s%s", len ? ";" : "",
                         el_axis_name(a));
        len += n > 0 ? (size_t)n : 0;
    }
}

/* The object's keys; `bad` is set where one could not be added. */
typedef struct writer {
    json_t *object;
    bool bad;
} writer;

static void put(writer *w, const char *key, json_t *value)
{
    if (json_object_set_new(w->object, key, value) != 0)
        w->bad = true;
}

static json_t *end(writer *w)
{
    if (w->object && !w->bad)
        return w->object;
    json_decref(w->object);
    return NULL;
}

static json_t *axes_json(unsigned axes)
{
    json_t *list = json_array();
    bool bad = false;

    for (el_axis a = 0; a < EL_N_AXES; a++) {
        if ((axes & (1u << a)) &&
            json_array_append_new(list, json_string(el_axis_name(a))) != 0)
            bad = true;
    }
    if (!bad)
        return list;
    json_decref(list);
    return NULL;
}

static void put_cause(writer *w, const char *cause, double v)
{
    char key[EL_LABEL_LEN + 4];

    (void)snprintf(key, sizeof key, "%.40s_j", cause);
    put(w, key, el_json_number(v));
}

static json_t *breakdown_json(el_scope scope, const el_answer *a)
{
    writer w = {json_object(), false};

    for (size_t i = 0; i < a->p.terms.n; i++)
        put_cause(&w, a->p.terms.term[i].name, a->p.terms.term[i].value);
    if (scope != EL_SCOPE_GPUS && a->ok)
        put_cause(&w, "idle", a->idle_j);
    if (scope == EL_SCOPE_FACILITY && a->ok)
        put_cause(&w, "facility", a->overhead_j);
    return end(&w);
}

static json_t *group_json(const el_group_key *key)
{
    if (!key)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s}", "model", key->model, "gpu",
                     key->gpu, "precision", key->precision, "engine",
                     key->engine);
}

static void put_question(writer *w, const el_row *r, double vision_tokens)
{
    put(w, "model", json_string(r->model));
    put(w, "gpu", json_string(r->gpu));
    put(w, "precision", json_string(r->precision));
    put(w, "engine", json_string(r->engine));
    put(w, "workload", json_string(r->workload));
    put(w, "tp", el_json_number(r->tp));
    put(w, "pp", el_json_number(r->pp));
    put(w, "ep", el_json_number(r->ep));
    put(w, "dp", el_json_number(r->dp));
    put(w, "num_gpus", el_json_number(r->num_gpus));
    put(w, "batch_size", el_json_number(r->batch_size));
    put(w, "input_tokens", el_json_number(r->input_tokens));
    put(w, "output_tokens", el_json_number(r->output_tokens));
    put(w, "vision_tokens", el_json_number(vision_tokens));
}

static void put_numbers(writer *w, const el_prediction *p)
{
    put(w, "energy_per_request_j", el_json_number(p->energy_per_request_j));
    put(w, "energy_per_request_lo_j",
        el_json_number(p->energy_per_request_lo_j));
    put(w, "energy_per_request_hi_j",
        el_json_number(p->energy_per_request_hi_j));
    put(w, "energy_per_output_token_j",
        el_json_number(p->energy_per_output_token_j));
    put(w, "prefill_energy_j", el_json_number(p->prefill_energy_j));
    put(w, "decode_energy_j", el_json_number(p->decode_energy_j));
    put(w, "energy_j", el_json_number(p->energy_j));
    put(w, "latency_s", el_json_number(p->latency_s));
    put(w, "ttft_s", el_json_number(p->ttft_s));
    put(w, "ttft_lo_s", el_json_number(p->ttft_lo_s));
    put(w, "ttft_hi_s", el_json_number(p->ttft_hi_s));
    put(w, "tpot_s", el_json_number(p->tpot_s));
    put(w, "tpot_lo_s", el_json_number(p->tpot_lo_s));
    put(w, "tpot_hi_s", el_json_number(p->tpot_hi_s));
    put(w, "avg_power_w", el_json_number(p->avg_power_w));
}

static json_t *row_json(el_scope scope, const el_row *row, const el_answer *a)
{
    writer w = {json_object(), false};

    put_question(&w, row,
                 a->p.vision_tokens > 0.0 ? a->p.vision_tokens
                                          : row->vision_tokens);
    put_numbers(&w, &a->p);
    put(&w, "weight_bits", el_json_number(a->weight_bits));
    put(&w, "level", a->ok ? el_json_number(EL_LEVEL) : json_null());
    put(&w, "source",
        a->ok ? json_string(el_source_name(a->p.source)) : json_null());
    put(&w, "extrapolated_axes", axes_json(a->p.extrapolated_axes));
    put(&w, "note", json_string(a->note));
    put(&w, "breakdown", breakdown_json(scope, a));
    put(&w, "fit", group_json(a->fit));
    return end(&w);
}

json_t *el_predict_json(el_scope scope, const el_row *row,
                        const el_answer *answer, size_t n)
{
    writer w = {json_object(), false};
    json_t *rows = json_array();
    bool bad = false;

    for (size_t i = 0; i < n && !bad; i++)
        bad = json_array_append_new(rows,
                                    row_json(scope, &row[i], &answer[i])) != 0;
    put(&w, "scope", json_string(el_scope_name(scope)));
    put(&w, "rows", rows);
    w.bad = w.bad || bad;
    return end(&w);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* explore's grid: JSON and CSV hold the same points in the same order. */
#include "base/mem.h"
#include "io/candidate_json.h"
#include "io/csv.h"
#include "io/optimize_json.h"

#include <math.h>
#include <string.h>

typedef bool on_fronts[EL_N_FRONTS];

static void mark_fronts(const el_explore_result *r, on_fronts *on)
{
    for (el_front_kind k = 0; k < EL_N_FRONTS; k++)
        for (size_t i = 0; i < r->front[k].n; i++)
            on[r->front[k].point[i].index][k] = true;
}

static void write_points(el_json_writer *w, const char *key,
                         const el_optimize_context *context,
                         const el_explore_result *r, const el_candidate *point)
{
    on_fronts *on = el_array(r->n + 1, sizeof *on);

    w->out->failed = w->out->failed || !on;
    if (!on)
        return;
    mark_fronts(r, on);
    el_write_array(w, key);
    for (size_t i = 0; i < r->n; i++)
        el_candidate_write(w, NULL, &context->setup[point[i].setup], &point[i],
                           on[i]);
    el_write_end(w, ']');
    el_free(on);
}

void el_explore_write(el_json_writer *w, const char *key,
                      const el_optimize_context *context,
                      const el_explore_query *query,
                      const el_explore_result *result,
                      const el_candidate *points)
{
    el_object o = el_object_new();
    json_t *common;

    el_context_json(context, &o);
    common = el_object_done(&o);
    el_write_object(w, key);
    el_context_write(w, common, "engine");
    el_context_write(w, common, "fit_note");
    el_write_text(w, "front_latency", el_latency_axis_name(query->axis));
    el_context_write(w, common, "gpu");
    el_context_write(w, common, "load");
    el_context_write(w, common, "model");
    el_write_count(w, "n_scenarios", (double)result->n_scenarios);
    write_points(w, "points", context, result, points);
    el_context_write(w, common, "precision");
    el_context_write(w, common, "scope");
    el_write_end(w, '}');
    json_decref(common);
}

/* Nine digits of a prediction; whole numbers, of which a row has many, the
 * fast way. */
static void put_number(el_buf *out, double value)
{
    char text[24];
    char *end = text + sizeof text, *at = end;

    if (!el_is_known(value)) {
        el_buf_add(out, ",");
    } else if (value >= 0.0 && value < 1e15 && value == floor(value)) {
        uint64_t whole = (uint64_t)value;
        do
            *--at = (char)('0' + whole % 10);
        while ((whole /= 10) > 0);
        *--at = ',';
        el_buf_add_n(out, at, (size_t)(end - at));
    } else {
        el_buf_printf(out, ",%.9g", value);
    }
}

static void put_text(el_buf *out, const char *text)
{
    el_buf_add(out, ",");
    el_csv_quote(out, text, strlen(text));
}

static void put_reasons(el_buf *out, const el_candidate *c)
{
    el_buf_add(out, ",");
    for (size_t i = 0; i < c->n_reason; i++)
        el_buf_printf(out, "%s%s", i ? ";" : "",
                      el_limit_name(c->reason[i].limit));
}

static void put_axes(el_buf *out, unsigned axes)
{
    const char *gap = "";

    el_buf_add(out, ",");
    for (el_axis a = 0; a < EL_N_AXES; a++)
        if (axes & (1u << a)) {
            el_buf_printf(out, "%s%s", gap, el_axis_name(a));
            gap = ";";
        }
}

static const char header[] =
    "tp,pp,ep,dp,batch_size,num_gpus,input_tokens,output_tokens,feasible,"
    "reasons,on_front,on_etft_front,on_epot_front,energy_per_request_j,energy_"
    "per_request_lo_j,"
    "energy_per_request_hi_j,energy_per_output_token_j,"
    "energy_per_request_gpus_j,prefill_energy_j,decode_energy_j,ttft_s,tpot_s,"
    "latency_s,requests_per_s,throughput_tok_s,avg_power_w,source,"
    "extrapolated_axes,note";

void el_explore_csv_header(el_buf *out)
{
    el_buf_add(out, header);
    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++)
        el_buf_printf(out, ",%s", el_setup_key(a));
    el_buf_add(out, "\n");
}

size_t el_explore_csv_row(const el_setup *setup, const el_candidate *c,
                          el_buf *out)
{
    const el_prediction *p = &c->prediction;
    size_t flags;
    const double config[] = {c->config.pp,    c->config.ep, c->config.dp,
                             c->config.batch, c->gpus,      c->isl,
                             c->osl};
    const double number[] = {c->energy_per_request_j,
                             c->energy_per_request_lo_j,
                             c->energy_per_request_hi_j,
                             c->energy_per_output_token_j,
                             p->energy_per_request_j,
                             p->prefill_energy_j,
                             p->decode_energy_j,
                             c->ttft_s,
                             c->tpot_s,
                             c->latency_s,
                             c->requests_per_s,
                             c->tokens_per_s,
                             c->avg_power_w};

    el_buf_printf(out, "%.9g", c->config.tp);
    for (size_t i = 0; i < sizeof config / sizeof *config; i++)
        put_number(out, config[i]);
    el_buf_printf(out, ",%d", c->feasible);
    put_reasons(out, c);
    flags = out->len + 1;
    el_buf_add(out, ",0,0,0");
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        put_number(out, number[i]);
    put_text(out, el_source_name(c->source));
    put_axes(out, p->extrapolated_axes);
    put_text(out, p->note);
    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++)
        put_text(out, setup->value[a]);
    el_buf_add(out, "\n");
    return flags;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/planned.h"

#include <string.h>

#include "base/mem.h"
#include "io/candidate_json.h"
#include "io/csv.h"
#include "io/json.h"

void el_planned_clear(el_planned *planned)
{
    el_free(planned->latency_s);
    el_free(planned->energy_j);
    el_free(planned->winner);
    el_free(planned->step);
    el_run_list_clear(&planned->runs);
    memset(planned, 0, sizeof *planned);
}

const char *el_design_name(el_design design)
{
    static const char *const name[] = {"lhs", "grid", "active"};

    return name[design];
}

static double shards_of(const el_point *p)
{
    return p->tp > p->ep ? p->tp : p->ep;
}

/* --- table ---------------------------------------------------------------- */

static void put_text(el_buf *out, const char *text)
{
    el_csv_quote(out, text, strlen(text));
    el_buf_add(out, ",");
}

/* Billions, where the catalogue cannot tell; nothing else needs them. */
static void put_params(const el_planned *planned, double count, el_buf *out)
{
    if (!*planned->key.model_slug && el_is_known(count))
        el_buf_printf(out, "%.6g", 1e-9 * count);
    el_buf_add(out, ",");
}

el_status el_planned_csv(const el_planned *planned, el_buf *out, el_error *err)
{
    el_buf_add(out, "model,gpu,params_b,active_params_b,tp,pp,ep,dp,num_gpus,"
                    "precision,engine,"
                    "batch_size,input_tokens,output_tokens,requests,energy_j,"
                    "latency_s,ttft_s,itl_s,avg_power_w,throughput_tok_s,"
                    "quality_flag\n");
    for (size_t i = 0; i < planned->n_step; i++) {
        size_t run = planned->step[i].run;
        const el_point *p = &planned->runs.point[run];

        put_text(out, planned->key.model);
        put_text(out, planned->key.gpu);
        put_params(planned, planned->params, out);
        put_params(planned, planned->active_params, out);
        el_buf_printf(out, "%.17g,%.17g,%.17g,%.17g,%.17g,", p->tp, p->pp,
                      p->ep, p->dp, p->pp * p->dp * shards_of(p));
        put_text(out, planned->space.dtype[planned->runs.dtype[run]]);
        put_text(out, planned->key.engine);
        el_buf_printf(out, "%.17g,%.17g,%.17g,,,,,,,,\n", p->batch, p->isl,
                      p->osl);
    }
    return el_buf_ok(out)
               ? EL_OK
               : el_fail(err, EL_E_NOMEM, "plan: %zu runs", planned->n_step);
}

/* --- JSON ----------------------------------------------------------------- */

static el_object run_json(const el_planned *planned, size_t run)
{
    const el_point *p = &planned->runs.point[run];
    el_object o = el_object_new();

    for (el_axis a = 0; a < EL_N_AXES; a++)
        el_object_count(&o, el_axis_name(a), el_point_axis(p, a));
    el_object_count(&o, "num_gpus", p->pp * p->dp * shards_of(p));
    el_object_text(&o, "precision",
                   planned->space.dtype[planned->runs.dtype[run]]);
    el_object_number(&o, "energy_per_request_j", planned->energy_j[run]);
    el_object_number(&o, "latency_s", planned->latency_s[run]);
    return o;
}

static json_t *steps_json(const el_planned *planned)
{
    el_object list = el_array_new();

    for (size_t i = 0; i < planned->n_step; i++) {
        const el_design_step *s = &planned->step[i];
        el_object o = run_json(planned, s->run);

        el_object_number(&o, "gain_ln", s->gain);
        el_object_number(&o, "settled_after", s->settled);
        el_object_append(&list, el_object_done(&o));
    }
    return el_object_done(&list);
}

static json_t *winners_json(const el_planned *planned)
{
    el_object list = el_array_new();

    for (size_t i = 0; i < planned->runs.n_load; i++) {
        const el_load_winner *w = &planned->winner[i];
        el_object o = run_json(planned, w->run);

        el_object_number(&o, "energy_per_request_lo_j", w->lo_j);
        el_object_number(&o, "energy_per_request_hi_j", w->hi_j);
        el_object_number(&o, "level", EL_LEVEL);
        el_object_count(&o, "choices", (double)w->choices);
        el_object_number(&o, "share", w->share);
        el_object_append(&list, el_object_done(&o));
    }
    return el_object_done(&list);
}

static json_t *space_json(const el_planned *planned)
{
    el_object o = el_object_new(), out = el_object_new();

    for (el_space_limit l = 0; l < EL_N_SPACE_LIMITS; l++)
        el_object_count(&out, el_space_limit_name(l),
                        (double)planned->runs.ruled_out[l]);
    el_object_count(&o, "runs", (double)planned->runs.n_grid);
    el_object_count(&o, "feasible", (double)planned->runs.n);
    el_object_count(&o, "loads", (double)planned->runs.n_load);
    el_object_count(&o, "measured", (double)planned->n_used);
    el_object_put(&o, "ruled_out", el_object_done(&out));
    return el_object_done(&o);
}

json_t *el_planned_json(const el_planned *planned)
{
    el_object o = el_object_new();

    el_object_text(&o, "model", planned->key.model);
    el_object_text(&o, "gpu", planned->key.gpu);
    el_object_text(&o, "engine", planned->key.engine);
    el_object_text(&o, "design", el_design_name(planned->design));
    el_object_count(&o, "rows_measured", (double)planned->n_measured);
    el_object_number(&o, "settled", planned->settled);
    el_object_put(&o, "is_settled",
                  json_boolean(planned->settled >= EL_CONTEST_SETTLED));
    el_object_put(&o, "space", space_json(planned));
    el_object_put(&o, "runs", steps_json(planned));
    el_object_put(&o, "winners", winners_json(planned));
    return el_object_done(&o);
}

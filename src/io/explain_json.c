/* SPDX-License-Identifier: Apache-2.0 */
#include "io/explain_json.h"

#include <math.h>

#include "io/candidate_json.h"
#include "io/json.h"

static json_t *shape_json(const el_op *op)
{
    el_object o = el_object_new();

    if (op->kind == EL_OP_GEMM || op->kind == EL_OP_MOE) {
        el_object_count(&o, "batch", op->batch);
        el_object_count(&o, "m", op->m);
        el_object_count(&o, "n", op->n);
        el_object_count(&o, "k", op->k);
    } else if (op->kind == EL_OP_ATTENTION) {
        el_object_count(&o, "heads", op->heads);
        el_object_count(&o, "kv_heads", op->kv_heads);
        el_object_count(&o, "head_dim", op->head_dim);
        el_object_count(&o, "context", op->context);
    }
    return el_object_done(&o);
}

static json_t *comm_json(const el_explain_row *r)
{
    el_object o = el_object_new();

    if (r->op.comm == EL_COMM_NONE) {
        json_decref(o.json);
        return json_null();
    }
    el_object_text(&o, "kind", el_comm_kind_name(r->op.comm));
    el_object_count(&o, "gpus", r->op.comm_degree);
    el_object_number(&o, "bytes", r->comm_bytes);
    el_object_number(&o, "time_s", r->comm_s);
    el_object_put(&o, "measured", json_boolean(r->comm_measured));
    el_object_number(&o, "energy_j", r->comm_j);
    return el_object_done(&o);
}

static json_t *row_json(const el_explain *e, const el_explain_row *r)
{
    el_object o = el_object_new();

    el_object_text(&o, "layer", r->op.layer);
    el_object_text(&o, "label", r->op.label);
    el_object_text(&o, "kind", el_op_kind_name(r->op.kind));
    el_object_count(&o, "count", r->op.total);
    el_object_put(&o, "fused", json_boolean(!r->op.launches));
    el_object_put(&o, "op_shape", shape_json(&r->op));
    el_object_number(&o, "flop", r->flop);
    el_object_number(&o, "weight_bytes", r->weight_bytes);
    el_object_number(&o, "activation_bytes", r->act_bytes);
    el_object_number(&o, "kv_bytes", r->kv_bytes);
    el_object_number(&o, "time_s", r->time_s);
    el_object_number(&o, "energy_j", r->energy_j);
    el_object_number(&o, "time_share", r->time_s / e->time_s);
    el_object_number(&o, "energy_share", r->energy_j / e->energy_j);
    el_object_text(&o, "bound", el_bound_name(r->bound));
    el_object_put(&o, "measured", json_boolean(r->measured));
    el_object_put(&o, "communication", comm_json(r));
    return el_object_done(&o);
}

static json_t *phase_json(const el_explain *e)
{
    el_object o = el_object_new(), rows = el_array_new();

    for (size_t i = 0; i < e->n; i++)
        el_object_append(&rows, row_json(e, &e->row[i]));
    el_object_put(&o, "operators", el_object_done(&rows));
    el_object_text(&o, "phase",
                   e->vision    ? "vision"
                   : e->prefill ? "prefill"
                                : "decode");
    el_object_number(&o, "requests", e->requests);
    el_object_number(&o, "query_tokens", e->query);
    el_object_number(&o, "context_tokens", e->context);
    el_object_number(&o, "passes", e->passes);
    el_object_number(&o, "time_s", e->time_s);
    el_object_number(&o, "host_time_s", e->host_s);
    el_object_number(&o, "communication_time_s", e->comm_s);
    el_object_number(&o, "roofline_time_s", e->roofline_s);
    el_object_number(&o, "efficiency", e->roofline_s / e->time_s);
    el_object_number(&o, "energy_j", e->energy_j);
    el_object_number(&o, "host_energy_j", e->host_j);
    el_object_number(&o, "idle_energy_j", e->idle_j);
    el_object_number(&o, "communication_energy_j", e->comm_j);
    el_object_number(&o, "flop_per_gpu", e->flop);
    el_object_number(&o, "bytes_per_gpu", e->bytes);
    el_object_number(&o, "tokens", e->tokens);
    el_object_number(&o, "tokens_per_s", e->tokens_per_s);
    el_object_number(&o, "energy_per_token_j", e->j_per_token);
    return el_object_done(&o);
}

static json_t *memory_json(const el_explanation *a)
{
    el_object o = el_object_new();

    el_object_number(&o, "weight_bytes", a->weight_bytes);
    el_object_number(&o, "cache_bytes", a->cache_bytes);
    el_object_number(&o, "reserve_bytes", a->reserve_bytes);
    el_object_number(&o, "gpu_bytes", a->memory_bytes);
    el_object_put(&o, "fits", json_boolean(a->fits));
    el_object_number(&o, "fits_at_tp", a->fits_tp);
    return el_object_done(&o);
}

static json_t *notes_json(const el_explanation *a)
{
    const char *const note[] = {a->plan_note, a->arch_note};
    el_object list = el_array_new();

    for (size_t i = 0; i < sizeof note / sizeof *note; i++)
        if (*note[i])
            el_object_append(&list, json_string(note[i]));
    return el_object_done(&list);
}

static json_t *what_if_json(const el_what_if *w)
{
    el_object o = el_object_new();

    el_object_text(&o, "change", w->change);
    el_object_number(&o, "energy_per_output_token_j", w->j_per_token);
    el_object_number(&o, "tpot_s", w->tpot_s);
    el_object_number(&o, "ttft_s", w->ttft_s);
    el_object_number(&o, "saved_energy_per_output_token_j",
                     w->saved_j_per_token);
    el_object_number(&o, "saved_energy_per_output_token_lo_j", w->saved_lo_j);
    el_object_number(&o, "saved_energy_per_output_token_hi_j", w->saved_hi_j);
    el_object_number(&o, "saved_tpot_s", w->saved_tpot_s);
    el_object_number(&o, "saved_ttft_s", w->saved_ttft_s);
    el_object_put(&o, "fits", json_boolean(w->fits));
    return el_object_done(&o);
}

json_t *el_explain_json(const el_explanation *a)
{
    el_object o = el_object_new(), phases = el_array_new(),
              ifs = el_array_new();

    for (size_t i = 0; i < a->n_phase; i++)
        el_object_append(&phases, phase_json(&a->phase[i]));
    for (size_t i = 0; i < a->n_what_if; i++)
        el_object_append(&ifs, what_if_json(&a->what_if[i]));
    el_object_text(&o, "model", a->key->model);
    el_object_text(&o, "gpu", a->key->gpu);
    el_object_text(&o, "precision", a->key->precision);
    el_object_text(&o, "engine", a->key->engine);
    el_object_text(&o, "source", el_source_name(EL_SOURCE_MODELLED));
    el_object_count(&o, "tp", a->shard.tp);
    el_object_count(&o, "pp", a->shard.pp);
    el_object_count(&o, "ep", a->shard.ep);
    el_object_count(&o, "num_gpus", a->gpus);
    el_object_number(&o, "weight_bits", a->weight_bits);
    el_object_count(&o, "batch_size", a->point.batch);
    el_object_count(&o, "input_tokens", a->point.isl);
    el_object_count(&o, "output_tokens", a->point.osl);
    el_object_put(&o, "notes", notes_json(a));
    el_object_put(&o, "memory", memory_json(a));
    el_object_put(&o, "phases", el_object_done(&phases));
    el_object_put(&o, "what_if", el_object_done(&ifs));
    return el_object_done(&o);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/explain.h"

#include <math.h>

#include "base/mem.h"
#include "energylens/kernel_table.h"
#include "energylens/links.h"
#include "model/kernel_part.h"

const char *el_bound_name(el_bound bound)
{
    static const char *const name[] = {"math", "memory", "launch"};

    return name[bound];
}

const char *el_op_kind_name(el_op_kind kind)
{
    static const char *const name[] = {
        "gemm", "attention", "moe", "scan", "elementwise", "embed", "comm"};

    return name[kind];
}

const char *el_comm_kind_name(el_comm_kind kind)
{
    static const char *const name[] = {
        "", "all-reduce", "reduce-scatter", "all-gather", "all-to-all", "send"};

    return name[kind];
}

static double gpus_of_stage(const el_shard *shard)
{
    return shard->cp * fmax(shard->tp, shard->ep);
}

/*
 * What one run moves and computes. Uneven and partly idle experts change an
 * MoE's share; its roofline times know by how much.
 */
static void set_work(const el_device *d, const el_op *op, const el_cost *cost,
                     el_explain_row *row)
{
    double rows;

    row->flop = op->flop;
    row->weight_bytes = op->weight_bytes;
    row->act_bytes = op->act_bytes;
    row->kv_bytes = op->kv_bytes;
    if (op->kind != EL_OP_MOE || !(op->flop > 0.0))
        return;
    row->flop = cost->flop_s_bound * el_math_of(d, op->weight_bits).flop_s;
    rows = row->flop / op->flop;
    row->act_bytes = op->act_bytes * rows;
    row->weight_bytes =
        fmax(cost->bytes_s_bound * d->bw_bytes_s - row->act_bytes, 0.0);
}

static el_bound bound_of(const el_device *d, const el_op *op, const el_cost *c)
{
    if (fmax(c->flop_s_bound, c->bytes_s_bound) < d->launch_s && op->launches)
        return EL_BOUND_LAUNCH;
    return c->flop_s_bound > c->bytes_s_bound ? EL_BOUND_MATH : EL_BOUND_MEMORY;
}

static void add_row(const el_explain_source *s, const el_op *op, el_explain *e)
{
    const el_device *d = s->device;
    double runs = op->total, all = runs * gpus_of_stage(s->shard);
    el_explain_row row = {.op = *op};
    el_cost kernel, comm, both;

    el_overlap_cost(d, op, &kernel, &comm, &both);
    set_work(d, op, &kernel, &row);
    row.energy_j = all * el_op_serving_j(d, &kernel);
    row.comm_j = all * comm.energy_j;
    row.bound = bound_of(d, op, &kernel);
    row.measured = d->kernel_table &&
                   el_is_known(el_kernel_table_ratio(d->kernel_table, op));
    row.comm_measured = d->links && el_links_have(d->links, op->comm);
    row.time_s = runs * kernel.time_s;
    row.comm_s = runs * fmax(both.time_s - kernel.time_s, 0.0);
    row.comm_bytes = runs * op->comm_bytes;
    row.flop *= runs;
    row.weight_bytes *= runs;
    row.act_bytes *= runs;
    row.kv_bytes *= runs;
    e->roofline_s += runs * fmax(kernel.flop_s_bound, kernel.bytes_s_bound);
    e->row[e->n++] = row;
}

/*
 * Rows share what el_analytic_pass says of all kernels and all collectives, so
 * that this table and a prediction cannot disagree; idle watts join them.
 */
static void share_energy(const el_explain_source *s, const el_pass *pass,
                         el_explain *e)
{
    double idle_w = s->device->idle_w * el_plan_gpus(s->plan) /
                    (e->prefill ? 1.0 : e->passes);
    double kernels = pass->weights_j + pass->kv_j + pass->compute_j;
    double sum = 0.0, comm = 0.0;

    for (size_t i = 0; i < e->n; i++) {
        sum += e->row[i].energy_j;
        comm += e->row[i].comm_s;
    }
    for (size_t i = 0; i < e->n; i++) {
        el_explain_row *r = &e->row[i];

        r->energy_j *= sum > 0.0 ? kernels / sum : 0.0;
        r->comm_j = comm > 0.0 ? pass->comm_j * r->comm_s / comm : 0.0;
        r->energy_j += idle_w * r->time_s;
        r->comm_j += idle_w * r->comm_s;
        e->flop += r->flop;
        e->bytes += r->weight_bytes + r->act_bytes + r->kv_bytes;
        e->comm_j += r->comm_j;
        e->comm_s += r->comm_s;
    }
    e->host_j = idle_w * e->host_s;
    e->idle_j = idle_w * e->time_s;
    e->energy_j = kernels + pass->comm_j + e->idle_j;
}

/* What one pass holds of the load. */
static void set_load(const el_explain_source *s, const el_point *p,
                     el_explain *e)
{
    double chunk = s->engine->chunk_tokens, pieces;

    if (!e->prefill) {
        e->passes = fmin(s->shard->pp, fmax(p->batch, 1.0));
        e->requests = p->batch / e->passes;
        e->query = 1.0;
        e->context = p->isl + 0.5 * p->osl;
        e->tokens = e->requests;
        return;
    }
    pieces = ceil(p->isl / chunk);
    e->requests = fmin(fmax(1.0, floor(chunk / p->isl)), p->batch);
    e->passes = p->batch / e->requests * pieces;
    e->query = fmax(p->isl / pieces, 1.0);
    e->context = fmax(p->isl, 1.0);
    e->tokens = e->requests * e->query;
}

static void set_rows(const el_explain_source *s, el_explain *e)
{
    size_t n = el_plan_n_ops(s->plan);
    double sum = 0.0;
    el_pass pass;

    for (size_t i = 0; i < n; i++) {
        el_op op;

        el_plan_op(s->plan, i, e->requests, e->query, e->context, &op);
        if (op.total > 0.0)
            add_row(s, &op, e);
    }
    for (size_t i = 0; i < e->n; i++)
        sum += e->row[i].time_s + e->row[i].comm_s;
    el_analytic_pass(s->analytic, s->plan, s->shard, e->requests, e->query,
                     e->context, &pass);
    e->host_s = e->prefill ? pass.time_s + (e->vision ? 0.0 : s->engine->step_s)
                           : el_engine_step_s(s->engine, pass.time_s,
                                              e->requests * e->passes);
    e->host_s = fmax(e->host_s - sum, 0.0);
    e->time_s = sum + e->host_s;
    share_energy(s, &pass, e);
}

static el_status finish(const el_explain_source *source, el_explain *e,
                        el_explain *out, el_error *err)
{
    size_t n = el_plan_n_ops(source->plan);

    e->row = el_array(n ? n : 1, sizeof *e->row);
    if (!e->row)
        return el_fail(err, EL_E_NOMEM, "explain: %zu operators", n);
    set_rows(source, e);
    /* a full pipeline works on several micro-batches at once */
    e->tokens_per_s = e->tokens * (e->prefill ? 1.0 : e->passes) / e->time_s;
    e->j_per_token = e->energy_j / e->tokens;
    *out = *e;
    return EL_OK;
}

el_status el_explain_pass(const el_explain_source *source,
                          const el_point *point, bool prefill, el_explain *out,
                          el_error *err)
{
    el_explain e = {.prefill = prefill};

    set_load(source, point, &e);
    return finish(source, &e, out, err);
}

el_status el_explain_images(const el_explain_source *source,
                            const el_sight *sight, double prompts,
                            el_explain *out, el_error *err)
{
    double chunk = source->engine->chunk_tokens;
    double each = sight->n * sight->one.tokens;
    double together = fmin(fmax(1.0, floor(chunk / each)), prompts);
    el_explain e = {.prefill = true,
                    .vision = true,
                    .requests = together * sight->n * sight->one.tiles,
                    .query = sight->one.patches,
                    .context = sight->one.patches,
                    .passes = prompts / together,
                    .tokens = together * each};

    return finish(source, &e, out, err);
}

void el_explain_clear(el_explain *explain)
{
    el_free(explain->row);
    *explain = (el_explain){0};
}

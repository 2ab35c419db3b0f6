/* SPDX-License-Identifier: Apache-2.0 */
#include "model/analytic_pass.h"

#include <math.h>

#include "model/analytic_state.h"

double el_stage_gpus(const el_shard *shard)
{
    return shard->cp * fmax(shard->tp, shard->ep);
}

/* Op i of a plan as an engine runs it. */
static void engine_op(const el_engine *engine, const el_plan *plan, size_t i,
                      double b, double s, double t, el_op *out)
{
    el_plan_op(plan, i, b, s, t, out);
    out->aligned = engine->aligned;
    if (!(engine->overlap_stages > 0.0))
        return;
    out->overlap_stages = engine->overlap_stages;
    out->overlap_sm = engine->overlap_sm;
}

double el_op_serving_j(const el_device *device, const el_cost *kernel)
{
    double room = device->cap_w - device->idle_w;
    double joules = kernel->energy_j + device->busy_w * kernel->time_s;

    /* kernels were slowed down for the board's limit without busy_w */
    return fmin(joules, room * kernel->time_s);
}

/* Joules of one run, shared out by what its parts would cost one by one. */
static void kernel_joules(const el_device *d, const el_op *op,
                          const el_cost *kernel, el_pass *one)
{
    double whole, scale;

    one->weights_j = d->j_per_byte_stream * op->weight_bytes;
    one->kv_j = d->j_per_byte_kv * op->kv_bytes;
    one->compute_j =
        el_kernel_energy(d, op->flop, op->weight_bits, 0.0, op->act_bytes);
    whole = one->weights_j + one->kv_j + one->compute_j;
    if (!(whole > 0.0))
        return;
    scale = el_op_serving_j(d, kernel) / whole;
    one->weights_j *= scale;
    one->kv_j *= scale;
    one->compute_j *= scale;
}

/* Runs of one op: seconds and joules of all GPUs go to the pass. */
static void add_runs(const el_device *d, const el_op *op, double gpus,
                     el_pass *pass)
{
    double runs = op->total, all = runs * gpus;
    el_cost kernel, comm, both;
    el_pass one = {0};

    el_overlap_cost(d, op, &kernel, &comm, &both);
    kernel_joules(d, op, &kernel, &one);
    one.comm_j =
        comm.energy_j + d->busy_w * fmax(both.time_s - kernel.time_s, 0.0);
    pass->time_s += runs * both.time_s;
    pass->comm_s += runs * fmax(both.time_s - kernel.time_s, 0.0);
    pass->flop += all * op->flop;
    pass->bytes += all * (op->weight_bytes + op->kv_bytes + op->act_bytes);
    pass->weights_j += all * one.weights_j;
    pass->kv_j += all * one.kv_j;
    pass->compute_j += all * one.compute_j;
    pass->comm_j += all * one.comm_j;
}

void el_pass_add(el_pass *sum, const el_pass *p, double times)
{
    sum->time_s += times * p->time_s;
    sum->comm_s += times * p->comm_s;
    sum->weights_j += times * p->weights_j;
    sum->kv_j += times * p->kv_j;
    sum->compute_j += times * p->compute_j;
    sum->comm_j += times * p->comm_j;
    sum->flop += times * p->flop;
    sum->bytes += times * p->bytes;
}

/* Does the op work on every token, or on the last one of each request? */
static bool is_per_token(const el_op *prompt, const el_op *decode, double ratio)
{
    return prompt->act_bytes > 0.5 * ratio * decode->act_bytes;
}

void el_pass_ride(const el_device *device, const el_engine *e,
                  const el_plan *plan, double gpus, const el_ride *r,
                  el_pass *out)
{
    size_t n = el_plan_n_ops(plan);
    double ratio = r->prompts * r->query / r->decoding; /* of tokens */
    el_pass pass = {0}, without = {0};

    for (size_t i = 0; i < n; i++) {
        el_op alone, decode, both;

        engine_op(e, plan, i, r->prompts, r->query, r->seen, &alone);
        engine_op(e, plan, i, r->decoding, 1.0, r->context, &decode);
        if (alone.total <= 0.0)
            continue;
        if (decode.total <= 0.0 || alone.kind == EL_OP_ATTENTION ||
            alone.kind == EL_OP_SCAN) {
            add_runs(device, &alone, gpus, &pass);
            continue;
        }
        if (is_per_token(&alone, &decode, ratio))
            engine_op(e, plan, i, r->prompts + r->decoding / r->query, r->query,
                      r->seen, &both);
        else
            engine_op(e, plan, i, r->prompts + r->decoding, 1.0, r->context,
                      &both);
        add_runs(device, &both, gpus, &pass);
        add_runs(device, &decode, gpus, &without);
    }
    /* op by op no clamp: with the steps that are left the sum stays exact */
    el_pass_add(&pass, &without, -1.0);
    pass.time_s = fmax(pass.time_s, 0.0);
    pass.comm_s = fmax(pass.comm_s, 0.0);
    *out = pass;
}

void el_analytic_pass(const el_analytic *analytic, const el_plan *plan,
                      const el_shard *shard, double b, double s, double t,
                      el_pass *out)
{
    double gpus = el_stage_gpus(shard);
    double launches = 0.0;
    size_t n = el_plan_n_ops(plan);
    el_pass pass = {0};

    for (size_t i = 0; i < n; i++) {
        el_op op;
        engine_op(&analytic->engine, plan, i, b, s, t, &op);
        if (op.total <= 0.0)
            continue;
        launches += op.launches ? op.total : 0.0;
        add_runs(&analytic->device, &op, gpus, &pass);
    }
    if (analytic->engine.eager)
        pass.time_s =
            fmax(pass.time_s, el_eager_floor(&analytic->device, launches));
    *out = pass;
}

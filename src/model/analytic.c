/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/analytic.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/analytic_terms.h"
#include "model/facts.h"
#include "model/kernel_part.h"
#include "model/nlls.h"
#include "model/waves.h"

/* Requests of different age hold less than their full length: kappa of
 * closed12 fitted to Llama-2-13B on A100. */
#define HELD_SHARE 0.84

#define CONTEXTS 4u /* of a growing cache, at the middle of equal parts */

/* A plan and the sharding it was made for. */
typedef struct prepared {
    el_shard shard;
    el_plan *plan;
} prepared;

struct el_analytic {
    const el_graph *graph;
    el_arch_desc arch;
    el_device device;
    el_engine engine;
    const el_analytic *base; /* has the plans; NULL: this one */
    prepared *plan;
    size_t n_plan, cap;
};

/*
 * Steps cost the host time besides kernels: scheduling, sampling, handing
 * tokens out. With graphs the launches themselves are free; without, the
 * device waits for the host (el_eager_floor). Per request: what A100 and H100
 * runs of LLM-Inference-Bench (2024, batch 1 to 64) take beyond the kernels,
 * 35 to 55 us with vLLM, 35 to 40 with TensorRT-LLM; others as vLLM. Per
 * step: typical, not fitted.
 */
static const el_engine engines[] = {
    {"vLLM (eager)", true, 2e-3, 40e-6, 8192, false, 0, 0},
    {"HF", true, 5e-3, 40e-6, 1e9, false, 0, 0},
    {"vLLM", false, 1.5e-3, 40e-6, 8192, false, 0, 0},
    {"SGLang", false, 1.0e-3, 40e-6, 8192, false, 0, 0},
    {"TensorRT", false, 0.5e-3, 35e-6, 8192, false, 0, 0},
};

el_engine el_engine_find(const char *name)
{
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        char head[32];
        el_str_copy(head, sizeof head, name);
        if (strlen(head) > strlen(engines[i].name))
            head[strlen(engines[i].name)] = '\0';
        if (el_str_eq_nocase(head, engines[i].name))
            return engines[i];
    }
    return engines[2];
}

void el_facts_from_arch(const el_arch_desc *arch, const el_gpu *gpu,
                        el_facts *out)
{
    double bits = arch->weight_bits > 0.0 ? arch->weight_bits : 16.0;
    double expert_bits = arch->expert_bits > 0.0 ? arch->expert_bits : bits;
    /* tables that no token passes through are neither active nor experts */
    double tables = (arch->tied ? 0.0 : arch->hidden * arch->vocab) +
                    arch->positions * arch->hidden + arch->other_params;
    double routed = 0.0;
    el_facts f = {.layers = el_arch_layers(arch),
                  .hidden = arch->hidden,
                  .params = arch->params,
                  .active_params = arch->active_params,
                  .experts = arch->experts,
                  .top_k = arch->top_k,
                  .kv_bytes_per_token = arch->kv_bytes_per_token,
                  .estimated = arch->generic ? 1.0 : 0.0};

    f.arch = EL_ARCH_DENSE;
    if (arch->state_bytes > 0.0)
        f.arch = EL_ARCH_SSM;
    else if (arch->experts > 0.0)
        f.arch = EL_ARCH_MOE;
    if (arch->experts > arch->top_k && arch->top_k > 0.0)
        routed = (arch->params - arch->active_params - tables) /
                 (1.0 - arch->top_k / arch->experts) * expert_bits / 8.0;
    f.expert_bytes = fmin(routed, arch->weight_bytes);
    f.dense_bytes = arch->weight_bytes - f.expert_bytes;
    el_facts_take_gpu(gpu, bits, &f);
    *out = f;
}

el_status el_analytic_new(const el_graph *graph, const el_arch_desc *arch,
                          const el_device *device, const el_engine *engine,
                          el_analytic **out, el_error *err)
{
    el_analytic *a;

    if (!graph || !arch || !device || !engine || !out)
        return el_fail(err, EL_E_ARG, "analytic: NULL argument");
    a = el_array(1, sizeof *a);
    if (!a)
        return el_fail(err, EL_E_NOMEM, "analytic: out of memory");
    a->graph = graph;
    a->arch = *arch;
    a->device = *device;
    a->engine = *engine;
    *out = a;
    return EL_OK;
}

el_status el_analytic_share(const el_analytic *base, const el_device *device,
                            const el_engine *engine, el_analytic **out,
                            el_error *err)
{
    el_status st = EL_E_ARG;

    if (!base)
        return el_fail(err, st, "analytic: NULL argument");
    st = el_analytic_new(base->graph, &base->arch, device, engine, out, err);
    if (st == EL_OK)
        (*out)->base = base->base ? base->base : base;
    return st;
}

void el_analytic_free(el_analytic *analytic)
{
    if (!analytic)
        return;
    for (size_t i = 0; i < analytic->n_plan; i++)
        el_plan_free(analytic->plan[i].plan);
    el_free(analytic->plan);
    el_free(analytic);
}

static bool same_shard(const el_shard *a, const el_shard *b)
{
    return a->tp == b->tp && a->pp == b->pp && a->ep == b->ep &&
           a->cp == b->cp && a->sequence_parallel == b->sequence_parallel &&
           a->unfused == b->unfused && a->moe_comm == b->moe_comm;
}

const el_plan *el_analytic_plan(const el_analytic *analytic,
                                const el_shard *shard)
{
    if (analytic->base)
        analytic = analytic->base;
    for (size_t i = 0; i < analytic->n_plan; i++) {
        if (same_shard(&analytic->plan[i].shard, shard))
            return analytic->plan[i].plan;
    }
    return NULL;
}

el_status el_analytic_prepare(el_analytic *analytic, const el_shard *shard,
                              el_error *err)
{
    prepared *grown;
    el_plan *plan = NULL;
    el_status st;

    if (el_analytic_plan(analytic, shard))
        return EL_OK;
    grown = el_grow(analytic->plan, &analytic->cap, analytic->n_plan + 1,
                    sizeof *grown);
    if (!grown)
        return el_fail(err, EL_E_NOMEM, "analytic: out of memory");
    analytic->plan = grown;
    st = el_plan_make(analytic->graph, &analytic->arch, shard, &plan, err);
    if (st == EL_OK)
        grown[analytic->n_plan++] = (prepared){*shard, plan};
    return st;
}

el_shard el_point_shard(const el_point *point)
{
    el_shard s = {.tp = point->tp, .pp = point->pp, .ep = point->ep, .cp = 1.0};

    /* Engines that spread experts over the GPUs of one replica shard its
     * attention over them too; some logs then write tp = 1. */
    if (point->dp == 1.0 && s.ep > s.tp)
        s.tp = s.ep;
    return s;
}

double el_op_serving_j(const el_device *device, const el_op *op,
                       const el_cost *kernel)
{
    const el_serving_power *busy =
        op->weight_bits <= 8.0 ? &device->serving_8 : &device->serving_16;
    double flop = op->flop;
    double bytes = op->weight_bytes + op->kv_bytes + op->act_bytes;
    double joules;

    if (!el_is_known(busy->w))
        return kernel->energy_j;
    if (op->kind == EL_OP_MOE) { /* of the experts that tokens reach */
        flop =
            kernel->flop_s_bound * el_math_of(device, op->weight_bits).flop_s;
        bytes = kernel->bytes_s_bound * device->bw_bytes_s;
    }
    joules = (busy->w - device->idle_w) * kernel->time_s +
             busy->j_per_flop * flop + busy->j_per_byte * bytes;
    /* the line was fitted below the board's limit and knows nothing of it */
    return fmin(joules, (device->cap_w - device->idle_w) * kernel->time_s);
}

/* Joules of one run, shared out by what its parts would cost one by one. */
static void kernel_joules(const el_device *d, const el_op *op,
                          const el_cost *kernel, el_pass *one)
{
    double whole, scale;

    one->weights_j = el_kernel_energy(d, 0.0, 16.0, op->weight_bytes, 0.0);
    one->kv_j = el_kernel_energy(d, 0.0, 16.0, op->kv_bytes, 0.0);
    one->compute_j =
        el_kernel_energy(d, op->flop, op->weight_bits, 0.0, op->act_bytes);
    whole = one->weights_j + one->kv_j + one->compute_j;
    if (!(whole > 0.0))
        return;
    scale = el_op_serving_j(d, op, kernel) / whole;
    one->weights_j *= scale;
    one->kv_j *= scale;
    one->compute_j *= scale;
}

/* Runs of one op: seconds and joules of all GPUs go to the pass. */
static void add_op(const el_analytic *a, const el_op *op, double gpus,
                   el_pass *pass)
{
    const el_device *d = &a->device;
    double runs = op->total, all = runs * gpus;
    el_cost kernel, comm, both;
    el_pass one = {0};

    el_overlap_cost(d, op, &kernel, &comm, &both);
    kernel_joules(d, op, &kernel, &one);
    one.comm_j = comm.energy_j;
    if (el_is_known(d->serving_16.w)) /* SMs spin as if they worked */
        one.comm_j = (d->serving_16.w - d->idle_w) *
                     fmax(both.time_s - kernel.time_s, 0.0);
    pass->time_s += runs * both.time_s;
    pass->comm_s += runs * fmax(both.time_s - kernel.time_s, 0.0);
    pass->flop += all * op->flop;
    pass->bytes += all * (op->weight_bytes + op->kv_bytes + op->act_bytes);
    pass->weights_j += all * one.weights_j;
    pass->kv_j += all * one.kv_j;
    pass->compute_j += all * one.compute_j;
    pass->comm_j += all * one.comm_j;
}

void el_analytic_pass(const el_analytic *analytic, const el_plan *plan,
                      const el_shard *shard, double b, double s, double t,
                      el_pass *out)
{
    double gpus = shard->cp * fmax(shard->tp, shard->ep);
    double launches = 0.0;
    size_t n = el_plan_n_ops(plan);
    el_pass pass = {0};

    for (size_t i = 0; i < n; i++) {
        el_op op;
        el_plan_op(plan, i, b, s, t, &op);
        if (op.total <= 0.0)
            continue;
        if (analytic->engine.overlap_stages > 0.0) {
            op.overlap_stages = analytic->engine.overlap_stages;
            op.overlap_sm = analytic->engine.overlap_sm;
        }
        launches += op.launches ? op.total : 0.0;
        add_op(analytic, &op, gpus, &pass);
    }
    if (analytic->engine.eager)
        pass.time_s =
            fmax(pass.time_s, el_eager_floor(&analytic->device, launches));
    *out = pass;
}

static void accumulate(el_pass *sum, const el_pass *p, double times)
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

/* Prompts of n requests, in chunks, one after another. Pipeline stages work
 * on following chunks meanwhile. */
static void prefill(const el_analytic *a, const el_plan *plan,
                    const el_shard *shard, double n, double isl, el_pass *out)
{
    double together = fmax(1.0, floor(a->engine.chunk_tokens / isl));
    double pieces = fmin(ceil(isl / a->engine.chunk_tokens), 64.0);
    double passes, s = isl / pieces;
    el_pass p;

    memset(out, 0, sizeof *out);
    together = fmin(together, n);
    passes = n / together;
    for (size_t k = 1; k <= (size_t)pieces; k++) {
        el_analytic_pass(a, plan, shard, together, fmax(s, 1.0), (double)k * s,
                         &p);
        p.time_s += a->engine.step_s;
        accumulate(out, &p, passes);
    }
    /* P stages busy at once: the last chunk leaves P - 1 stages later */
    passes *= pieces;
    out->time_s *= (passes + shard->pp - 1.0) / (passes * shard->pp);
}

/* Mean step of b requests while their caches grow over the answer. */
static void decode_step(const el_analytic *a, const el_plan *plan,
                        const el_shard *shard, double b, double isl, double osl,
                        el_pass *out)
{
    double micro = fmin(shard->pp, fmax(b, 1.0)); /* batches in the pipe */
    el_pass p;

    memset(out, 0, sizeof *out);
    for (size_t k = 0; k < CONTEXTS; k++) {
        double t = isl + osl * ((double)k + 0.5) / (double)CONTEXTS;
        el_analytic_pass(a, plan, shard, b / micro, 1.0, t, &p);
        accumulate(out, &p, 1.0 / (double)CONTEXTS);
    }
    out->time_s += a->engine.step_s + b * a->engine.request_step_s;
    out->weights_j *= micro;
    out->kv_j *= micro;
    out->compute_j *= micro;
    out->comm_j *= micro;
    out->flop *= micro;
    out->bytes *= micro;
}

/* Requests beyond what the cache holds wait for a place: smooth max(1, x). */
static double cache_waves(const el_analytic *a, const el_phases *f)
{
    double room = EL_ENGINE_MEMORY * a->device.memory_bytes - f->weight_bytes -
                  EL_RUNTIME_BYTES;

    if (f->point.steady || room <= f->cache_bytes || f->cache_bytes <= 0.0)
        return 1.0;
    /* rounding must not make 4 requests 4.000000001: tiles would be 5 */
    return fmax(1.0,
                el_waves(HELD_SHARE * f->point.batch * f->cache_bytes / room));
}

el_status el_analytic_predict(const el_analytic *analytic,
                              const el_point *point, const char *workload,
                              double batch_size, el_prediction *out,
                              el_error *err)
{
    el_shard shard = el_point_shard(point);
    const el_plan *plan;
    double isl =
        el_is_known(point->isl) ? point->isl : el_workload_prompt(workload);
    el_phases f = {.point = *point, .isl = isl, .batch_size = batch_size};

    shard.unfused = analytic->engine.unfused;
    plan = el_analytic_plan(analytic, &shard);
    if (!plan)
        return el_fail(err, EL_E_DATA,
                       "analytic: tp %g pp %g ep %g was not prepared", shard.tp,
                       shard.pp, shard.ep);
    f.gpus = el_plan_gpus(plan);
    f.weight_bytes = el_plan_weight_bytes(plan);
    f.cache_bytes = el_plan_cache_bytes(plan, isl + point->osl);
    f.waves = cache_waves(analytic, &f);
    decode_step(analytic, plan, &shard, point->batch / f.waves, isl, point->osl,
                &f.step);
    prefill(analytic, plan, &shard, point->steady ? 1.0 : point->batch, isl,
            &f.prefill);
    el_phases_predict(&f, &analytic->arch, &analytic->device, out);
    return EL_OK;
}

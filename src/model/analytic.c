/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/analytic.h"

#include <math.h>
#include <string.h>

#include "model/analytic_pass.h"
#include "model/analytic_state.h"
#include "model/analytic_terms.h"
#include "model/calibration.h"
#include "model/facts.h"
#include "model/kernel_part.h"
#include "model/nlls.h"
#include "model/waves.h"

/* Requests of different age hold less than their full length: kappa of
 * closed12 fitted to Llama-2-13B on A100. */
#define HELD_SHARE 0.84

/*
 * Variance of an answer's length over its squared mean: 0.59, 0.51, 0.42 in the
 * conversations of Azure 2023, Mooncake and Vidur's Splitwise trace. Long
 * answers are in flight for longer, so that those seen in a steady flow are
 * (1 + CV^2) / 2 of the mean length old.
 */
#define ANSWER_CV2 0.51

#define CONTEXTS 4u /* of a growing cache, at the middle of equal parts */

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
        el_pass_add(out, &p, passes);
    }
    /* P stages busy at once: the last chunk leaves P - 1 stages later */
    passes *= pieces;
    out->time_s *= (passes + shard->pp - 1.0) / (passes * shard->pp);
}

/*
 * One prompt of a steady flow: it joins steps of the b requests in flight,
 * which read the weights anyway. Prompts that arrive within one step join it
 * together; those that find none run apart.
 */
static void join(const el_analytic *a, const el_plan *plan,
                 const el_shard *shard, const el_point *point, double isl,
                 el_pass *out)
{
    double chunk = a->engine.chunk_tokens;
    double steps = (point->osl - 1.0) / point->batch; /* for each prompt */
    double most = fmax(1.0, floor(chunk / isl));
    double n = fmin(fmax(1.0 / steps, 1.0), most);
    double pieces = fmin(ceil(isl / chunk), 64.0), s = fmax(isl / pieces, 1.0);
    double share = fmin(steps * n / pieces, 1.0);
    el_pass p;

    memset(out, 0, sizeof *out);
    if (share < 1.0) {
        prefill(a, plan, shard, most, isl, &p);
        el_pass_add(out, &p, (1.0 - share) / most);
    }
    for (size_t k = 1; k <= (size_t)pieces; k++) {
        el_ride ride = {.decoding = point->batch,
                        .context = isl + 0.5 * point->osl,
                        .prompts = n,
                        .query = s,
                        .seen = (double)k * s};

        el_pass_ride(&a->device, &a->engine, plan, el_stage_gpus(shard), &ride,
                     &p);
        el_pass_add(out, &p, share / n);
    }
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
        el_pass_add(out, &p, 1.0 / (double)CONTEXTS);
    }
    out->time_s = el_engine_step_s(&a->engine, out->time_s, b);
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

    if (f->point.steady || f->cache_bytes <= 0.0 ||
        el_phases_lack(f, &a->device) > 0.0) /* as if it did fit */
        return 1.0;
    if (room <= f->cache_bytes) /* it fits, with nothing beside it */
        return f->point.batch;
    /* rounding must not make 4 requests 4.000000001: tiles would be 5 */
    return fmax(1.0,
                el_waves(HELD_SHARE * f->point.batch * f->cache_bytes / room));
}

/* Tower and prompts. isl is that of the phases. */
static void read_prompts(const el_analytic *a, const el_plan *plan,
                         const el_shard *shard, const el_sight *sight,
                         el_phases *f)
{
    const el_point *p = &f->point;
    double prompts = p->steady ? 1.0 : p->batch;

    f->joins = p->steady && p->batch > 1.0 && p->osl > 1.0 &&
               shard->pp == 1.0 && !a->engine.eager;
    if (f->joins)
        join(a, plan, shard, p, f->isl, &f->prefill);
    else
        prefill(a, plan, shard, prompts, f->isl, &f->prefill);
    if (!(sight->n > 0.0))
        return;
    el_sight_pass(a, shard, sight, prompts, a->engine.chunk_tokens, &f->vision);
    el_pass_add(&f->prefill, &f->vision, 1.0);
}

el_status el_analytic_predict(const el_analytic *analytic,
                              const el_point *point, const char *workload,
                              double batch_size, el_prediction *out,
                              el_error *err)
{
    el_shard shard = el_point_shard(point);
    el_phases f = {
        .point = *point, .isl = point->isl, .batch_size = batch_size};
    const el_plan *plan;
    double grown;
    el_sight sight;
    el_status st;

    st = el_sight_of(&analytic->arch, point, workload, &sight, err);
    if (st != EL_OK)
        return st;
    shard.unfused = analytic->engine.unfused;
    shard.images = sight.n > 0.0 && analytic->arch.kv_bytes_per_image > 0.0;
    plan = el_analytic_plan(analytic, &shard);
    if (!plan)
        return el_fail(err, EL_E_DATA,
                       "analytic: tp %g pp %g ep %g was not prepared", shard.tp,
                       shard.pp, shard.ep);
    if (!el_is_known(point->isl))
        f.isl = sight.joins + el_workload_prompt(sight.n > 0.0 ? "" : workload);
    f.gpus = el_plan_gpus(plan);
    f.weight_bytes = el_analytic_weight_bytes(analytic, &shard);
    f.cache_bytes = el_plan_cache_bytes(plan, f.isl + point->osl);
    f.waves = cache_waves(analytic, &f);
    grown = point->osl * (point->steady ? 1.0 + ANSWER_CV2 : 1.0);
    decode_step(analytic, plan, &shard, point->batch / f.waves, f.isl, grown,
                &f.step);
    read_prompts(analytic, plan, &shard, &sight, &f);
    f.sight = sight;
    el_phases_predict(&f, &analytic->arch, &analytic->device, out);
    if (analytic->calibration)
        el_calibration_apply(analytic->calibration, point, workload, out);
    return EL_OK;
}

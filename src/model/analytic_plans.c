/* SPDX-License-Identifier: Apache-2.0 */
/* Networks lowered once per sharding, their towers beside them. */
#include <math.h>

#include "base/mem.h"
#include "model/analytic_state.h"
#include "model/analytic_terms.h"

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

/* Engines run towers without graphs, in the step of the prompt. */
static el_engine tower_engine(const el_engine *text)
{
    el_engine e = *text;

    e.eager = true;
    e.step_s = 0.0;
    return e;
}

static el_status share_one(const el_analytic *base, const el_device *device,
                           const el_engine *engine, el_analytic **out,
                           el_error *err)
{
    el_status st =
        el_analytic_new(base->graph, &base->arch, device, engine, out, err);

    if (st == EL_OK)
        (*out)->base = base->base ? base->base : base;
    return st;
}

el_status el_analytic_share(const el_analytic *base, const el_device *device,
                            const el_engine *engine, el_analytic **out,
                            el_error *err)
{
    el_analytic *made = NULL;
    el_engine seeing;
    el_status st;

    if (!base || !device || !engine || !out)
        return el_fail(err, EL_E_ARG, "analytic: NULL argument");
    st = share_one(base, device, engine, &made, err);
    seeing = tower_engine(engine);
    if (st == EL_OK && base->tower)
        st = share_one(base->tower, device, &seeing, &made->tower, err);
    if (st == EL_OK)
        *out = made;
    else
        el_analytic_free(made);
    return st;
}

static void free_one(el_analytic *analytic)
{
    if (!analytic)
        return;
    for (size_t i = 0; i < analytic->n_plan; i++)
        el_plan_free(analytic->plan[i].plan);
    el_calibration_free(analytic->calibration);
    el_free(analytic->plan);
    el_free(analytic);
}

void el_analytic_free(el_analytic *analytic)
{
    if (analytic)
        free_one(analytic->tower);
    free_one(analytic);
}

static bool same_shard(const el_shard *a, const el_shard *b)
{
    return a->tp == b->tp && a->pp == b->pp && a->ep == b->ep &&
           a->cp == b->cp && a->sequence_parallel == b->sequence_parallel &&
           a->unfused == b->unfused && a->moe_comm == b->moe_comm &&
           a->images == b->images;
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

static el_status prepare_one(el_analytic *a, const el_shard *shard,
                             el_error *err)
{
    prepared *grown;
    el_plan *plan = NULL;
    el_status st;

    if (el_analytic_plan(a, shard))
        return EL_OK;
    grown = el_grow(a->plan, &a->cap, a->n_plan + 1, sizeof *grown);
    if (!grown)
        return el_fail(err, EL_E_NOMEM, "analytic: out of memory");
    a->plan = grown;
    st = el_plan_make(a->graph, &a->arch, shard, &plan, err);
    if (st == EL_OK)
        grown[a->n_plan++] = (prepared){*shard, plan};
    return st;
}

/* Text that crosses to images is lowered with them and without. */
el_status el_analytic_prepare(el_analytic *analytic, const el_shard *shard,
                              el_error *err)
{
    el_shard spread = el_tower_shard(shard), seeing = *shard;
    el_status st = prepare_one(analytic, shard, err);

    seeing.images = true;
    if (st == EL_OK && analytic->arch.kv_bytes_per_image > 0.0)
        st = prepare_one(analytic, &seeing, err);
    if (st != EL_OK || !analytic->tower)
        return st;
    return prepare_one(analytic->tower, &spread, err);
}

el_status el_analytic_set_tower(el_analytic *analytic, const el_graph *tower,
                                el_error *err)
{
    static const el_shard whole = {
        .tp = 1, .pp = 1, .ep = 1, .cp = 1, .images = true};
    el_engine engine;
    el_analytic *made = NULL;
    el_status st;

    if (!analytic || !tower || analytic->tower)
        return el_fail(err, EL_E_ARG, "analytic: tower: NULL, or there is one");
    engine = tower_engine(&analytic->engine);
    st = el_analytic_new(tower, &analytic->arch, &analytic->device, &engine,
                         &made, err);
    if (st != EL_OK)
        return st;
    st = prepare_one(made, &whole, err);
    if (st == EL_OK)
        analytic->tower = made;
    else
        el_analytic_free(made);
    return st == EL_E_DATA ? EL_OK : st;
}

const el_analytic *el_analytic_tower(const el_analytic *analytic)
{
    return analytic->tower;
}

double el_analytic_weight_bytes(const el_analytic *analytic,
                                const el_shard *shard)
{
    el_shard spread = el_tower_shard(shard);
    double bytes = el_plan_weight_bytes(el_analytic_plan(analytic, shard));

    if (analytic->tower)
        bytes +=
            el_plan_weight_bytes(el_analytic_plan(analytic->tower, &spread));
    return bytes;
}

el_calibration *el_analytic_swap_calibration(el_analytic *analytic,
                                             el_calibration *calibration)
{
    el_calibration *before = analytic->calibration;

    analytic->calibration = calibration;
    return before;
}

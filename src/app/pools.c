/* SPDX-License-Identifier: Apache-2.0 */
#include "app/pools.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define LARGE_BYTES 1e9 /* a transfer whose start does not count */

/* Parts that tensor parallelism splits a cache into: KV heads; a latent is
 * held whole by every GPU. */
static double cache_parts(const el_arch_desc *arch)
{
    double parts = INFINITY;

    for (size_t i = 0; i < arch->n_block; i++) {
        const el_arch_block *b = &arch->block[i];
        if (b->mixer == EL_MIXER_MLA)
            parts = 1.0;
        else if (b->mixer == EL_MIXER_GQA && b->kv_heads > 0.0)
            parts = fmin(parts, b->kv_heads);
    }
    return parts;
}

static void take_arch(const el_arch_desc *arch, double isl, el_kv_link *out)
{
    out->kv_bytes = el_arch_kv_bytes(arch, isl) + arch->state_bytes;
    out->kv_parts = cache_parts(arch);
}

/* A fit says how many bytes a token holds; the catalogue knows the shape. */
static void take_facts(const el_ask_state *s, size_t i, double isl,
                       el_kv_link *out)
{
    const el_llm *llm =
        el_catalog_find_llm(s->catalog, s->setups.setup[i].key.model_slug);
    el_arch_desc arch;

    out->kv_bytes = el_facts_kv_read_bytes(&s->setups.query[i].facts, isl);
    out->kv_parts = INFINITY;
    if (llm && el_arch_from_llm(llm, &arch, NULL) == EL_OK && !arch.generic)
        take_arch(&arch, isl, out);
}

static double send_s(const el_device *device, double bytes)
{
    el_cost cost;

    el_comm_cost(device, EL_COMM_SEND, bytes, 2.0, 0.0, &cost);
    return cost.time_s;
}

static void take_device(const el_device *device, double nic_bytes_s,
                        el_kv_link *out)
{
    out->near_start_s = send_s(device, 1.0);
    out->near_bytes_s =
        LARGE_BYTES / (send_s(device, LARGE_BYTES) - out->near_start_s);
    out->far_start_s = device->net_alpha_s;
    out->far_bytes_s =
        el_is_known(nic_bytes_s) ? nic_bytes_s : device->net_bytes_s;
    out->j_per_byte = 2.0 * device->link_j_per_byte; /* both ends */
}

static el_status link_of(const el_ask_state *s, size_t i, double nic_bytes_s,
                         el_kv_link *out, el_error *err)
{
    const el_analytic_state *analytic = el_setup_analytic(&s->setups, i);
    const el_gpu *gpu;
    el_device device;
    el_status st;

    if (analytic) {
        take_arch(&analytic->arch, s->query.isl, out);
        take_device(&analytic->device, nic_bytes_s, out);
        return EL_OK;
    }
    take_facts(s, i, s->query.isl, out);
    st = el_catalog_need_gpu(s->catalog, s->setups.setup[i].key.gpu, &gpu, err);
    if (st == EL_OK)
        st = el_device_make(gpu, EL_UNKNOWN, EL_UNKNOWN, &device, err);
    if (st == EL_OK)
        take_device(&device, nic_bytes_s, out);
    return st;
}

/* Setups whose pools can hand caches to each other: the first such one. */
static size_t kind_of(const el_ask_state *s, size_t i)
{
    static const el_setup_axis same[] = {EL_SETUP_PRECISION, EL_SETUP_KV_CACHE,
                                         EL_SETUP_ENGINE};
    const el_setup *setup = s->setups.setup;
    size_t j = 0;

    for (; j < i; j++) {
        size_t k = 0;
        while (k < 3 &&
               strcmp(setup[i].value[same[k]], setup[j].value[same[k]]) == 0)
            k++;
        if (k == 3)
            break;
    }
    return j;
}

el_status el_pools_find(const el_ask_state *state, double nic_bytes_s,
                        const el_optimize_result *result, el_pools_answer *out,
                        el_error *err)
{
    size_t n = state->setups.n;
    el_kv_link *link = el_array(n, sizeof *link);
    size_t *kind = el_array(n, sizeof *kind);
    el_pools_answer a = {.has_verdict = false};
    el_status st = EL_OK;

    if (!link || !kind)
        st = el_fail(err, EL_E_NOMEM, "pools: %zu setups", n);
    for (size_t i = 0; st == EL_OK && i < n; i++) {
        kind[i] = kind_of(state, i);
        st = link_of(state, i, nic_bytes_s, &link[i], err);
    }
    if (st == EL_OK)
        st = el_disaggregate(state->setups.query, link, kind, n, &a.plan, err);
    el_free(kind);
    el_free(link);
    if (st != EL_OK)
        return st;
    a.has_verdict = el_disaggregate_verdict(
        result->n_feasible ? result->candidate : NULL, &a.plan, &a.verdict);
    *out = a;
    return EL_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What one row of a table measured: whose, at which point, fit for use. */
#include <string.h>

#include "base/str.h"
#include "energylens/group.h"
#include "model/name_format.h"

/* Tags that make a row unfit for fitting (product.md); all others are kept
 * and counted. */
static const char *const dropping_tag[] = {"bad_latency", "avg_power_outlier",
                                           "parallelism_unclear_replicas",
                                           "power_exceeds_tdp_suspect"};

bool el_group_key_equal(const el_group_key *a, const el_group_key *b)
{
    return el_str_eq_nocase(a->model, b->model) &&
           el_str_eq_nocase(a->gpu, b->gpu) &&
           el_str_eq_nocase(a->precision, b->precision) &&
           el_str_eq_nocase(a->engine, b->engine);
}

/* Fine-tunes share their base's shape, not its name. */
static const char *architecture(const el_llm *llm)
{
    return llm->base && *llm->base ? llm->base : llm->slug;
}

el_status el_row_resolve(const el_row *row, const el_catalog *catalog,
                         el_group_key *key, el_facts *facts, el_error *err)
{
    const el_llm *llm =
        catalog ? el_catalog_find_llm(catalog, row->model) : NULL;
    const el_gpu *gpu = catalog ? el_catalog_find_gpu(catalog, row->gpu) : NULL;
    el_facts_hint hint = {row->params, row->active_params, row->arch};
    const char *precision =
        *row->precision ? row->precision : el_name_format(row->model);
    el_group_key k = {0};
    el_status st;

    st = el_facts_make(llm, gpu, precision, &hint, facts, err);
    if (st != EL_OK)
        return el_fail(err, st,
                       "%s:%zu: model \"%.80s\" is not in the catalogue and "
                       "params_b is blank",
                       row->file, row->line, row->model);
    el_str_copy(k.model, sizeof k.model, llm ? llm->slug : row->model);
    el_str_copy(k.model_slug, sizeof k.model_slug,
                llm ? architecture(llm) : "");
    el_str_copy(k.gpu, sizeof k.gpu, gpu ? gpu->slug : row->gpu);
    el_str_copy(k.precision, sizeof k.precision, precision);
    el_str_copy(k.engine, sizeof k.engine, row->engine);
    *key = k;
    return EL_OK;
}

el_point el_row_point(const el_row *row)
{
    bool measured_batch = el_is_known(row->avg_batch);
    el_point p = {.tp = row->tp,
                  .pp = row->pp,
                  .ep = row->ep,
                  .dp = row->dp,
                  .batch = row->batch_size,
                  .isl = row->input_tokens,
                  .osl = row->output_tokens,
                  .workload = -1,
                  .images = row->images};

    p.images.tokens = row->vision_tokens;
    if (row->requests >= row->dp)
        p.requests = row->requests / row->dp;
    /* a run of fewer requests than slots never fills them */
    if (p.requests > 0.0)
        p.batch = fmin(p.batch, p.requests);
    if (measured_batch)
        p.batch = row->avg_batch;
    /* A long run at constant concurrency: the engine admits what fits, and
     * start-up is a small part of it. Sets without prompt lengths are such. */
    p.steady = measured_batch || !el_is_known(row->input_tokens);
    if (p.steady)
        p.requests = 0.0;
    return p;
}

double el_sample_target(const el_sample *sample, el_target target)
{
    switch (target) {
    case EL_TARGET_ENERGY:
        return sample->energy_j;
    case EL_TARGET_LATENCY:
        return sample->latency_s;
    case EL_TARGET_TTFT:
        return sample->ttft_s;
    case EL_TARGET_ITL:
        return sample->itl_s;
    case EL_N_TARGETS:
        break;
    }
    return EL_UNKNOWN;
}

static bool has_tag(const char *flags, const char *tag)
{
    size_t n = strlen(tag);

    while (*flags) {
        size_t len = strcspn(flags, ";");
        if (len == n && strncmp(flags, tag, n) == 0)
            return true;
        flags += len + (flags[len] == ';');
    }
    return false;
}

bool el_row_is_flagged(const el_row *row)
{
    size_t n = sizeof dropping_tag / sizeof *dropping_tag;

    for (size_t i = 0; i < n; i++) {
        if (has_tag(row->quality_flag, dropping_tag[i]))
            return true;
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* From nothing but config.json, or a catalogue entry: one H100. */
#include <math.h>
#include <string.h>

#include "app/analytic.h"
#include "app/sweetspot_part.h"
#include "base/str.h"
#include "energylens/files.h"
#include "io/hf_config.h"

#define THE_GPU "h100-sxm5-80gb"

/* What the constants were fitted on; a grid beyond it is extrapolated. */
static const el_length_range published = {64.0, 4096.0, 64.0, 4096.0};

static el_status read_arch(const el_catalog *catalog, const char *model,
                           el_arch_desc *arch, el_group_key *key, el_error *err)
{
    const el_llm *llm = NULL;
    el_status st;

    if (el_model_is_path(model)) {
        st = el_hf_config_read(model, arch, err);
    } else {
        st = el_catalog_need_llm(catalog, model, &llm, err);
        if (st == EL_OK)
            st = el_arch_from_llm(llm, arch, err);
    }
    if (st == EL_OK)
        el_str_copy(key->model, sizeof key->model,
                    llm ? llm->slug : arch->name);
    return st;
}

static el_status make_curve(const el_sweetspot_ask *ask, el_group_key *key,
                            el_sweetspot *curve, el_error *err)
{
    el_catalog *catalog = NULL;
    const el_gpu *gpu = NULL;
    el_arch_desc arch;
    el_facts facts;
    el_status st = el_catalog_load(ask->catalog_dir, &catalog, err);

    if (st == EL_OK)
        st = read_arch(catalog, ask->model, &arch, key, err);
    if (st == EL_OK && ask->precision)
        st = el_arch_quantise(&arch, el_weight_format(ask->precision), NULL,
                              err);
    if (st == EL_OK)
        st = el_catalog_need_gpu(catalog, THE_GPU, &gpu, err);
    if (st == EL_OK) {
        el_facts_from_arch(&arch, gpu, &facts);
        st = el_sweetspot_from_arch(&arch, &facts, curve, err);
    }
    el_catalog_free(catalog);
    return st;
}

static bool leaves(const el_length_grid *g)
{
    return g->isl[0] < published.isl_lo ||
           g->isl[g->n_isl - 1] > published.isl_hi ||
           g->osl[0] < published.osl_lo ||
           g->osl[g->n_osl - 1] > published.osl_hi;
}

el_status el_sweetspot_from_shape(const el_sweetspot_ask *ask,
                                  el_sweetspot_answer *out, el_error *err)
{
    el_surface *surface = NULL;
    el_sweetspot curve;
    el_status st;

    if (ask->batch.n > 0 || ask->tp.n > 0 || ask->engine)
        return el_fail(err, EL_E_ARG,
                       "--batch, --tp and --engine need --gpu: a model alone "
                       "is taken on one H100 under TensorRT-LLM, batch up to "
                       "1,024");
    st = make_curve(ask, &out->key, &curve, err);
    if (st != EL_OK)
        return st;
    out->basis = EL_BASIS_SHAPE;
    el_str_copy(out->key.gpu, sizeof out->key.gpu, THE_GPU);
    el_str_copy(out->key.precision, sizeof out->key.precision,
                EL_DEFAULT_PRECISION);
    el_str_copy(out->key.engine, sizeof out->key.engine, "TensorRT-LLM");
    st = el_sweetspot_grid(ask, &published, out, err);
    if (st == EL_OK)
        st = el_sweetspot_add(out, 1.0, EL_UNKNOWN, &surface, err);
    if (st != EL_OK)
        return st;
    el_surface_fill(surface, &curve, EL_SWEETSPOT_ARCH_LN);
    surface->source = EL_SOURCE_MODELLED;
    el_sweetspot_note(out, "from the shape alone: batch up to 1,024, as many "
                           "as the cache holds");
    if (leaves(&out->grid))
        el_sweetspot_note(out, "bands hold for lengths 64 to 4,096 and are too "
                               "narrow beyond");
    return EL_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "app/analytic.h"

#include <string.h>

#include "app/measured.h"
#include "base/str.h"
#include "io/arch_text.h"
#include "io/hf_config.h"
#include "model/name_format.h"

bool el_model_is_path(const char *model)
{
    return model[0] == '/' || model[0] == '.' ||
           el_str_ends_nocase(model, ".json");
}

const char *el_precision_of(const char *precision, const char *model)
{
    const char *said =
        model && !el_model_is_path(model) ? el_name_format(model) : "";

    if (precision && *precision)
        return precision;
    return *said ? said : EL_DEFAULT_PRECISION;
}

const char *el_weight_format(const char *precision)
{
    static const char *const plain[] = {
        "", "auto", "bfloat16", "float16", "bf16", "fp16", "bfloat16/float16"};

    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (el_str_eq_nocase(precision, plain[i]))
            return NULL;
    }
    return precision;
}

static el_status read_shape(const el_catalog *catalog,
                            const el_analytic_wish *wish, el_analytic_state *s,
                            el_error *err)
{
    const el_llm *llm = NULL;
    el_status st;

    if (el_model_is_path(wish->model)) {
        st = el_hf_config_read(wish->model, &s->arch, err);
    } else {
        st = el_catalog_need_llm(catalog, wish->model, &llm, err);
        if (st == EL_OK)
            st = el_arch_from_llm(llm, &s->arch, err);
    }
    if (st == EL_OK)
        st = el_arch_quantise(&s->arch, el_weight_format(wish->precision),
                              wish->kv, err);
    if (st != EL_OK)
        return st;
    el_str_copy(s->key.model, sizeof s->key.model,
                llm ? llm->slug : s->arch.name);
    el_str_copy(s->key.model_slug, sizeof s->key.model_slug,
                llm ? llm->slug : "");
    return EL_OK;
}

static el_status read_graph(const el_analytic_wish *wish, el_analytic_state *s,
                            el_error *err)
{
    bool own = wish->arch_path && *wish->arch_path;
    el_buf text = {0};
    el_status st = own ? el_arch_describe_file(wish->arch_path, &text, err)
                       : el_arch_describe(&s->arch, &text, err);

    if (st == EL_OK)
        st = el_graph_parse(el_buf_text(&text), text.len,
                            own ? wish->arch_path : s->arch.name, &s->graph,
                            err);
    el_buf_clear(&text);
    return st;
}

/* Images of a network that is described by its user pass no tower. */
static el_status read_tower(const el_analytic_wish *wish, el_analytic_state *s,
                            el_error *err)
{
    el_buf text = {0};
    el_status st;

    if ((wish->arch_path && *wish->arch_path) || !(s->arch.vision.layers > 0.0))
        return EL_OK;
    st = el_arch_describe_vision(&s->arch, &text, err);
    if (st == EL_OK)
        st = el_graph_parse(el_buf_text(&text), text.len, s->arch.name,
                            &s->tower, err);
    el_buf_clear(&text);
    return st;
}

/* Network and plans of the base. */
static void take_base(el_analytic_state *base, el_analytic_state *s)
{
    s->base = base;
    s->arch = base->arch;
    s->key = base->key;
}

static el_status make_analytic(el_analytic_state *s, el_error *err)
{
    el_status st;

    if (s->base)
        return el_analytic_share(s->base->analytic, &s->device, &s->engine,
                                 &s->analytic, err);
    st = el_analytic_new(s->graph, &s->arch, &s->device, &s->engine,
                         &s->analytic, err);
    if (st == EL_OK && s->tower)
        st = el_analytic_set_tower(s->analytic, s->tower, err);
    return st;
}

static el_status open_all(const el_catalog *catalog,
                          const el_analytic_wish *wish, el_analytic_state *base,
                          el_analytic_state *s, el_error *err)
{
    const el_gpu *gpu = NULL;
    el_status st = EL_OK;

    if (base)
        take_base(base, s);
    else
        st = read_shape(catalog, wish, s, err);
    if (st == EL_OK)
        st = el_catalog_need_gpu(catalog, wish->gpu, &gpu, err);
    if (st == EL_OK)
        st = el_device_make(gpu, wish->clock_hz, wish->cap_w, &s->device, err);
    if (st == EL_OK)
        st = el_measured_apply(wish->measured, gpu, &s->device, err);
    if (st == EL_OK && !base)
        st = read_graph(wish, s, err);
    if (st == EL_OK && !base)
        st = read_tower(wish, s, err);
    if (st != EL_OK)
        return st;
    el_str_copy(s->key.gpu, sizeof s->key.gpu, gpu->slug);
    el_str_copy(s->key.precision, sizeof s->key.precision, wish->precision);
    el_str_copy(s->key.engine, sizeof s->key.engine, wish->engine);
    el_facts_from_arch(&s->arch, gpu, &s->facts);
    s->engine = el_engine_find(wish->engine);
    s->engine.unfused = wish->unfused;
    s->engine.overlap_stages = wish->overlap_stages;
    s->engine.overlap_sm = wish->overlap_sm;
    return make_analytic(s, err);
}

el_status el_analytic_open(const el_catalog *catalog,
                           const el_analytic_wish *wish, el_analytic_state *out,
                           el_error *err)
{
    return el_analytic_open_like(catalog, wish, NULL, out, err);
}

el_status el_analytic_open_like(const el_catalog *catalog,
                                const el_analytic_wish *wish,
                                el_analytic_state *base, el_analytic_state *out,
                                el_error *err)
{
    el_analytic_wish w = *wish;
    el_status st;

    memset(out, 0, sizeof *out);
    w.precision = el_precision_of(w.precision, w.model);
    w.engine = w.engine && *w.engine ? w.engine : "vLLM";
    if (!w.model || !w.gpu)
        return el_fail(err, EL_E_ARG, "%s: needed without --fit",
                       w.model ? "--gpu" : "--model");
    st = open_all(catalog, &w, base, out, err);
    if (st != EL_OK)
        el_analytic_close(out);
    return st;
}

void el_analytic_close(el_analytic_state *state)
{
    el_analytic_free(state->analytic);
    el_graph_free(state->graph);
    el_graph_free(state->tower);
    memset(state, 0, sizeof *state);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/facts.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "model/facts.h"
#include "model/name_format.h"

#define BF16_BYTES        2.0
#define IDLE_SHARE_OF_TDP 0.15 /* A100 .15-.21, H100 .10-.17: a stand-in */

/* Bits of one stored weight; the scales of 4-bit formats included. */
static const struct {
    const char *name;
    double bits;
} weight_format[] = {
    {"fp8", 8.0},   {"int8", 8.0},   {"w8a8", 8.0},   {"fp4", 4.5},
    {"nvfp4", 4.5}, {"mxfp4", 4.25}, {"int4", 4.25},  {"awq", 4.25},
    {"gptq", 4.25}, {"w4a16", 4.25}, {"float32", 32}, {"fp32", 32},
};

static bool contains_nocase(const char *text, const char *word)
{
    size_t n = strlen(word);

    for (; strlen(text) >= n; text++) {
        char head[16];
        el_str_copy(head, n + 1, text);
        if (el_str_eq_nocase(head, word))
            return true;
    }
    return false;
}

static double weight_bits(const char *precision)
{
    double bits;

    for (size_t i = 0; i < sizeof weight_format / sizeof *weight_format; i++) {
        if (contains_nocase(precision, weight_format[i].name))
            return weight_format[i].bits;
    }
    bits = el_gguf_bits(precision);
    return isnan(bits) ? 16.0 : bits;
}

static double peak_flop_s(const el_gpu *gpu, double bits)
{
    if (bits <= 5.0 && el_is_known(gpu->fp4_flop_s))
        return gpu->fp4_flop_s;
    if (bits <= 8.0 && el_is_known(gpu->fp8_flop_s))
        return gpu->fp8_flop_s;
    return gpu->fp16_flop_s;
}

static double gpu_idle_w(const el_gpu *gpu)
{
    if (el_is_known(gpu->idle_context_w))
        return gpu->idle_context_w;
    if (el_is_known(gpu->idle_w))
        return gpu->idle_w;
    return IDLE_SHARE_OF_TDP * gpu->tdp_w;
}

void el_facts_take_gpu(const el_gpu *gpu, double bits, el_facts *f)
{
    f->gpu_memory_bytes = gpu ? gpu->memory_bytes : EL_UNKNOWN;
    f->gpu_bw_bytes_s = gpu ? gpu->mem_bw_bytes_s : EL_UNKNOWN;
    f->gpu_flop_s = gpu ? peak_flop_s(gpu, bits) : EL_UNKNOWN;
    f->gpu_idle_w = gpu ? gpu_idle_w(gpu) : EL_UNKNOWN;
    f->gpu_tdp_w = gpu ? gpu->tdp_w : EL_UNKNOWN;
}

double el_facts_weight_bits(const el_facts *facts)
{
    return 8.0 * (facts->dense_bytes + facts->expert_bytes) / facts->params;
}

/* Split the weights: what every token uses, and the routed experts. */
static void take_weights(double experts, double top_k, double bits, el_facts *f)
{
    double routed = 0.0;

    f->experts = experts;
    f->top_k = top_k;
    /* active = dense + routed k/n and total = dense + routed */
    if (experts > top_k && top_k > 0.0)
        routed = (f->params - f->active_params) / (1.0 - top_k / experts);
    if (routed > f->params)
        routed = f->params;
    f->expert_bytes = routed * bits / 8.0;
    f->dense_bytes = (f->params - routed) * bits / 8.0;
}

static double zero_if_unknown(double v)
{
    return el_is_known(v) ? v : 0.0;
}

static void take_llm(const el_llm *llm, const char *precision, el_facts *f)
{
    double bits = weight_bits(precision);

    /* A release with 4-bit experts keeps them under any 16-bit label. */
    if (el_is_known(llm->weight_bits) && llm->weight_bits < bits)
        bits = llm->weight_bits;
    f->arch = (double)llm->arch;
    f->layers = llm->layers;
    f->hidden = llm->hidden;
    f->params = llm->params;
    f->active_params =
        el_is_known(llm->active_params) ? llm->active_params : llm->params;
    take_weights(zero_if_unknown(llm->experts), zero_if_unknown(llm->top_k),
                 bits, f);
    /* A dense model looks one embedding row up; all of it is held. */
    f->kv_bytes_per_token = zero_if_unknown(llm->kv_bytes_per_token);
    f->kv_window = zero_if_unknown(llm->sliding_window);
    f->kv_window_bytes_per_token = 0.0;
    if (f->kv_window > 0.0 && zero_if_unknown(llm->attention_layers) > 0.0)
        f->kv_window_bytes_per_token = f->kv_bytes_per_token *
                                       zero_if_unknown(llm->window_layers) /
                                       llm->attention_layers;
}

static el_arch arch_from_text(const char *text)
{
    if (contains_nocase(text, "moe"))
        return EL_ARCH_MOE;
    if (contains_nocase(text, "hybrid"))
        return EL_ARCH_HYBRID;
    if (contains_nocase(text, "ssm"))
        return EL_ARCH_SSM;
    if (contains_nocase(text, "vlm"))
        return EL_ARCH_VLM;
    return EL_ARCH_DENSE;
}

/* Llama's proportions: h = 128 L, N = 12 L h^2, KV heads of h/4. */
static void take_hint(const el_facts_hint *hint, const char *precision,
                      el_facts *f)
{
    f->arch = (double)arch_from_text(hint->arch);
    f->params = hint->params;
    f->active_params =
        el_is_known(hint->active_params) ? hint->active_params : hint->params;
    f->layers = cbrt(f->active_params / (12.0 * 128.0 * 128.0));
    f->hidden = 128.0 * f->layers;
    if (f->active_params < f->params) /* the usual: 8 of 128 experts */
        take_weights(128.0, 8.0, weight_bits(precision), f);
    else
        take_weights(0.0, 0.0, weight_bits(precision), f);
    f->kv_window = 0.0;
    f->kv_window_bytes_per_token = 0.0;
    f->kv_bytes_per_token =
        f->arch == (double)EL_ARCH_SSM
            ? 0.0
            : 2.0 * f->layers * f->hidden / 4.0 * BF16_BYTES;
    f->estimated = 1.0;
}

el_status el_facts_make(const el_llm *llm, const el_gpu *gpu,
                        const char *precision, const el_facts_hint *hint,
                        el_facts *out, el_error *err)
{
    el_facts f = {0};

    if (!precision || !out)
        return el_fail(err, EL_E_ARG, "facts: NULL argument");
    if (llm)
        take_llm(llm, precision, &f);
    else if (hint && el_is_known(hint->params) && hint->params > 0.0)
        take_hint(hint, precision, &f);
    else
        return el_fail(err, EL_E_DATA,
                       "facts: the model is not in the catalogue and the "
                       "table has no params_b");
    el_facts_take_gpu(gpu, weight_bits(precision), &f);
    *out = f;
    return EL_OK;
}

bool el_facts_equal(const el_facts *a, const el_facts *b)
{
#define X(member)                                                              \
    if (!el_known_equal(a->member, b->member))                                 \
        return false;
    EL_FACTS_LIST(X)
#undef X
    return true;
}

double el_facts_streamed_bytes(const el_facts *facts, double batch)
{
    double n_per_k = facts->experts / facts->top_k;

    if (facts->expert_bytes <= 0.0)
        return facts->dense_bytes;
    return facts->dense_bytes +
           facts->expert_bytes * batch / (batch + n_per_k - 1.0);
}

double el_facts_kv_capacity(const el_facts *facts, double tp, double pp)
{
    double usable =
        EL_ENGINE_MEMORY * facts->gpu_memory_bytes - EL_RUNTIME_BYTES;
    double left = usable * tp * pp - facts->dense_bytes - facts->expert_bytes;

    if (!el_is_known(facts->gpu_memory_bytes))
        return EL_UNKNOWN;
    if (facts->kv_bytes_per_token <= 0.0)
        return left > 0.0 ? (double)INFINITY : left;
    return left / facts->kv_bytes_per_token;
}

double el_facts_kv_read_bytes(const el_facts *facts, double length)
{
    double window = facts->kv_window_bytes_per_token;
    double full = facts->kv_bytes_per_token - window;

    if (window <= 0.0)
        return facts->kv_bytes_per_token * length;
    return full * length + window * fmin(length, facts->kv_window);
}

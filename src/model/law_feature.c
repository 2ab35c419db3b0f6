/* SPDX-License-Identifier: Apache-2.0 */
#include "model/law_feature.h"

#include <string.h>

#include "model/nlls.h"
#include "model/waves.h"

typedef double (*value_fn)(const el_point *point, const el_facts *facts);

static double weight_bytes(const el_point *point, const el_facts *facts)
{
    (void)point;
    return facts->dense_bytes + facts->expert_bytes;
}

static double streamed_bytes(const el_point *point, const el_facts *facts)
{
    return el_facts_streamed_bytes(facts, point->batch);
}

/* None: an SSM keeps none; an infinite column is no number to search with. */
static double kv_capacity_tokens(const el_point *point, const el_facts *facts)
{
    double cap = el_facts_kv_capacity(facts, el_point_shards(point), point->pp);

    return cap > 0.0 && isfinite(cap) ? cap : EL_UNKNOWN;
}

/* Above 1 the requests in flight wait for each other's cache. */
static double kv_fill(const el_point *point, const el_facts *facts)
{
    return point->batch * (point->isl + point->osl) /
           kv_capacity_tokens(point, facts);
}

/* They run one after the other: in one wave at least, in which all run at once;
   one by one where the weights leave no room. */
static double kv_waves(const el_point *point, const el_facts *facts)
{
    double cap = el_facts_kv_capacity(facts, el_point_shards(point), point->pp);
    double total = point->isl + point->osl;

    if (facts->kv_bytes_per_token <= 0.0) /* keeps no cache */
        return 1.0;
    if (!el_is_known(cap) || !el_is_known(total))
        return EL_UNKNOWN;
    return el_waves(point->batch * total / (cap > 0.0 ? cap : total));
}

/* Of a fact: value_fn NULL and the member's offset. */
typedef struct feature {
    el_law_feature about;
    value_fn value;
    size_t member;
} feature;

#define AXIS(name, unit, part, meaning)                                        \
    {                                                                          \
        {name, unit, meaning, EL_PART_##part}, NULL, 0                         \
    }
#define FACT(name, unit, part, meaning)                                        \
    {                                                                          \
        {#name, unit, meaning, EL_PART_##part}, NULL, offsetof(el_facts, name) \
    }
#define MADE(name, unit, part, meaning)                                        \
    {                                                                          \
        {#name, unit, meaning, EL_PART_##part}, name, 0                        \
    }

static const feature features[] = {
    AXIS("tp", "1", MACHINE, "tensor-parallel degree"),
    AXIS("pp", "1", MACHINE, "pipeline-parallel degree"),
    AXIS("ep", "1", MACHINE, "expert-parallel degree"),
    AXIS("dp", "1", MACHINE, "data-parallel degree"),
    AXIS("batch_size", "request", BATCH, "requests in flight per replica"),
    AXIS("input_tokens", "token/request", WORK, "prompt length"),
    AXIS("output_tokens", "token/request", WORK, "answer length"),
    FACT(params, "1", SIZE, "weights"),
    FACT(active_params, "1", SIZE, "weights that one token uses"),
    FACT(layers, "1", SIZE, "layers"),
    FACT(hidden, "1", SIZE, "width"),
    FACT(experts, "1", ANY, "experts"),
    FACT(top_k, "1", ANY, "experts that one token uses"),
    FACT(kv_bytes_per_token, "byte/token", SIZE, "cache of one token"),
    FACT(gpu_memory_bytes, "byte", ANY, "memory of a GPU"),
    FACT(gpu_bw_bytes_s, "byte/s", ANY, "memory bandwidth of a GPU"),
    FACT(gpu_flop_s, "FLOP/s", ANY, "peak of a GPU"),
    FACT(gpu_idle_w, "W", ANY, "power of an idle GPU"),
    FACT(gpu_tdp_w, "W", ANY, "power limit of a GPU"),
    MADE(weight_bytes, "byte", SIZE, "bytes of all weights"),
    MADE(streamed_bytes, "byte", SHARED,
         "weight bytes that a decode step reads"),
    MADE(kv_capacity_tokens, "token", ANY,
         "tokens of cache that the GPUs hold"),
    MADE(kv_fill, "1", ANY, "cache that the requests in flight need of it"),
    MADE(kv_waves, "1", TIMES, "times that they fill it: 1 or more"),
};

#define N_FEATURES (sizeof features / sizeof *features)

size_t el_law_n_features(void)
{
    return N_FEATURES;
}

const el_law_feature *el_law_feature_at(size_t i)
{
    return &features[i].about;
}

size_t el_law_feature_find(const char *name)
{
    for (size_t i = 0; i < N_FEATURES; i++)
        if (strcmp(features[i].about.name, name) == 0)
            return i;
    return (size_t)-1;
}

double el_law_feature_value(size_t i, const el_point *point,
                            const el_facts *facts)
{
    if (i < EL_N_AXES)
        return el_point_axis(point, (el_axis)i);
    if (features[i].value)
        return features[i].value(point, facts);
    return *(const double *)((const char *)facts + features[i].member);
}

static void names(const char *name[N_FEATURES])
{
    for (size_t i = 0; i < N_FEATURES; i++)
        name[i] = features[i].about.name;
}

el_status el_law_parse(const char *text, el_expr *out, el_error *err)
{
    const char *name[N_FEATURES];

    names(name);
    return el_expr_parse(text, name, N_FEATURES, out, err);
}

void el_law_print(const el_expr *law, el_notation notation, int digits,
                  el_buf *out)
{
    const char *name[N_FEATURES];

    names(name);
    el_expr_print(law, name, (el_expr_style){notation, digits}, out);
}

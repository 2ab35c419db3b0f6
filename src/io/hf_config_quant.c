/* SPDX-License-Identifier: Apache-2.0 */
/* Bits per weight and cached value, from quantization_config and friends. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "io/hf_config_reader.h"
#include "model/arch_parts.h"

#define MAX_GROUPS 16
#define MAX_IGNORE 20000

/* One number format and the modules that have it; NULL targets: all. */
typedef struct scheme {
    double bits;
    const json_t *targets;
} scheme;

typedef struct plan {
    scheme group[MAX_GROUPS];
    size_t n_group;
    const json_t *ignore;    /* patterns that stay at 16 bits */
    const json_t *per_layer; /* module -> {quant_algo} (mixed precision) */
    const char *name;        /* of the format with the fewest bits */
    double least;
} plan;

static bool has(const char *text, const char *part)
{
    return text && strstr(text, part) != NULL;
}

/* One scale of `scale` bits per group of weights; group <= 0: per row. */
static double grouped(double bits, double group, double scale)
{
    return group > 0 ? bits + scale / group : bits;
}

static double number(const json_t *object, const char *keys, double missing)
{
    const json_t *value = el_hf_get(object, keys);

    return json_is_number(value) ? json_number_value(value) : missing;
}

static void add_group(plan *p, double bits, const json_t *targets,
                      const char *name)
{
    if (!(bits > 0 && bits <= 16) || p->n_group == MAX_GROUPS)
        return;
    p->group[p->n_group++] = (scheme){bits, targets};
    if (bits < p->least) {
        p->least = bits;
        p->name = name;
    }
}

/* NVIDIA ModelOpt's names; NaN if unknown. */
static double algo_bits(const char *algo, double group, const char **name)
{
    static const struct {
        const char *part, *name;
        double bits, group, scale;
    } known[] = {{"NVFP4", "nvfp4", 4, 16, 8},    {"MXFP4", "mxfp4", 4, 32, 8},
                 {"MXFP8", "fp8", 8, 32, 8},      {"AWQ", "awq", 4, 128, 20},
                 {"INT4", "int4", 4, 128, 20},    {"W4A16", "int4", 4, 128, 20},
                 {"INT8", "int8", 8, 0, 0},       {"W8A8_SQ", "int8", 8, 0, 0},
                 {"W8A16", "int8", 8, 0, 0},      {"FP8", "fp8", 8, 0, 0},
                 {"SmoothQuant", "int8", 8, 0, 0}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (has(algo, known[i].part)) {
            *name = known[i].name;
            return grouped(known[i].bits,
                           known[i].group > 0 && group > 0 ? group
                                                           : known[i].group,
                           known[i].scale);
        }
    return (double)NAN;
}

/* A "weights" object of compressed-tensors or ModelOpt. */
static double weights_bits(const json_t *w, const char **name)
{
    double bits = number(w, "num_bits|bits", 16);
    double group = number(w, "group_size", 0);
    const char *type = json_string_value(json_object_get(w, "type"));

    if (has(type, "float") && bits < 8) {
        *name = group > 16 ? "mxfp4" : "nvfp4";
        return grouped(bits, group > 0 ? group : 16, 8);
    }
    *name = bits < 8 ? "int4" : has(type, "float") ? "fp8" : "int8";
    return grouped(bits, group, 16);
}

static void read_groups(plan *p, const json_t *groups)
{
    json_t *all;
    void *i;

    memcpy(&all, &groups, sizeof(void *)); /* iteration changes nothing */
    for (i = json_object_iter(all); i; i = json_object_iter_next(all, i)) {
        const json_t *group = json_object_iter_value(i);
        const json_t *targets = json_object_get(group, "targets");
        const char *first = json_string_value(json_array_get(targets, 0));
        const char *name = "";
        double bits = weights_bits(json_object_get(group, "weights"), &name);

        if (first && strcmp(first, "Linear") == 0)
            targets = NULL;
        add_group(p, bits, targets, name);
    }
}

static void read_bitsandbytes(plan *p, const json_t *q)
{
    bool four = json_is_true(el_hf_get(q, "load_in_4bit|_load_in_4bit"));
    bool twice = json_is_true(el_hf_get(q, "bnb_4bit_use_double_quant"));

    /* an fp32 scale per 64 weights, itself in 8 bits when quantised twice:
     * QLoRA, arXiv 2305.14314, section 3 */
    add_group(p, four ? 4 + (twice ? 0.127 : 0.5) : 8, NULL,
              four ? "nf4" : "int8");
}

/* Methods that say "bits" and "group_size" (AWQ, GPTQ, AutoRound, HQQ). */
static bool read_integer(plan *p, const json_t *q, const char *method)
{
    const json_t *hqq = json_object_get(json_object_get(q, "quant_config"),
                                        "weight_quant_params");
    const json_t *from = json_is_object(hqq) ? hqq : q;
    double bits = number(from, "bits|w_bit|nbits", 0);
    double group = number(from, "group_size|q_group_size", 128);

    if (!(bits >= 1 && bits <= 16))
        return false;
    add_group(p, grouped(bits, group, 16 + bits), NULL, method);
    return true;
}

static bool read_quark(plan *p, const json_t *q)
{
    const json_t *w =
        json_object_get(json_object_get(q, "global_quant_config"), "weight");
    const char *type = json_string_value(json_object_get(w, "dtype"));

    if (!type)
        return false;
    if (has(type, "fp4"))
        add_group(p, grouped(4, number(w, "group_size", 32), 8), NULL, "mxfp4");
    else if (has(type, "int4"))
        add_group(p, grouped(4, number(w, "group_size", 128), 20), NULL,
                  "int4");
    else
        add_group(p, 8, NULL, has(type, "int8") ? "int8" : "fp8");
    return true;
}

static bool read_method(plan *p, const json_t *q, const char *method)
{
    const json_t *groups = json_object_get(q, "config_groups");
    const char *algo = json_string_value(json_object_get(q, "quant_algo"));
    const char *name = "";
    double bits;

    if (json_object_size(groups) > 0) {
        read_groups(p, groups);
        return true;
    }
    bits = algo_bits(algo, number(q, "group_size", 0), &name);
    if (!isnan(bits)) {
        add_group(p, bits, NULL, name);
        return true;
    }
    if (p->per_layer)
        return true;
    if (has(method, "mxfp4"))
        add_group(p, 4.25, NULL, "mxfp4");
    else if (has(method, "fp8"))
        add_group(p, 8, NULL, "fp8");
    else if (has(method, "bitsandbytes"))
        read_bitsandbytes(p, q);
    else if (has(method, "quark"))
        return read_quark(p, q);
    else if (has(method, "eetq"))
        add_group(p, 8, NULL, "int8");
    else
        return read_integer(p, q, method ? method : "int4");
    return true;
}

static bool ignored(const plan *p, const char *module)
{
    for (size_t i = 0; i < json_array_size(p->ignore); i++) {
        const char *pattern = json_string_value(json_array_get(p->ignore, i));

        /* towers and prediction layers have layer numbers of their own */
        if (pattern && !has(pattern, "vis") && !has(pattern, "mtp") &&
            !has(pattern, "audio") && el_hf_match(pattern, module))
            return true;
    }
    return false;
}

static double listed_bits(const json_t *per_layer, const char *module)
{
    static const char *const prefix[] = {"model.", "backbone.",
                                         "language_model.model.",
                                         "model.language_model.", ""};
    char key[160];

    for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++) {
        const json_t *entry;
        const char *name;

        (void)snprintf(key, sizeof key, "%s%s", prefix[i], module);
        entry = json_object_get(per_layer, key);
        if (entry)
            return algo_bits(
                json_string_value(json_object_get(entry, "quant_algo")),
                number(entry, "group_size", 0), &name);
    }
    return (double)NAN;
}

static bool targeted(const json_t *targets, const char *module)
{
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const char *pattern = json_string_value(json_array_get(targets, i));

        if (pattern && el_hf_match(pattern, module))
            return true;
    }
    return !targets;
}

/* NaN where no scheme applies to a module of that name. */
static double module_bits(const plan *p, const char *module)
{
    double bits =
        p->per_layer ? listed_bits(p->per_layer, module) : (double)NAN;

    for (size_t i = 0; isnan(bits) && i < p->n_group; i++)
        if (targeted(p->group[i].targets, module))
            bits = p->group[i].bits;
    return bits;
}

/*
 * Bits of one class of matrices in layer i. Families name their modules
 * differently, so a class has several names: it is left alone if any is
 * ignored, else it has the bits of the first that a scheme targets.
 */
static double class_bits(const plan *p, const char *const *names, size_t i)
{
    char module[128];
    double bits = (double)NAN;

    for (; *names; names++) {
        double one;

        (void)snprintf(module, sizeof module, "layers.%zu.%s", i, *names);
        if (ignored(p, module))
            return 16;
        one = module_bits(p, module);
        bits = isnan(bits) ? one : bits;
    }
    return isnan(bits) ? 16 : bits;
}

static const char *const attn_in[] = {
    "self_attn.q_proj", "self_attn.q_b_proj", "self_attn.qkv_proj",
    "mixer.q_proj",     "attn.wq_b",          NULL};
static const char *const attn_out[] = {"self_attn.o_proj", "mixer.o_proj",
                                       "attn.wo_b", NULL};
static const char *const ffn[] = {"mlp.up_proj", "feed_forward.up_proj",
                                  "mixer.up_proj", "ffn.up_proj", NULL};
static const char *const shared[] = {
    "mlp.shared_experts.up_proj",   "mlp.shared_expert.up_proj",
    "mixer.shared_experts.up_proj", "feed_forward.shared_expert.up_proj",
    "ffn.shared_experts.up_proj",   NULL};
static const char *const expert[] = {
    "mlp.experts.0.up_proj",          "mixer.experts.0.up_proj",
    "feed_forward.experts.0.up_proj", "block_sparse_moe.experts.0.w1",
    "ffn.experts.0.up_proj",          NULL};
static const char *const ssm[] = {"mixer.in_proj", "mamba.in_proj",
                                  "linear_attn.in_proj_qkv",
                                  "linear_attn.in_proj_qkvz", NULL};

/* Weighted mean. */
typedef struct mean {
    double weight, sum;
} mean;

static void add(mean *m, double weight, const plan *p, const char *const *names,
                size_t layer)
{
    if (!(weight > 0))
        return;
    m->weight += weight;
    m->sum += weight * class_bits(p, names, layer);
}

static double mean_of(const mean *m, double otherwise)
{
    return m->weight > 0 ? m->sum / m->weight : otherwise;
}

static void spread(el_hf *r, const plan *p)
{
    el_arch_desc *a = &r->arch;
    mean attn = {0}, dense = {0}, both = {0}, routed = {0}, scan = {0};
    size_t n = (size_t)el_arch_layers(a);

    for (size_t i = 0; i < n; i++) {
        el_arch_parts part = el_arch_parts_of(a, &a->block[r->block_of[i]]);

        add(&attn, part.attn_in, p, attn_in, i);
        add(&attn, part.attn_out, p, attn_out, i);
        add(&dense, part.ffn, p, ffn, i);
        add(&both, part.shared, p, shared, i);
        add(&routed, part.expert, p, expert, i);
        add(&scan, part.ssm, p, ssm, i);
    }
    a->attn_bits = mean_of(&attn, 16);
    a->ffn_bits = mean_of(&dense, 16);
    a->shared_bits = mean_of(&both, 16);
    a->expert_bits = mean_of(&routed, 16);
    a->ssm_bits = mean_of(&scan, 16);
}

static void read_cache(el_hf *r, const json_t *q)
{
    const json_t *kv =
        el_hf_get(q, "kv_cache_quant_algo|kv_cache_scheme|kv_cache_dtype");
    const char *name = json_string_value(kv), *unused = "";
    double bits = number(kv, "num_bits", (double)NAN);

    if (name && has(name, "fp8"))
        bits = 8;
    else if (name)
        bits = algo_bits(name, 0, &unused);
    if (bits >= 2 && bits <= 16)
        r->arch.kv_bits = bits;
}

static void apply(el_hf *r, const json_t *q)
{
    plan p = {.least = 16, .name = ""};
    const char *method = json_string_value(json_object_get(q, "quant_method"));
    const char *experts = el_hf_text(r, "expert_dtype");

    p.ignore = el_hf_get(q, "modules_to_not_convert|ignore|exclude_modules|"
                            "ignored_layers|llm_int8_skip_modules|exclude");
    p.per_layer = el_hf_get(q, "quantized_layers");
    if (json_array_size(p.ignore) > MAX_IGNORE) {
        el_hf_fail(r, "quantization_config", "too many modules (%zu, limit %d)",
                   json_array_size(p.ignore), MAX_IGNORE);
        return;
    }
    read_cache(r, q);
    if (!read_method(&p, q, method)) {
        size_t used = strlen(r->arch.note);

        (void)snprintf(r->arch.note + used, sizeof r->arch.note - used,
                       "%squantisation \"%.24s\" not understood: 16 bits",
                       used ? "; " : "", method ? method : "?");
        return;
    }
    if (p.per_layer)
        p.name = "mixed";
    spread(r, &p);
    if (has(experts, "fp4") && r->arch.expert_bits > 4.5)
        r->arch.expert_bits = 4.25;
    el_str_copy(r->arch.quantisation, sizeof r->arch.quantisation, p.name);
}

void el_hf_read_quant(el_hf *r, const json_t *quant)
{
    static const char keys[] = "quantization_config|compression_config";
    const json_t *q = el_hf_get(quant, "quantization");

    if (!q && quant)
        q = quant;
    if (!q)
        q = el_hf_get(r->root, keys);
    if (!q)
        q = el_hf_get(r->text, keys);
    if (!q || r->st != EL_OK)
        return;
    if (!json_is_object(q)) {
        r->at_key = "";
        el_hf_fail(r, "quantization_config", "not an object");
        return;
    }
    apply(r, q);
}

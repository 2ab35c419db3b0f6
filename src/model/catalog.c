/* SPDX-License-Identifier: Apache-2.0 */
#include "model/catalog.h"

#include <string.h>

#include "base/mem.h"

#define GPU(member)                                                            \
    {                                                                          \
#member, offsetof(el_gpu, member), false                               \
    }
#define LLM(member, part)                                                      \
    {                                                                          \
#member, offsetof(el_llm, member), part                                \
    }

const el_field el_gpu_field[] = {
    GPU(memory_bytes), GPU(mem_bw_bytes_s), GPU(fp16_flop_s),
    GPU(fp8_flop_s),   GPU(int8_op_s),      GPU(fp4_flop_s),
    GPU(tdp_w),        GPU(idle_w),         GPU(idle_context_w),
    GPU(boost_hz),     GPU(n_sm),           GPU(l2_bytes),
    GPU(link_bytes_s), GPU(mem_j_per_byte), GPU(matrix_j_per_flop),
    GPU(fit_const_w),  GPU(fit_j_per_flop), GPU(fit_j_per_byte),
    {NULL, 0, false},
};
const el_field el_gpu_text[] = {
    GPU(name),        GPU(vendor), GPU(arch),        GPU(form),
    GPU(memory_type), GPU(link),   {NULL, 0, false},
};
const el_field el_llm_field[] = {
    LLM(layers, false),
    LLM(hidden, false),
    LLM(heads, false),
    LLM(kv_heads, false),
    LLM(head_dim, false),
    LLM(attention_layers, false),
    {"sliding_window_tokens", offsetof(el_llm, sliding_window), true},
    LLM(window_layers, true),
    LLM(intermediate, false),
    LLM(mlp_matrices, false),
    LLM(vocab, false),
    LLM(experts, true),
    LLM(top_k, true),
    LLM(shared_experts, true),
    LLM(moe_intermediate, true),
    LLM(moe_layers, true),
    LLM(ssm_layers, true),
    LLM(ssm_inner, true),
    LLM(ssm_state, true),
    LLM(ssm_heads, true),
    LLM(ssm_groups, true),
    LLM(vision_layers, true),
    LLM(vision_hidden, true),
    LLM(vision_intermediate, true),
    LLM(params, false),
    LLM(active_params, false),
    LLM(body_params, false),
    LLM(vision_params, true),
    LLM(kv_bytes_per_token, false),
    LLM(weight_bits, false),
    {NULL, 0, false},
};
const el_field el_llm_text[] = {
    LLM(name, false),
    LLM(family, false),
    LLM(base, false),
    {NULL, 0, false},
};

static const char *const arch_text[] = {"dense", "moe", "ssm", "hybrid", "vlm"};

const char *el_arch_text(el_arch arch)
{
    size_t i = (size_t)arch;

    return i < sizeof arch_text / sizeof *arch_text ? arch_text[i] : "unknown";
}

el_status el_catalog_new(el_catalog **out, el_error *err)
{
    el_catalog *catalog = el_array(1, sizeof *catalog);

    if (!catalog)
        return el_fail(err, EL_E_NOMEM, "catalogue: out of memory");
    atomic_init(&catalog->holders, 1);
    *out = catalog;
    return EL_OK;
}

el_catalog *el_catalog_hold(el_catalog *catalog)
{
    atomic_fetch_add(&catalog->holders, 1);
    return catalog;
}

void el_catalog_free(el_catalog *catalog)
{
    if (!catalog || atomic_fetch_sub(&catalog->holders, 1) > 1)
        return;
    for (size_t kind = 0; kind < 2; kind++) {
        el_free(catalog->shelf[kind].item);
        el_free(catalog->shelf[kind].slot);
    }
    el_free(catalog->alias);
    el_strings_clear(&catalog->strings);
    el_free(catalog);
}

const char *el_catalog_text(el_catalog *catalog, const char *text)
{
    return el_strings_add(&catalog->strings, text, strlen(text));
}

const el_field *el_item_fields(el_kind kind)
{
    return kind == EL_KIND_GPU ? el_gpu_field : el_llm_field;
}

const el_field *el_item_texts(el_kind kind)
{
    return kind == EL_KIND_GPU ? el_gpu_text : el_llm_text;
}

void el_item_set_text(el_item *item, const el_field *field, const char *text)
{
    memcpy((char *)&item->as + field->offset, &text, sizeof text);
}

const char *el_item_get_text(const el_item *item, const el_field *field)
{
    const char *text;

    memcpy(&text, (const char *)&item->as + field->offset, sizeof text);
    return text;
}

void el_item_init(const el_catalog *catalog, el_kind kind, el_item *item)
{
    memset(item, 0, sizeof *item);
    item->entry.slug = item->entry.path = item->entry.notes = "";
    item->source = "";
    item->first_alias = catalog->n_alias;
    for (const el_field *f = el_item_texts(kind); f->key; f++)
        el_item_set_text(item, f, "");
}

el_status el_catalog_add_alias(el_catalog *catalog, const char *alias,
                               el_error *err)
{
    const char **grown = el_grow(catalog->alias, &catalog->cap_alias,
                                 catalog->n_alias + 1, sizeof *grown);

    if (!grown)
        return el_fail(err, EL_E_NOMEM, "catalogue: out of memory");
    catalog->alias = grown;
    catalog->alias[catalog->n_alias++] = alias;
    return EL_OK;
}

el_status el_item_add_alias(el_catalog *catalog, el_item *item,
                            const char *alias, el_error *err)
{
    el_status st = el_catalog_add_alias(catalog, alias, err);

    if (st == EL_OK)
        item->n_own_alias = ++item->entry.n_alias;
    return st;
}

el_status el_catalog_add(el_catalog *catalog, el_kind kind, const el_item *item,
                         el_error *err)
{
    el_shelf *shelf = &catalog->shelf[kind];
    el_item *grown =
        el_grow(shelf->item, &shelf->cap, shelf->n_item + 1, sizeof *grown);

    if (!grown)
        return el_fail(err, EL_E_NOMEM, "catalogue: out of memory");
    shelf->item = grown;
    shelf->item[shelf->n_item++] = *item;
    return EL_OK;
}

size_t el_catalog_n_gpus(const el_catalog *catalog)
{
    return catalog->shelf[EL_KIND_GPU].n_item;
}

size_t el_catalog_n_llms(const el_catalog *catalog)
{
    return catalog->shelf[EL_KIND_LLM].n_item;
}

const el_gpu *el_catalog_gpu_at(const el_catalog *catalog, size_t i)
{
    return &catalog->shelf[EL_KIND_GPU].item[i].as.gpu;
}

const el_llm *el_catalog_llm_at(const el_catalog *catalog, size_t i)
{
    return &catalog->shelf[EL_KIND_LLM].item[i].as.llm;
}

const el_entry *el_catalog_gpu_entry(const el_catalog *catalog, size_t i)
{
    return &catalog->shelf[EL_KIND_GPU].item[i].entry;
}

const el_entry *el_catalog_llm_entry(const el_catalog *catalog, size_t i)
{
    return &catalog->shelf[EL_KIND_LLM].item[i].entry;
}

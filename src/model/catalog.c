/* SPDX-License-Identifier: Apache-2.0 */
#include "model/catalog.h"

#include <stdlib.h>
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

static el_status push_alias(el_catalog *catalog, const char *alias,
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
    el_status st = push_alias(catalog, alias, err);

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

/* By slug; of one slug the compiled-in entry first. */
static int by_slug(const void *a, const void *b)
{
    const el_item *x = a, *y = b;
    int order = strcmp(x->entry.slug, y->entry.slug);

    return order != 0 ? order : (int)x->user - (int)y->user;
}

/* `item` replaces `old` of the same slug and answers to its aliases too. */
static el_status take_over(el_catalog *catalog, el_item *item,
                           const el_item *old, el_error *err)
{
    size_t first = catalog->n_alias, n_own = item->n_own_alias;
    el_status st = EL_OK;

    if (old->user == item->user)
        return el_fail(err, EL_E_DATA, "%s: slug \"%s\" is already that of %s",
                       item->entry.path, item->entry.slug, old->entry.path);
    for (size_t i = 0; i < n_own && st == EL_OK; i++)
        st = push_alias(catalog, catalog->alias[item->first_alias + i], err);
    for (size_t i = 0; i < old->entry.n_alias && st == EL_OK; i++)
        st = push_alias(catalog, catalog->alias[old->first_alias + i], err);
    item->first_alias = first;
    item->entry.n_alias = catalog->n_alias - first;
    return st;
}

/* Sort, and leave one item of each slug. */
static el_status merge(el_catalog *catalog, el_shelf *shelf, el_error *err)
{
    size_t n = 0;

    if (shelf->n_item > 1)
        qsort(shelf->item, shelf->n_item, sizeof *shelf->item, by_slug);
    for (size_t i = 0; i < shelf->n_item; i++) {
        el_item *item = &shelf->item[i];
        el_item *last = n > 0 ? &shelf->item[n - 1] : NULL;

        if (last && strcmp(last->entry.slug, item->entry.slug) == 0) {
            el_status st = take_over(catalog, item, last, err);

            if (st != EL_OK)
                return st;
            n--;
        }
        if (n < i)
            shelf->item[n] = *item;
        n++;
    }
    shelf->n_item = n;
    return EL_OK;
}

static const el_item *item_of_slug(const el_shelf *shelf, const char *slug)
{
    el_item key;

    memset(&key, 0, sizeof key);
    for (int user = 0; user <= 1; user++) {
        const el_item *found;

        key.entry.slug = slug;
        key.user = user != 0;
        found = bsearch(&key, shelf->item, shelf->n_item, sizeof key, by_slug);
        if (found)
            return found;
    }
    return NULL;
}

/* What the file does not say, the base says. */
static el_status inherit(const el_shelf *shelf, el_item *item, el_error *err)
{
    const char *slug = item->as.llm.base;
    const el_item *base;

    if (slug[0] == '\0')
        return EL_OK;
    base = item_of_slug(shelf, slug);
    if (!base)
        return el_fail(err, EL_E_DATA, "%s: base: no model has the slug \"%s\"",
                       item->entry.path, slug);
    if (base->as.llm.base[0] != '\0')
        return el_fail(err, EL_E_DATA, "%s: base: \"%s\" has a base itself",
                       item->entry.path, slug);
    if (item->as.llm.family[0] == '\0')
        item->as.llm.family = base->as.llm.family;
    if (!item->has_arch)
        item->as.llm.arch = base->as.llm.arch;
    item->has_arch = true;
    for (size_t i = 0; i < EL_MAX_FACT; i++)
        if (!item->fact[i].key)
            item->fact[i] = base->fact[i];
    return EL_OK;
}

/* Every fact present, every member set, every borrowed pointer in place. */
static void complete(el_catalog *catalog, el_kind kind, el_item *item)
{
    const el_field *field = el_item_fields(kind);

    for (; field[item->entry.n_fact].key; item->entry.n_fact++) {
        const el_field *f = &field[item->entry.n_fact];
        el_fact *fact = &item->fact[item->entry.n_fact];

        if (!fact->key) {
            *fact = (el_fact){f->key, f->part ? 0.0 : (double)NAN, item->source,
                              "inferred", "not in the file"};
        }
        memcpy((char *)&item->as + f->offset, &fact->value, sizeof(double));
    }
    item->entry.fact = item->fact;
    if (item->entry.n_alias > 0)
        item->entry.alias = catalog->alias + item->first_alias;
    if (kind == EL_KIND_GPU)
        item->as.gpu.slug = item->entry.slug;
    else
        item->as.llm.slug = item->entry.slug;
}

el_status el_catalog_finish(el_catalog *catalog, el_error *err)
{
    el_shelf *llm = &catalog->shelf[EL_KIND_LLM];
    el_status st = merge(catalog, &catalog->shelf[EL_KIND_GPU], err);

    if (st == EL_OK)
        st = merge(catalog, llm, err);
    for (size_t i = 0; i < llm->n_item && st == EL_OK; i++)
        st = inherit(llm, &llm->item[i], err);
    if (st != EL_OK)
        return st;
    for (int kind = EL_KIND_GPU; kind <= EL_KIND_LLM; kind++) {
        el_shelf *shelf = &catalog->shelf[kind];

        for (size_t i = 0; i < shelf->n_item; i++)
            complete(catalog, (el_kind)kind, &shelf->item[i]);
    }
    return el_catalog_index(catalog, err);
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

/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "model/catalog.h"

static const char *const kind_text[] = {"GPU", "model"};

/* The slot of key, or the free one where it belongs. */
static size_t find_slot(const el_shelf *shelf, const char *key)
{
    uint64_t h = 0xCBF29CE484222325u; /* FNV-1a */
    size_t i;

    for (const char *s = key; *s; s++)
        h = (h ^ (unsigned char)*s) * 0x100000001B3u;
    i = (size_t)(h ^ (h >> 32)) & (shelf->n_slot - 1);
    while (shelf->slot[i].key && strcmp(shelf->slot[i].key, key) != 0)
        i = (i + 1) & (shelf->n_slot - 1);
    return i;
}

static el_status index_name(el_catalog *catalog, el_kind kind, size_t item,
                            const char *name, el_name_rank rank, el_error *err)
{
    el_shelf *shelf = &catalog->shelf[kind];
    el_key key[EL_KEYS_MAX];
    size_t n = el_keys_exact(kind, name, key);

    for (size_t k = 0; k < n; k++) {
        el_slot *slot = &shelf->slot[find_slot(shelf, key[k].text)];
        const el_entry *old = &shelf->item[slot->item].entry;

        if (!slot->key) {
            slot->key = el_catalog_text(catalog, key[k].text);
            if (!slot->key)
                return el_fail(err, EL_E_NOMEM, "catalogue: out of memory");
        } else if (slot->rank == rank && slot->item != item &&
                   rank != EL_NAME_INHERITED) {
            return el_fail(
                err, EL_E_DATA, "%s: \"%s\" is already a name of %s (%s)",
                shelf->item[item].entry.path, name, old->slug, old->path);
        } else if (slot->rank >= rank) {
            continue;
        }
        slot->item = item;
        slot->rank = rank;
    }
    return EL_OK;
}

static el_status index_item(el_catalog *catalog, el_kind kind, size_t i,
                            el_error *err)
{
    const el_item *item = &catalog->shelf[kind].item[i];
    el_name_rank rank = item->user ? EL_NAME_USER : EL_NAME_BUILT_IN;
    const char *name = el_item_get_text(item, el_item_texts(kind));
    el_status st = index_name(catalog, kind, i, item->entry.slug, rank, err);

    if (st == EL_OK)
        st = index_name(catalog, kind, i, name, rank, err);
    for (size_t k = 0; k < item->entry.n_alias && st == EL_OK; k++) {
        if (k == item->n_own_alias)
            rank = EL_NAME_INHERITED;
        st = index_name(catalog, kind, i, item->entry.alias[k], rank, err);
    }
    return st;
}

/* Power of two, at least twice the keys that the shelf can have. */
static size_t slots_for(const el_shelf *shelf)
{
    size_t n_key = 1, n = 16;

    for (size_t i = 0; i < shelf->n_item; i++)
        n_key += 3 * (2 + shelf->item[i].entry.n_alias);
    while (n < 2 * n_key)
        n *= 2;
    return n;
}

static el_status index_shelf(el_catalog *catalog, el_kind kind, el_error *err)
{
    el_shelf *shelf = &catalog->shelf[kind];
    el_status st = EL_OK;

    shelf->n_slot = slots_for(shelf);
    shelf->slot = el_array(shelf->n_slot, sizeof *shelf->slot);
    if (!shelf->slot)
        return el_fail(err, EL_E_NOMEM, "catalogue: out of memory");
    for (size_t i = 0; i < shelf->n_item && st == EL_OK; i++)
        st = index_item(catalog, kind, i, err);
    return st;
}

el_status el_catalog_index(el_catalog *catalog, el_error *err)
{
    el_status st = index_shelf(catalog, EL_KIND_GPU, err);

    return st != EL_OK ? st : index_shelf(catalog, EL_KIND_LLM, err);
}

static const el_item *first_known(const el_shelf *shelf, const el_key *key,
                                  size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const el_slot *slot = &shelf->slot[find_slot(shelf, key[k].text)];

        if (slot->key)
            return &shelf->item[slot->item];
    }
    return NULL;
}

/* A board is sold and counted with somewhat different memory. */
#define MEMORY_RTOL 0.1

/* The same chip by a name that says its form or memory in other words. */
static const el_item *find_board(const el_shelf *shelf, const char *name)
{
    el_key key[EL_KEYS_MAX];
    double gb, gib = 1073741824.0;
    const el_item *item =
        first_known(shelf, key, el_keys_board(name, key, &gb));

    if (item && gb > 0.0 &&
        !(fabs(item->as.gpu.memory_bytes / gib / gb - 1.0) <= MEMORY_RTOL))
        return NULL;
    return item;
}

static const el_item *find(const el_catalog *catalog, el_kind kind,
                           const char *name)
{
    const el_shelf *shelf = &catalog->shelf[kind];
    el_key key[EL_KEYS_MAX];
    const el_item *item =
        first_known(shelf, key, el_keys_exact(kind, name, key));

    if (item) /* the loose keys cost the most */
        return item;
    if (kind == EL_KIND_GPU)
        return find_board(shelf, name);
    return first_known(shelf, key, el_keys_loose(kind, name, key));
}

const el_gpu *el_catalog_find_gpu(const el_catalog *catalog, const char *name)
{
    const el_item *item = find(catalog, EL_KIND_GPU, name);

    return item ? &item->as.gpu : NULL;
}

const el_llm *el_catalog_find_llm(const el_catalog *catalog, const char *name)
{
    const el_item *item = find(catalog, EL_KIND_LLM, name);

    return item ? &item->as.llm : NULL;
}

typedef struct el_guess {
    size_t item, edits;
} el_guess;

/* Insert in order of (edits, item); one guess an item, the best. */
static size_t keep_best(el_guess *best, size_t n, el_guess guess)
{
    size_t at = 0, end = 0;

    while (end < n && best[end].item != guess.item)
        end++;
    if (end < n && best[end].edits <= guess.edits)
        return n;
    while (at < end &&
           (best[at].edits < guess.edits ||
            (best[at].edits == guess.edits && best[at].item < guess.item)))
        at++;
    if (at == EL_CATALOG_MAX_SUGGEST)
        return n;
    if (end == n)
        n = n < EL_CATALOG_MAX_SUGGEST ? n + 1 : n;
    if (end == EL_CATALOG_MAX_SUGGEST)
        end--;
    memmove(best + at + 1, best + at, (end - at) * sizeof *best);
    best[at] = guess;
    return n;
}

static size_t suggest(const el_catalog *catalog, el_kind kind, const char *name,
                      const char **slug)
{
    const el_shelf *shelf = &catalog->shelf[kind];
    el_guess best[EL_CATALOG_MAX_SUGGEST];
    el_key key[EL_KEYS_MAX];
    size_t n = 0, n_key = el_keys_exact(kind, name, key), len, limit;
    const char *want = n_key > 0 ? key[n_key - 1].text : "";

    len = strlen(want);
    limit = len < 3 ? 1 : len / 3;
    for (size_t i = 0; i < shelf->n_slot && len > 0; i++) {
        const el_slot *slot = &shelf->slot[i];
        size_t edits;

        if (!slot->key)
            continue;
        edits = strncmp(slot->key, want, len) == 0
                    ? 0
                    : el_key_distance(want, slot->key, limit);
        if (edits <= limit)
            n = keep_best(best, n, (el_guess){slot->item, edits});
    }
    for (size_t i = 0; i < n; i++)
        slug[i] = shelf->item[best[i].item].entry.slug;
    return n;
}

size_t el_catalog_suggest_gpu(const el_catalog *catalog, const char *name,
                              const char **slug)
{
    return suggest(catalog, EL_KIND_GPU, name, slug);
}

size_t el_catalog_suggest_llm(const el_catalog *catalog, const char *name,
                              const char **slug)
{
    return suggest(catalog, EL_KIND_LLM, name, slug);
}

static el_status fail_unknown(const el_catalog *catalog, el_kind kind,
                              const char *name, el_error *err)
{
    const char *slug[EL_CATALOG_MAX_SUGGEST];
    size_t n = suggest(catalog, kind, name, slug);
    char list[320] = "";
    size_t used = 0;

    for (size_t i = 0; i < n && used < sizeof list; i++) {
        int k = snprintf(list + used, sizeof list - used, "%s%s",
                         i == 0       ? ": did you mean "
                         : i + 1 == n ? " or "
                                      : ", ",
                         slug[i]);

        used += k > 0 ? (size_t)k : 0;
    }
    return el_fail(err, EL_E_DATA, "unknown %s \"%.100s\"%s%s", kind_text[kind],
                   name ? name : "", list, n > 0 ? "?" : "");
}

el_status el_catalog_need_gpu(const el_catalog *catalog, const char *name,
                              const el_gpu **out, el_error *err)
{
    const el_gpu *gpu = el_catalog_find_gpu(catalog, name);

    if (!gpu)
        return fail_unknown(catalog, EL_KIND_GPU, name, err);
    *out = gpu;
    return EL_OK;
}

el_status el_catalog_need_llm(const el_catalog *catalog, const char *name,
                              const el_llm **out, el_error *err)
{
    const el_llm *llm = el_catalog_find_llm(catalog, name);

    if (!llm)
        return fail_unknown(catalog, EL_KIND_LLM, name, err);
    *out = llm;
    return EL_OK;
}

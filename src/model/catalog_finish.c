/* SPDX-License-Identifier: Apache-2.0 */
/* From entries as they were read to a catalogue that can be asked. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/catalog.h"

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
        st = el_catalog_add_alias(catalog,
                                  catalog->alias[item->first_alias + i], err);
    for (size_t i = 0; i < old->entry.n_alias && st == EL_OK; i++)
        st = el_catalog_add_alias(catalog, catalog->alias[old->first_alias + i],
                                  err);
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/catalog_json.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "io/catalog_read.h"
#include "io/embedded.h"
#include "io/json.h"
#include "io/kept.h"

static el_status add_text(el_catalog *catalog, const char *text, size_t len,
                          const char *path, bool user, el_error *err)
{
    json_t *doc = NULL;
    el_status st = el_json_parse(text, len, path, &doc, err);

    if (st == EL_OK)
        st = el_catalog_read(catalog, doc, path, user, err);
    json_decref(doc);
    return st;
}

static el_status add_built_in(el_catalog *catalog, el_error *err)
{
    el_status st = EL_OK;

    for (const el_embedded_file *f = el_embedded; f->path && st == EL_OK; f++) {
        if (strncmp(f->path, "data/hw/", 8) != 0 &&
            strncmp(f->path, "data/llm/", 9) != 0)
            continue;
        st = add_text(catalog, f->text, strlen(f->text), f->path, false, err);
    }
    return st;
}

static el_status add_user(el_catalog *catalog, const char *dir, el_error *err)
{
    const char **path = NULL;
    size_t n = 0;
    el_status st = el_catalog_list(catalog, dir, &path, &n, err);

    for (size_t i = 0; i < n && st == EL_OK; i++) {
        json_t *doc = NULL;

        st = el_json_load(path[i], &doc, err);
        if (st == EL_OK)
            st = el_catalog_read(catalog, doc, path[i], true, err);
        json_decref(doc);
    }
    el_free(path);
    return st;
}

el_status el_catalog_load(const char *dir, el_catalog **out, el_error *err)
{
    el_catalog *catalog = NULL;
    el_status st;

    if (!out)
        return el_fail(err, EL_E_ARG, "catalogue: NULL result");
    if (!dir)
        catalog = el_kept_catalog();
    if (catalog) {
        *out = catalog;
        return EL_OK;
    }
    st = el_catalog_new(&catalog, err);
    if (st != EL_OK)
        return st;
    st = add_built_in(catalog, err);
    if (st == EL_OK && dir)
        st = add_user(catalog, dir, err);
    if (st == EL_OK)
        st = el_catalog_finish(catalog, err);
    if (st == EL_OK) {
        *out = catalog;
        catalog = NULL;
    }
    el_catalog_free(catalog);
    return st;
}

/* Adds key unless the text is empty; nonzero on failure. */
static int set_text(json_t *object, const char *key, const char *text)
{
    return *text ? json_object_set_new(object, key, json_string(text)) : 0;
}

static json_t *fact_json(const el_fact *fact)
{
    json_t *value = json_object();
    int bad = json_object_set_new(value, "value", el_json_number(fact->value));

    bad |= set_text(value, "source", fact->source);
    bad |= set_text(value, "confidence", fact->confidence);
    bad |= set_text(value, "note", fact->note);
    if (bad == 0)
        return value;
    json_decref(value);
    return NULL;
}

static json_t *facts_json(const el_entry *entry)
{
    json_t *values = json_object();
    int bad = 0;

    for (size_t i = 0; i < entry->n_fact; i++)
        bad |= json_object_set_new(values, entry->fact[i].key,
                                   fact_json(&entry->fact[i]));
    if (bad == 0)
        return values;
    json_decref(values);
    return NULL;
}

static json_t *aliases_json(const el_entry *entry)
{
    json_t *list = json_array();
    int bad = 0;

    for (size_t i = 0; i < entry->n_alias; i++)
        bad |= json_array_append_new(list, json_string(entry->alias[i]));
    if (bad == 0)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *item_json(el_kind kind, const el_item *item)
{
    json_t *doc = json_object();
    const char *schema = kind == EL_KIND_GPU ? EL_SCHEMA_GPU : EL_SCHEMA_LLM;
    int bad = set_text(doc, "schema", schema);

    bad |=
        json_object_set_new(doc, "version", json_integer(EL_CATALOG_VERSION));
    bad |= set_text(doc, "slug", item->entry.slug);
    bad |= set_text(doc, "notes", item->entry.notes);
    for (const el_field *f = el_item_texts(kind); f->key; f++)
        bad |= set_text(doc, f->key, el_item_get_text(item, f));
    if (kind == EL_KIND_LLM)
        bad |= set_text(doc, "arch", el_arch_text(item->as.llm.arch));
    bad |= json_object_set_new(doc, "aliases", aliases_json(&item->entry));
    bad |= json_object_set_new(doc, "values", facts_json(&item->entry));
    if (bad == 0)
        return doc;
    json_decref(doc);
    return NULL;
}

json_t *el_catalog_gpu_json(const el_catalog *catalog, size_t i)
{
    return item_json(EL_KIND_GPU, &catalog->shelf[EL_KIND_GPU].item[i]);
}

json_t *el_catalog_llm_json(const el_catalog *catalog, size_t i)
{
    return item_json(EL_KIND_LLM, &catalog->shelf[EL_KIND_LLM].item[i]);
}

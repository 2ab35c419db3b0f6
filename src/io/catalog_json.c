/* SPDX-License-Identifier: Apache-2.0 */
#include "io/catalog_json.h"

#include "io/catalog_read.h"
#include "io/json.h"
#include "io/kept.h"

el_status el_catalog_load(const char *dir, el_catalog **out, el_error *err)
{
    el_catalog *kept;

    if (!out)
        return el_fail(err, EL_E_ARG, "catalogue: NULL result");
    kept = dir ? NULL : el_kept_catalog();
    if (!kept)
        return el_catalog_read_files(dir, out, err);
    *out = kept;
    return EL_OK;
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

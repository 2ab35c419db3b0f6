/* SPDX-License-Identifier: Apache-2.0 */
#include "io/catalog_read.h"

#include <stdio.h>
#include <string.h>

#include "io/csv_text.h"
#include "io/json.h"

#define MAX_SLUG 64

static const char *const gpu_key[] = {
    "schema",      "version", "slug",       "name",   "vendor",
    "arch",        "form",    "link",       "notes",  "aliases",
    "memory_type", "source",  "confidence", "values", NULL};
static const char *const llm_key[] = {
    "schema", "version", "slug",   "name",       "arch",   "family", "base",
    "notes",  "aliases", "source", "confidence", "values", NULL};
static const char *const value_key[] = {"value", "source", "confidence", "note",
                                        NULL};
static const char *const confidence_word[] = {"confirmed", "inferred",
                                              "recalled", "approximate"};

/* The file being read. */
typedef struct el_reading {
    el_catalog *catalog;
    json_t *doc;
    const char *path;
    char where[512]; /* "path:", for messages */
    el_kind kind;
    const char *confidence; /* of values that name none */
    el_item item;
    el_error *err;
} el_reading;

static el_status fail(const el_reading *r, const char *where, const char *what)
{
    return el_fail(r->err, EL_E_DATA, "%s: %s: %s", r->path, where, what);
}

/* Interned; *out as it was when the key is absent, null or empty. */
static el_status get_text(el_reading *r, const json_t *object,
                          const char *where, const char *key, const char **out)
{
    const char *text = NULL;
    el_status st = el_json_get_string(object, where, key, &text, r->err);

    if (st != EL_OK || !text || *text == '\0')
        return st;
    text = el_catalog_text(r->catalog, text);
    if (!text)
        return el_fail(r->err, EL_E_NOMEM, "%s: out of memory", r->path);
    *out = text;
    return EL_OK;
}

static el_status check_kind(el_reading *r)
{
    const char *schema = json_string_value(json_object_get(r->doc, "schema"));
    bool llm = schema && strcmp(schema, EL_SCHEMA_LLM) == 0;
    int version;

    r->kind = llm ? EL_KIND_LLM : EL_KIND_GPU;
    if (schema && !llm && strcmp(schema, EL_SCHEMA_GPU) != 0)
        return fail(r, "schema",
                    "want \"" EL_SCHEMA_GPU "\" or \"" EL_SCHEMA_LLM "\"");
    return el_json_check_schema(r->doc, r->path,
                                llm ? EL_SCHEMA_LLM : EL_SCHEMA_GPU,
                                EL_CATALOG_VERSION, &version, r->err);
}

static el_status read_slug(el_reading *r)
{
    const char *slug = "";
    el_status st = get_text(r, r->doc, r->where, "slug", &slug);
    size_t n = strlen(slug);

    if (st != EL_OK)
        return st;
    if (n == 0 || n > MAX_SLUG ||
        strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789.-") != n)
        return fail(r, "slug", "want 1 to 64 characters of [a-z0-9.-]");
    r->item.entry.slug = slug;
    return EL_OK;
}

static el_status read_arch(el_reading *r)
{
    const char *word = NULL;
    el_status st = get_text(r, r->doc, r->where, "arch", &word);

    if (st != EL_OK || r->kind == EL_KIND_GPU)
        return st;
    if (!word && r->item.as.llm.base[0] != '\0')
        return EL_OK;
    for (int a = EL_ARCH_DENSE; word && a <= EL_ARCH_VLM; a++) {
        if (strcmp(word, el_arch_text((el_arch)a)) == 0) {
            r->item.as.llm.arch = (el_arch)a;
            r->item.has_arch = true;
            return EL_OK;
        }
    }
    return fail(r, "arch", "want dense, moe, ssm, hybrid or vlm");
}

static el_status read_aliases(el_reading *r)
{
    const json_t *list = json_object_get(r->doc, "aliases");

    if (list && !json_is_array(list))
        return fail(r, "aliases", "not a list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        el_key key[EL_KEYS_MAX];
        char where[40];
        el_status st;

        (void)snprintf(where, sizeof where, "aliases[%zu]", i);
        if (!text || el_keys_exact(r->kind, text, key) == 0)
            return fail(r, where, "not a name (text of 1 to 192 bytes)");
        text = el_catalog_text(r->catalog, text);
        if (!text)
            return el_fail(r->err, EL_E_NOMEM, "%s: out of memory", r->path);
        st = el_item_add_alias(r->catalog, &r->item, text, r->err);
        if (st != EL_OK)
            return st;
    }
    return EL_OK;
}

static el_status check_confidence(const el_reading *r, const char *where,
                                  const char *word)
{
    size_t n = sizeof confidence_word / sizeof *confidence_word;

    for (size_t i = 0; i < n; i++)
        if (strcmp(word, confidence_word[i]) == 0)
            return EL_OK;
    return fail(r, where, "want confirmed, inferred, recalled or approximate");
}

static el_status read_head(el_reading *r)
{
    el_status st = el_json_only_keys(
        r->doc, r->where, r->kind == EL_KIND_GPU ? gpu_key : llm_key, r->err);
    const el_field *f = el_item_texts(r->kind);

    if (st == EL_OK)
        st = read_slug(r);
    if (st == EL_OK) /* the first text is the name */
        el_item_set_text(&r->item, f, r->item.entry.slug);
    for (; f->key && st == EL_OK; f++) {
        const char *text = el_item_get_text(&r->item, f);

        st = get_text(r, r->doc, r->where, f->key, &text);
        el_item_set_text(&r->item, f, text);
    }
    if (st == EL_OK)
        st = read_arch(r);
    if (st == EL_OK)
        st = get_text(r, r->doc, r->where, "notes", &r->item.entry.notes);
    if (st == EL_OK)
        st = get_text(r, r->doc, r->where, "source", &r->item.source);
    if (st == EL_OK)
        st = get_text(r, r->doc, r->where, "confidence", &r->confidence);
    if (st == EL_OK)
        st = check_confidence(r, "confidence", r->confidence);
    return st == EL_OK ? read_aliases(r) : st;
}

/* {"value": .., "source": .., "confidence": .., "note": ..} */
static el_status read_long_value(el_reading *r, const json_t *value,
                                 el_fact *fact)
{
    char where[640], word[96];
    el_status st;

    (void)snprintf(where, sizeof where, "%s values.%s", r->where, fact->key);
    (void)snprintf(word, sizeof word, "values.%s.confidence", fact->key);
    st = el_json_only_keys(value, where, value_key, r->err);
    if (st == EL_OK)
        st = el_json_get_number(value, where, "value", &fact->value, r->err);
    if (st == EL_OK)
        st = get_text(r, value, where, "source", &fact->source);
    if (st == EL_OK)
        st = get_text(r, value, where, "note", &fact->note);
    if (st == EL_OK)
        st = get_text(r, value, where, "confidence", &fact->confidence);
    return st == EL_OK ? check_confidence(r, word, fact->confidence) : st;
}

static el_status read_value(el_reading *r, const char *key, const json_t *value)
{
    const el_field *field = el_item_fields(r->kind);
    size_t i = 0;
    el_status st = EL_OK;
    el_fact fact;
    char where[EL_SHOW_SIZE + 16];

    while (field[i].key && strcmp(field[i].key, key) != 0)
        i++;
    if (!field[i].key) {
        el_text_show(where, key, strlen(key));
        return fail(r, "values: unknown key", where);
    }
    (void)snprintf(where, sizeof where, "values.%s", key);
    fact = (el_fact){field[i].key, NAN, r->item.source, r->confidence, ""};
    if (json_is_number(value))
        fact.value = json_number_value(value);
    else if (json_is_object(value))
        st = read_long_value(r, value, &fact);
    else if (!json_is_null(value))
        return fail(r, where, "not a number, null or an object");
    if (st != EL_OK)
        return st;
    if (r->kind == EL_KIND_GPU ? fact.value <= 0.0 : fact.value < 0.0)
        return fail(r, where,
                    r->kind == EL_KIND_GPU ? "not above 0 (unknown is null)"
                                           : "negative");
    r->item.fact[i] = fact;
    return EL_OK;
}

static el_status read_values(el_reading *r)
{
    json_t *values = json_object_get(r->doc, "values");
    const char *key;
    json_t *value;

    if (values && !json_is_object(values))
        return fail(r, "values", "not an object");
    json_object_foreach(values, key, value)
    {
        el_status st = read_value(r, key, value);

        if (st != EL_OK)
            return st;
    }
    return EL_OK;
}

el_status el_catalog_read(el_catalog *catalog, json_t *doc, const char *path,
                          bool user, el_error *err)
{
    el_reading r = {.catalog = catalog, .doc = doc, .path = path, .err = err};
    el_status st;

    (void)snprintf(r.where, sizeof r.where, "%.500s:", path);
    st = check_kind(&r);
    if (st != EL_OK)
        return st;
    el_item_init(catalog, r.kind, &r.item);
    r.item.user = user;
    r.item.entry.path = el_catalog_text(catalog, path);
    if (!r.item.entry.path)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", path);
    r.item.source = r.item.entry.path;
    r.confidence = "inferred"; /* nobody says otherwise */
    st = read_head(&r);
    if (st == EL_OK)
        st = read_values(&r);
    return st == EL_OK ? el_catalog_add(catalog, r.kind, &r.item, err) : st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "io/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "io/csv_text.h"
#include "io/file.h"

/*
 * jansson reports an allocation that fails inside its lexer as a syntax error
 * of the input, so this thread's failures are noted here. No other state.
 */
static _Thread_local bool alloc_failed;

static void *json_alloc(size_t size)
{
    void *p = el_array(size, 1);

    alloc_failed = alloc_failed || !p;
    return p;
}

void el_json_init(void)
{
    json_set_alloc_funcs(json_alloc, el_free);
}

json_t *el_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *seed_value(uint64_t seed)
{
    if (seed > (uint64_t)INT64_MAX)
        return json_sprintf("%" PRIu64, seed);
    return json_integer((json_int_t)seed);
}

json_t *el_json_envelope(const char *schema, int version, uint64_t seed,
                         json_t *result)
{
    json_t *doc = json_object();
    /* the *_new calls take the value even when they fail, and refuse NULL */
    int bad = json_object_set_new(doc, "result", result);

    bad |= json_object_set_new(doc, "schema", json_string(schema));
    bad |= json_object_set_new(doc, "version", json_integer(version));
    bad |= json_object_set_new(doc, "energylens", json_string(EL_VERSION));
    bad |= json_object_set_new(doc, "seed", seed_value(seed));
    if (bad) {
        json_decref(doc);
        return NULL;
    }
    return doc;
}

void el_write_head(el_json_writer *w)
{
    el_write_object(w, NULL);
    el_write_text(w, "energylens", EL_VERSION);
}

void el_write_tail(el_json_writer *w, const char *schema, int version,
                   uint64_t seed)
{
    json_t *value = seed_value(seed);

    el_write_text(w, "schema", schema);
    el_write_json(w, "seed", value);
    el_write_count(w, "version", version);
    el_write_end(w, '}');
    el_buf_add(w->out, "\n");
    json_decref(value);
}

el_status el_json_print(const json_t *json, el_buf *out, el_error *err)
{
    el_json_writer w = {.out = out};

    if (!out)
        return el_fail(err, EL_E_ARG, "json print: NULL buffer");
    el_write_json(&w, NULL, json);
    el_buf_add(out, "\n");
    if (!el_buf_ok(out))
        return el_fail(err, EL_E_NOMEM, "json print: out of memory");
    return EL_OK;
}

el_status el_json_parse(const char *text, size_t len, const char *name,
                        json_t **out, el_error *err)
{
    json_error_t detail;
    const char *foreign;
    size_t bom;
    json_t *doc;

    if ((!text && len > 0) || !name || !out)
        return el_fail(err, EL_E_ARG, "json parse: NULL text, name or result");
    foreign = el_text_foreign(text, len);
    if (foreign)
        return el_fail(err, EL_E_DATA, "%s: %s", name, foreign);
    bom = el_text_bom(text, len);
    if (bom == len)
        return el_fail(err, EL_E_DATA, "%s: empty file", name);
    alloc_failed = false;
    doc = json_loadb(text + bom, len - bom, JSON_REJECT_DUPLICATES, &detail);
    if (alloc_failed) { /* jansson may go on with half a token */
        json_decref(doc);
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", name);
    }
    if (!doc) {
        el_text_one_line(detail.text);
        return el_fail(err, EL_E_DATA, "%s:%d:%d: %s", name, detail.line,
                       detail.column, detail.text);
    }
    *out = doc;
    return EL_OK;
}

el_status el_json_load(const char *path, json_t **out, el_error *err)
{
    char *text = NULL;
    size_t len = 0;
    el_status st = el_file_read(path, EL_JSON_MAX_FILE, &text, &len, err);

    if (st != EL_OK)
        return st;
    st = el_json_parse(text, len, path, out, err);
    el_free(text);
    return st;
}

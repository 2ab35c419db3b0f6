/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/serve_words.h"

#include <stdio.h>
#include <string.h>

#include "app/analytic.h"
#include "io/json.h"

const char *const el_serve_verbs[] = {
    "predict", "explain", "optimize", "explore", "sweetspot",
    "account", "report",  "catalog",  "version", NULL};

/* Options whose value says nothing of files. */
static const char *const plain[] = {"model",
                                    "gpu",
                                    "precision",
                                    "quantization",
                                    "engine",
                                    "workload",
                                    "isl",
                                    "osl",
                                    "request-rate",
                                    "ttft",
                                    "tpot",
                                    "e2e",
                                    "percentile",
                                    "gpus",
                                    "tp",
                                    "pp",
                                    "ep",
                                    "dp",
                                    "batch",
                                    "enable-expert-parallel",
                                    "scope",
                                    "node-gpus",
                                    "pue",
                                    "top",
                                    "current",
                                    "config",
                                    "disaggregate",
                                    "nic",
                                    "launcher",
                                    "latency",
                                    "kv-cache-dtype",
                                    "gpu-clock",
                                    "gpu-power",
                                    "overlap",
                                    "fusion",
                                    "speed",
                                    "span",
                                    "carbon",
                                    "price",
                                    "sleep-every",
                                    "sleep-target",
                                    "sleep-wake",
                                    "sleep-power",
                                    "sleep-least",
                                    "queue-depth",
                                    "queue-wait",
                                    "queue-every",
                                    "queue-calm",
                                    "what-if",
                                    "format",
                                    "explain",
                                    "images",
                                    NULL};

/* Options whose value is a file, and what stands for a positional. */
static const char *const files[] = {"fit",          "calibrate", "trace",
                                    "metrics",      "grid",      "links",
                                    "kernel-table", NULL};
#define TABLE "table"

static bool is_in(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

typedef struct work {
    el_serve_words *out;
    size_t start[EL_SERVE_MAX_WORDS]; /* offsets in out->text */
    el_serve_find find;
    void *ctx;
    el_error *err;
} work;

static el_status begin_word(work *w)
{
    if (w->out->n == EL_SERVE_MAX_WORDS)
        return el_fail(w->err, EL_E_ARG, "too many options (limit %u)",
                       EL_SERVE_MAX_WORDS);
    w->start[w->out->n++] = w->out->text.len;
    return EL_OK;
}

static void end_word(work *w)
{
    el_buf_add_n(&w->out->text, "", 1);
}

/* A scalar as the command line has it; false: another type. */
static bool add_scalar(work *w, const json_t *v)
{
    el_buf *out = &w->out->text;

    if (json_is_string(v))
        el_buf_add(out, json_string_value(v));
    else if (json_is_integer(v))
        el_buf_printf(out, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v))
        el_buf_printf(out, "%.17g", json_real_value(v));
    else
        return false;
    return true;
}

static bool add_value(work *w, const json_t *v)
{
    if (!json_is_array(v))
        return add_scalar(w, v);
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (i > 0)
            el_buf_add(&w->out->text, ",");
        if (!add_scalar(w, json_array_get(v, i)))
            return false;
    }
    return json_array_size(v) > 0;
}

static el_status add_plain(work *w, const char *key, const json_t *v)
{
    el_status st;

    if (json_is_null(v) || json_is_false(v))
        return EL_OK;
    st = begin_word(w);
    if (st != EL_OK)
        return st;
    el_buf_printf(&w->out->text, "--%s", key);
    if (!json_is_true(v)) {
        el_buf_add(&w->out->text, "=");
        if (!add_value(w, v))
            return el_fail(w->err, EL_E_ARG,
                           "%s: text, a number, true, or an array of them",
                           key);
    }
    end_word(w);
    return EL_OK;
}

/* A config.json that was handed over may be the model. */
static el_status add_model(work *w, const json_t *v)
{
    const char *name = json_string_value(v), *path;
    el_status st;

    if (!name)
        return add_plain(w, "model", v);
    path = w->find(w->ctx, name);
    if (!path && el_model_is_path(name))
        return el_fail(w->err, EL_E_ARG,
                       "model: a name, or a config.json that was handed over");
    st = begin_word(w);
    if (st == EL_OK) {
        el_buf_printf(&w->out->text, "--model=%s", path ? path : name);
        end_word(w);
    }
    return st;
}

static el_status add_file(work *w, const char *key, const json_t *v)
{
    const char *name = json_string_value(v);
    const char *path = name ? w->find(w->ctx, name) : NULL;
    el_status st;

    if (json_is_null(v))
        return EL_OK;
    if (!path)
        return el_fail(w->err, EL_E_ARG,
                       "%s: no file of that name was handed "
                       "over: \"%.80s\"",
                       key, name ? name : "");
    st = begin_word(w);
    if (st != EL_OK)
        return st;
    if (strcmp(key, TABLE) == 0)
        el_buf_add(&w->out->text, path);
    else
        el_buf_printf(&w->out->text, "--%s=%s", key, path);
    end_word(w);
    return EL_OK;
}

/* catalog gpus, catalog models */
static el_status add_list(work *w, const json_t *v)
{
    static const char *const lists[] = {"gpus", "models", NULL};
    const char *name = json_string_value(v);
    el_status st;

    if (!name || !is_in(lists, name))
        return el_fail(w->err, EL_E_ARG, "list: gpus or models");
    st = begin_word(w);
    el_buf_add(&w->out->text, name);
    end_word(w);
    return st;
}

static el_status add_option(work *w, const char *key, const json_t *v)
{
    if (strcmp(key, "list") == 0)
        return add_list(w, v);
    if (strcmp(key, "model") == 0)
        return add_model(w, v);
    if (is_in(files, key) || strcmp(key, TABLE) == 0)
        return add_file(w, key, v);
    if (is_in(plain, key))
        return add_plain(w, key, v);
    return el_fail(w->err, EL_E_ARG, "no option for requests: \"%.80s\"", key);
}

static el_status add_all(work *w, const char *verb, json_t *object)
{
    bool text_wanted = json_object_get(object, "format") != NULL;
    const char *key;
    json_t *v;
    el_status st = begin_word(w);

    if (st != EL_OK)
        return st;
    el_buf_add(&w->out->text, verb);
    end_word(w);
    json_object_foreach(object, key, v)
    {
        st = add_option(w, key, v);
        if (st != EL_OK)
            return st;
    }
    if (text_wanted)
        return EL_OK;
    st = begin_word(w);
    el_buf_add(&w->out->text, "--json");
    end_word(w);
    return st;
}

el_status el_serve_words_make(const char *verb, const char *body, size_t len,
                              el_serve_find find, void *ctx,
                              el_serve_words *out, el_error *err)
{
    work w = {.out = out, .find = find, .ctx = ctx, .err = err};
    json_t *object = NULL;
    el_status st;

    memset(out, 0, sizeof *out);
    if (!is_in(el_serve_verbs, verb))
        return el_fail(err, EL_E_ARG, "no verb for requests: \"%.40s\"", verb);
    st = el_json_parse(body, len, "body", &object, err);
    if (st == EL_OK && !json_is_object(object))
        st = el_fail(err, EL_E_DATA, "body: not a JSON object");
    if (st == EL_OK)
        st = add_all(&w, verb, object);
    json_decref(object);
    if (st == EL_OK && !el_buf_ok(&out->text))
        st = el_fail(err, EL_E_NOMEM, "out of memory");
    for (size_t i = 0; st == EL_OK && i < out->n; i++)
        out->word[i] = out->text.text + w.start[i];
    if (st != EL_OK)
        el_serve_words_clear(out);
    return st;
}

void el_serve_words_clear(el_serve_words *words)
{
    el_buf_clear(&words->text);
    memset(words, 0, sizeof *words);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A client: the server's models, what engine it is, prompts. */
#include <string.h>

#include "base/mem.h"
#include "load/client.h"
#include "load/quiet.h"
#include "load/scan.h"
#include "load/stream.h"

static const char *const owner_of[] = {
#define X(name, text, owner) owner,
    EL_LOAD_ENGINE_LIST(X)
#undef X
};

/* One of "data"; true: it is the one that is wanted. */
static bool read_model(el_scan *s, const char *wanted, el_slice *id,
                       el_slice *owner)
{
    el_slice key;

    *id = *owner = (el_slice){"", 0};
    for (bool more = el_scan_open(s, '{'); more; more = el_scan_more(s, '}')) {
        bool string;

        if (!el_scan_key(s, &key))
            break;
        string = el_scan_peek(s) == '"';
        if (string && el_scan_is(key, "id"))
            (void)el_scan_string(s, id);
        else if (string && el_scan_is(key, "owned_by"))
            (void)el_scan_string(s, owner);
        else
            (void)el_scan_skip(s);
    }
    return id->len > 0 && (!wanted || el_scan_is(*id, wanted));
}

typedef struct models {
    size_t n;   /* in the list */
    bool found; /* the wanted one, or the first */
    el_slice id, owner;
} models;

static void read_data(el_scan *s, const char *wanted, models *out)
{
    for (bool more = el_scan_open(s, '['); more; more = el_scan_more(s, ']')) {
        el_slice id, owner;

        if (read_model(s, wanted, &id, &owner) && !out->found) {
            out->found = true;
            out->id = id;
            out->owner = owner;
        }
        out->n++;
    }
}

static bool read_models(const el_buf *page, const char *wanted, models *out)
{
    el_scan s;
    el_slice key;

    el_scan_init(&s, el_buf_text(page), page->len);
    for (bool more = el_scan_open(&s, '{'); more;
         more = el_scan_more(&s, '}')) {
        if (!el_scan_key(&s, &key))
            break;
        if (!el_scan_is(key, "data")) {
            (void)el_scan_skip(&s);
            continue;
        }
        read_data(&s, wanted, out);
    }
    return el_scan_end(&s) && out->n > 0;
}

static el_status choose_model(el_load *load, const models *m, el_error *err)
{
    el_load_target *t = &load->target;

    if (!m->found)
        return el_fail(err, EL_E_DEVICE, "%.200s: no model %.200s", load->url,
                       t->model ? t->model : "with a name");
    if (!t->model && m->n > 1)
        return el_fail(err, EL_E_DEVICE,
                       "%.200s: has %zu models: which one is meant?", load->url,
                       m->n);
    if (memchr(m->id.text, '\\', m->id.len)) /* would be escaped again */
        return el_fail(err, EL_E_DATA, "%.200s: a model's name has escapes",
                       load->url);
    t->model = el_strings_add(&load->strings, m->id.text, m->id.len);
    load->owner = el_strings_add(&load->strings, m->owner.text, m->owner.len);
    if (!t->model || !load->owner)
        return el_fail(err, EL_E_NOMEM, "load: out of memory");
    if (t->engine == EL_LOAD_AUTO) {
        t->engine = EL_LOAD_OPENAI;
        for (size_t i = 0; i < sizeof owner_of / sizeof *owner_of; i++)
            if (owner_of[i] && el_str_eq_nocase(owner_of[i], load->owner))
                t->engine = (el_load_engine)i;
    }
    if (t->prompt == EL_LOAD_PROMPT_AUTO)
        t->prompt = t->api == EL_LOAD_COMPLETIONS && t->engine != EL_LOAD_OPENAI
                        ? EL_LOAD_PROMPT_IDS
                        : EL_LOAD_PROMPT_TEXT;
    return EL_OK;
}

static el_status ask_models(el_load *load, const el_task *task, el_error *err)
{
    el_buf page = {0};
    models m = {.n = 0};
    el_status st = el_client_ask(load, "/v1/models", NULL, task, &page, err);

    if (st == EL_OK && !read_models(&page, load->target.model, &m))
        st = el_fail(err, EL_E_DATA, "%.200s/v1/models: not a list of models",
                     load->url);
    if (st == EL_OK)
        st = choose_model(load, &m, err);
    el_buf_clear(&page);
    return st;
}

el_status el_load_open(const el_load_target *target, const el_task *task,
                       el_load **out, el_error *err)
{
    el_load *load;
    el_status st = el_client_check(target, err);

    if (st != EL_OK)
        return st;
    load = el_array(1, sizeof *load);
    if (!load)
        return el_fail(err, EL_E_NOMEM, "load: out of memory");
    st = el_client_copy(load, target, err);
    if (st == EL_OK)
        st = el_curl_load(&load->curl, err);
    if (st == EL_OK) {
        load->multi = load->curl.multi_init();
        if (!load->multi)
            st = el_fail(err, EL_E_NOMEM, "load: out of memory");
    }
    if (st == EL_OK)
        st = ask_models(load, task, err);
    if (st == EL_OK && load->target.prompt == EL_LOAD_PROMPT_TEXT)
        st = el_client_find_words(load, task, err);
    if (st == EL_OK)
        *out = load;
    else
        el_load_close(load);
    return st;
}

void el_load_close(el_load *load)
{
    el_quiet quiet;

    if (!load)
        return;
    el_quiet_begin(&quiet); /* TLS says goodbye */
    for (size_t i = 0; i < load->n_stream; i++)
        el_stream_free(load->stream[i]);
    el_free(load->stream);
    if (load->multi)
        (void)load->curl.multi_cleanup(load->multi);
    el_load_key_clear(&load->key_line);
    el_free(load->header);
    el_strings_clear(&load->strings);
    el_free(load);
    el_quiet_end(&quiet);
}

el_load_server el_load_server_of(const el_load *load)
{
    return (el_load_server){.model = load->target.model,
                            .owner = load->owner,
                            .engine = load->target.engine,
                            .prompt = load->target.prompt};
}

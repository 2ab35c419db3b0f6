/* SPDX-License-Identifier: Apache-2.0 */
/* /health, /v1/models, /v1/completions, /v1/chat/completions. */
#include <jansson.h>
#include <string.h>

#include "fake.h"

#define CHAT_TOKENS 11u /* what the template adds */

static void refuse(server *s, conn *c, int status, const char *message)
{
    char body[512];

    (void)snprintf(body, sizeof body,
                   "{\"error\":{\"message\":\"%s\",\"type\":\"%s\","
                   "\"param\":null,\"code\":%d}}",
                   message, status < 500 ? "BadRequestError" : "server_error",
                   status);
    http_reply(c, status, "application/json",
               status == 503 || status == 429 ? "retry-after: 0\r\n" : "",
               body);
    if (c->r.max > 0)
        tokens_log(s, c);
}

static void models(const server *s, conn *c)
{
    char body[1024];

    if (s->o.models) {
        http_reply(c, 200, "application/json", "", s->o.models);
        return;
    }
    (void)snprintf(body, sizeof body,
                   "{\"object\":\"list\",\"data\":[{\"id\":\"%s\","
                   "\"object\":\"model\",\"created\":1763740000,"
                   "\"owned_by\":\"%s\",\"root\":\"%s\",\"parent\":null,"
                   "\"max_model_len\":%ld}]}",
                   s->o.model, s->o.owner, s->o.model, s->o.context);
    http_reply(c, 200, "application/json", "", body);
}

/* A word of up to `letters` letters is a token, a longer one several. */
static size_t count_text(const server *s, const char *text)
{
    size_t n = 0, room = (size_t)s->o.letters;

    while (*text) {
        size_t len = strcspn(text, " ");

        n += (len + room - 1) / room;
        text += len + (text[len] == ' ');
    }
    return n;
}

/* NULL: fine; else why not. */
static const char *read_ids(const server *s, const json_t *ids, request *r)
{
    size_t i;
    json_t *id;

    r->ids = true;
    r->prompt = json_array_size(ids);
    json_array_foreach(ids, i, id)
    {
        if (!json_is_integer(id) || json_integer_value(id) < 0)
            return "prompt: not a list of token ids";
        if (json_integer_value(id) >= s->o.vocabulary)
            return "Token id is out of vocabulary";
    }
    return NULL;
}

static const char *read_prompt(const server *s, const json_t *body, request *r)
{
    const json_t *prompt = json_object_get(body, "prompt");
    size_t i;
    json_t *m;

    if (!r->chat && json_is_array(prompt))
        return read_ids(s, prompt, r);
    if (!r->chat && json_is_string(prompt)) {
        r->prompt = 1 + count_text(s, json_string_value(prompt)); /* and BOS */
        return NULL;
    }
    if (!r->chat)
        return "prompt: missing";
    r->prompt = CHAT_TOKENS;
    json_array_foreach(json_object_get(body, "messages"), i, m)
    {
        const char *text = json_string_value(json_object_get(m, "content"));

        if (!text)
            return "messages: content is missing";
        r->prompt += count_text(s, text);
    }
    return r->prompt > CHAT_TOKENS ? NULL : "messages: empty";
}

static size_t whole(const json_t *body, const char *name)
{
    json_int_t v = json_integer_value(json_object_get(body, name));

    return v > 0 ? (size_t)v : 0;
}

/* How many tokens come: as asked where the engine was told to go on. */
static void read_goal(const server *s, const json_t *body, request *r)
{
    bool llama = strcmp(s->o.engine, "llama.cpp") == 0;
    bool on = json_is_true(json_object_get(body, "ignore_eos"));
    size_t least = whole(body, "min_tokens");

    r->max = whole(body, "max_tokens");
    if (llama && whole(body, "n_predict") > 0)
        r->max = whole(body, "n_predict");
    r->max = r->max > 0 ? r->max : 16;
    r->goal = r->max;
    if (!on && (llama || least < r->max) && s->o.eos > 0 &&
        (size_t)s->o.eos < r->max)
        r->goal = (size_t)s->o.eos > least ? (size_t)s->o.eos : least;
    if (r->fault.kind == FAULT_EOS && r->fault.n < (double)r->goal)
        r->goal = (size_t)r->fault.n;
    if (r->fault.kind == FAULT_LONG)
        r->goal += (size_t)r->fault.n;
}

static const char *read_body(const server *s, const json_t *body, request *r)
{
    const json_t *more = json_object_get(body, "stream_options");
    const char *model = json_string_value(json_object_get(body, "model"));
    const char *why;

    if (!model || strcmp(model, s->o.model) != 0)
        return "The model does not exist.";
    r->stream = json_is_true(json_object_get(body, "stream"));
    r->usage = json_is_true(json_object_get(more, "include_usage"));
    read_goal(s, body, r);
    why = read_prompt(s, body, r);
    if (!why && r->prompt + r->max > (size_t)s->o.context)
        why = "This model's maximum context length is exceeded";
    return why;
}

/* Faults that show before the first token. true: answered. */
static bool strikes_first(server *s, conn *c)
{
    const fault *f = &c->r.fault;

    if (f->kind == FAULT_STATUS) {
        refuse(s, c, (int)f->n, "as the test wants it");
    } else if (f->kind == FAULT_REDIRECT) {
        http_reply(c, 302, "text/plain",
                   "location: http://127.0.0.1:1/elsewhere\r\n", "");
        tokens_log(s, c);
    } else if (f->kind == FAULT_TYPE) {
        http_reply(c, 200, "text/html", "", "<html>a portal's page</html>");
        tokens_log(s, c);
    } else if (f->kind == FAULT_HANG && f->n <= 0) {
        c->state = SILENT;
    } else if ((f->kind == FAULT_DROP || f->kind == FAULT_RESET) && f->n <= 0) {
        c->close_after = true;
        tokens_log(s, c);
    } else {
        return false;
    }
    return true;
}

static void generate(server *s, conn *c, const http_request *h, bool chat)
{
    json_t *body = json_loadb(h->body, h->body_len, 0, NULL);
    const char *why = "not JSON";

    s->n_request++;
    c->r.chat = chat;
    c->r.fault = fault_of(&s->o, s->n_request);
    if (body)
        why = read_body(s, body, &c->r);
    if (why)
        refuse(s, c, strstr(why, "exist") ? 404 : 400, why);
    else if (!strikes_first(s, c))
        tokens_start(s, c);
    json_decref(body);
}

void api_handle(server *s, conn *c, const http_request *h)
{
    bool post = strcmp(h->method, "POST") == 0;
    bool loading = now_s() < s->start_s + s->o.load_s;

    if (s->o.api_key && strcmp(h->key, s->o.api_key) != 0 &&
        strncmp(h->path, "/v1/", 4) == 0) {
        char why[256]; /* some do repeat the key */

        (void)snprintf(why, sizeof why, "Incorrect API key provided: %.200s",
                       h->key);
        refuse(s, c, 401, why);
    } else if (loading) {
        refuse(s, c, 503, "Loading model");
    } else if (!post && strcmp(h->path, "/health") == 0) {
        http_reply(c, 200, "application/json", "", "{\"status\":\"ok\"}");
    } else if (!post && strcmp(h->path, "/v1/models") == 0) {
        models(s, c);
    } else if (post && strcmp(h->path, "/v1/completions") == 0) {
        generate(s, c, h, false);
    } else if (post && strcmp(h->path, "/v1/chat/completions") == 0) {
        generate(s, c, h, true);
    } else {
        refuse(s, c, 404, "Not Found");
    }
}

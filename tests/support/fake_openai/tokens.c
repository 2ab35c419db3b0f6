/* SPDX-License-Identifier: Apache-2.0 */
/* Running streams: a token a step, then usage and [DONE]. */
#include <math.h>
#include <string.h>

#include "fake.h"

#define MOST_UNSENT (256u << 10) /* a slow reader waits for its tokens */

/* One piece of a chunked body. */
static void add_chunk(el_buf *out, const char *text, size_t len)
{
    el_buf_printf(out, "%zx\r\n", len);
    el_buf_add_n(out, text, len);
    el_buf_add(out, "\r\n");
}

static void add_event(el_buf *out, const char *json)
{
    el_buf event = {0};

    el_buf_printf(&event, "data: %s\n\n", json);
    add_chunk(out, event.text, event.len);
    el_buf_clear(&event);
}

/* Members before "choices", as the engines write them. */
static void add_start(const server *s, const conn *c, el_buf *b)
{
    el_buf_printf(b,
                  "{\"id\":\"%s-%lu\",\"object\":\"%s\",\"created\":1763740000,"
                  "\"model\":\"%s\",\"choices\":",
                  c->r.chat ? "chatcmpl" : "cmpl", s->n_request,
                  c->r.chat ? "chat.completion.chunk" : "text_completion",
                  s->o.model);
}

static bool is_llama(const server *s)
{
    return strcmp(s->o.engine, "llama.cpp") == 0;
}

/* `text` NULL: the first event of a chat, which only names the role. */
static void add_choice(const server *s, const conn *c, el_buf *b,
                       const char *text, const char *finish)
{
    el_buf_add(b, "[{\"index\":0,");
    if (c->r.chat && !text)
        el_buf_add(b, "\"delta\":{\"role\":\"assistant\",\"content\":\"\"}");
    else if (c->r.chat && finish && is_llama(s))
        el_buf_add(b, "\"delta\":{}");
    else if (c->r.chat)
        el_buf_printf(b, "\"delta\":{\"content\":\"%s\"}", text);
    else
        el_buf_printf(b, "\"text\":\"%s\"", text);
    el_buf_add(b, ",\"logprobs\":null,\"finish_reason\":");
    el_buf_printf(b, finish ? "\"%s\"" : "null", finish);
    el_buf_add(b, is_llama(s) ? "}]" : ",\"stop_reason\":null}]");
}

static void add_usage(const conn *c, el_buf *b)
{
    const fault *f = &c->r.fault;
    size_t prompt = c->r.prompt, made = c->r.made;

    if (f->kind == FAULT_PROMPT)
        prompt = (size_t)fmax(0, (double)prompt + f->n);
    if (f->kind == FAULT_USAGE)
        made = (size_t)fmax(0, (double)made + f->n);
    el_buf_printf(b,
                  "\"usage\":{\"prompt_tokens\":%zu,\"total_tokens\":%zu,"
                  "\"completion_tokens\":%zu,\"prompt_tokens_details\":null}",
                  prompt, prompt + made, made);
}

static void event(const server *s, conn *c, const char *text,
                  const char *finish)
{
    el_buf json = {0};

    add_start(s, c, &json);
    add_choice(s, c, &json, text, finish);
    if (c->r.usage && is_llama(s) && finish &&
        c->r.fault.kind != FAULT_NO_USAGE) {
        el_buf_add(&json, ",");
        add_usage(c, &json);
    } else if (!is_llama(s)) {
        el_buf_add(&json, ",\"usage\":null");
    }
    el_buf_add(&json, "}");
    add_event(&c->out, json.text);
    el_buf_clear(&json);
}

/* The same bytes for all tokens of a stream but the last. */
static void add_token(const server *s, conn *c)
{
    if (c->r.piece.len == 0) {
        size_t before = c->out.len;

        event(s, c, " tok", NULL);
        el_buf_add_n(&c->r.piece, c->out.text + before, c->out.len - before);
    } else {
        el_buf_add_n(&c->out, c->r.piece.text, c->r.piece.len);
    }
}

static void over(server *s, conn *c)
{
    tokens_log(s, c);
    tokens_stop(s, c);
    c->state = ANSWERING;
}

/* What follows the last token. */
static void finish_stream(server *s, conn *c)
{
    const request *r = &c->r;

    if (is_llama(s))
        event(s, c, "", r->goal < r->max ? "stop" : "length");
    if (r->usage && !is_llama(s) && r->fault.kind != FAULT_NO_USAGE) {
        el_buf json = {0};

        add_start(s, c, &json);
        el_buf_add(&json, "[],");
        add_usage(c, &json);
        el_buf_add(&json, "}");
        add_event(&c->out, json.text);
        el_buf_clear(&json);
    }
    add_event(&c->out, "[DONE]");
    el_buf_add(&c->out, "0\r\n\r\n");
}

static void finish_whole(server *s, conn *c)
{
    el_buf json = {0};

    add_start(s, c, &json);
    el_buf_printf(&json, "[{\"index\":0,%s,\"finish_reason\":\"%s\"}],",
                  c->r.chat
                      ? "\"message\":{\"role\":\"assistant\",\"content\":\"\"}"
                      : "\"text\":\"\"",
                  c->r.goal < c->r.max ? "stop" : "length");
    add_usage(c, &json);
    el_buf_add(&json, "}");
    http_reply(c, 200, "application/json", "", json.text);
    el_buf_clear(&json);
}

static void add_big(el_buf *out)
{
    el_buf text = {0};

    el_buf_add(&text, "{\"text\":\"");
    for (size_t i = 0; i < 1u << 21; i++)
        el_buf_add_n(&text, "x", 1);
    el_buf_add(&text, "\"}");
    add_event(out, el_buf_text(&text));
    el_buf_clear(&text);
}

/* Strikes before token n. true: the stream has met its end. */
static bool strike(server *s, conn *c)
{
    const fault *f = &c->r.fault;

    if ((double)c->r.made < f->n)
        return false;
    switch (f->kind) {
    case FAULT_HANG:
        tokens_stop(s, c);
        c->state = SILENT;
        return true;
    case FAULT_MALFORMED:
        add_event(&c->out, "{\"id\":\"cmpl-1\",\"choices\":[{\"text\":\" t");
        return false;
    case FAULT_BIG:
        add_big(&c->out);
        return false;
    case FAULT_ERROR:
        add_event(&c->out, "{\"error\":{\"message\":\"CUDA out of memory\","
                           "\"type\":\"server_error\",\"code\":500}}");
        add_event(&c->out, "[DONE]");
        el_buf_add(&c->out, "0\r\n\r\n");
        break;
    case FAULT_NO_DONE:
        el_buf_add(&c->out, "0\r\n\r\n");
        break;
    case FAULT_DROP:
    case FAULT_RESET: /* conn_close() sends the RST */
        c->close_after = true;
        break;
    default:
        return false;
    }
    over(s, c);
    return true;
}

/* Tokens of one step. true: that was the last. */
static bool step(server *s, conn *c)
{
    long merge = s->o.merge > 1 ? s->o.merge : 1;

    if (c->r.made == 0 && c->r.chat && c->r.stream)
        event(s, c, NULL, NULL);
    for (long i = 0; i < merge && c->r.made < c->r.goal; i++)
        c->r.made++;
    if (!c->r.stream)
        return c->r.made == c->r.goal;
    if (c->r.made < c->r.goal || is_llama(s))
        add_token(s, c);
    else
        event(s, c, " end", c->r.goal < c->r.max ? "stop" : "length");
    return c->r.made == c->r.goal;
}

/* The step after one at `at_s`. */
static double next_step(const server *s, const conn *c, double at_s)
{
    double gap = s->o.itl_s + s->o.itl_per_stream_s * (double)s->running;

    if (c->r.fault.kind == FAULT_SLOW)
        gap *= c->r.fault.n;
    if (s->o.step && gap > 0)
        return s->start_s + gap * floor((at_s - s->start_s) / gap + 1.001);
    return at_s + gap;
}

void tokens_due(server *s, conn *c)
{
    double due = c->next_s, now = now_s();

    if (c->out.len - c->sent > MOST_UNSENT) {
        timer_set(s, c, now + 0.001);
        return;
    }
    if (c->r.made == 0)
        c->r.batch = s->running;
    if (!strike(s, c)) {
        bool last = step(s, c);

        now = now_s();
        c->r.first_s = c->r.first_s > 0 ? c->r.first_s : now;
        c->r.last_s = now;
        if (last && c->r.stream)
            finish_stream(s, c);
        else if (last)
            finish_whole(s, c);
        if (last)
            over(s, c);
        else
            timer_set(
                s, c,
                next_step(s, c, now - due > 0.1 * s->o.itl_s ? now : due));
    }
    conn_flush(s, c);
}

static void run(server *s, conn *c)
{
    double prefill = s->o.ttft_s;

    if (s->o.prefill_tok_s > 0)
        prefill += (double)c->r.prompt / s->o.prefill_tok_s;
    s->running++;
    c->state = RUNNING;
    timer_set(s, c, now_s() + prefill);
}

void tokens_start(server *s, conn *c)
{
    if (c->r.stream)
        el_buf_add(&c->out, "HTTP/1.1 200 OK\r\nserver: fake\r\n"
                            "content-type: text/event-stream; charset=utf-8\r\n"
                            "transfer-encoding: chunked\r\n\r\n");
    c->r.status = 200;
    c->next = NULL;
    if (s->o.concurrent == 0 || s->running < (size_t)s->o.concurrent) {
        run(s, c);
        return;
    }
    c->state = WAITING;
    if (s->last_waiting)
        s->last_waiting->next = c;
    else
        s->first_waiting = c;
    s->last_waiting = c;
}

static void unqueue(server *s, const conn *c)
{
    conn *before = NULL;

    for (conn *p = s->first_waiting; p && p != c; p = p->next)
        before = p;
    if (before)
        before->next = c->next;
    else
        s->first_waiting = c->next;
    if (s->last_waiting == c)
        s->last_waiting = before;
}

void tokens_stop(server *s, conn *c)
{
    timer_drop(s, c);
    el_buf_clear(&c->r.piece);
    if (c->state == WAITING)
        unqueue(s, c);
    if (c->state == RUNNING) {
        conn *next = s->first_waiting;

        s->running--;
        if (next) {
            unqueue(s, next);
            run(s, next);
        }
    }
}

void tokens_log(server *s, conn *c)
{
    const request *r = &c->r;

    if (!s->log)
        return;
    (void)fprintf(s->log,
                  "{\"request_id\":\"%s\",\"connection\":%lu,\"api\":\"%s\","
                  "\"prompt\":\"%s\",\"status\":%d,\"fault\":\"%s\","
                  "\"prompt_tokens\":%zu,\"asked_tokens\":%zu,"
                  "\"completion_tokens\":%zu,\"batch\":%zu,\"recv_s\":%.9f,"
                  "\"first_s\":%.9f,\"last_s\":%.9f,\"end_s\":%.9f}\n",
                  r->id, c->id, r->chat ? "chat" : "completions",
                  r->ids ? "ids" : "text", r->status, fault_name(r->fault.kind),
                  r->prompt, r->max, r->made, r->batch, r->recv_s, r->first_s,
                  r->last_s, now_s());
}

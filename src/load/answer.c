/* SPDX-License-Identifier: Apache-2.0 */
/* What comes back on a stream: bytes to events, events to times and counts. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "load/chunk.h"
#include "load/stream.h"
#include "load/watch.h"

#define MAX_MESSAGE 65536u /* of an answer that is no stream */
#define SLACK       64u    /* events that may come over what was asked */

void el_stream_break(el_load_stream *s, el_load_outcome why, const char *fmt,
                     ...)
{
    va_list ap;

    if (s->broken)
        return;
    s->broken = true;
    s->r.outcome = why;
    va_start(ap, fmt);
    (void)vsnprintf(s->r.detail, sizeof s->r.detail, fmt, ap);
    va_end(ap);
}

static bool keep_chunk(el_load_stream *s, double at_s)
{
    double us = round(1e6 * (at_s - s->r.sent_s));
    uint32_t *more =
        el_grow(s->chunk_us, &s->cap_chunk, s->r.n_chunk + 1, sizeof *more);

    if (!more)
        return false;
    s->chunk_us = more;
    more[s->r.n_chunk] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
    return true;
}

/* Welford's update, in the order of time. */
static void note_gap(el_load_stream *s, double gap_s)
{
    el_load_request *r = &s->r;
    double n = (double)r->n_chunk, d; /* gaps, with this one */

    if (r->n_chunk == 1) {
        r->gap_mean_s = r->gap_min_s = r->gap_max_s = gap_s;
        s->gap_m2 = 0;
        return;
    }
    d = gap_s - r->gap_mean_s;
    r->gap_mean_s += d / n;
    s->gap_m2 += d * (gap_s - r->gap_mean_s);
    r->gap_min_s = fmin(r->gap_min_s, gap_s);
    r->gap_max_s = fmax(r->gap_max_s, gap_s);
}

static void note_tokens(el_load_stream *s)
{
    el_load_request *r = &s->r;
    double at_s = s->load->stamp_s;

    if (at_s <= r->sent_s) /* sent and read in one go: it was writable then */
        at_s = el_clock_s();
    if (r->n_chunk == 0) {
        r->first_s = at_s;
    } else {
        note_gap(s, at_s - r->last_s);
    }
    if (s->keep_chunks && !keep_chunk(s, at_s)) {
        s->no_memory = true;
        el_stream_break(s, EL_LOAD_STOPPED, "out of memory");
        return;
    }
    r->last_s = at_s;
    r->n_chunk++;
    if (r->n_chunk > r->output_tokens + SLACK)
        el_stream_break(s, EL_LOAD_ENDLESS, "goes on after %zu events",
                        r->n_chunk);
}

static bool on_event(const char *data, size_t len, void *ctx)
{
    el_load_stream *s = ctx;
    char text[100];
    el_chunk c;

    if (s->done)
        return true;
    if (!el_chunk_read(data, len, &c)) {
        el_client_clean(s->load, data, len, text, sizeof text);
        el_stream_break(s, EL_LOAD_MALFORMED, "not JSON: %s", text);
    } else if (c.has_error) {
        el_client_clean(s->load, c.message.text, c.message.len, text,
                        sizeof text);
        el_stream_break(s, EL_LOAD_ERROR_EVENT, "%s", text);
    }
    if (s->broken)
        return false;
    s->done = c.done;
    if (c.has_usage) {
        s->has_usage = true;
        s->r.prompt_tokens = c.prompt_tokens;
        s->r.completion_tokens = c.completion_tokens;
        s->r.cached_tokens = c.cached_tokens;
    }
    if (c.has_tokens)
        note_tokens(s);
    return !s->broken;
}

/* Status and type decide whether the body is looked at as a stream. */
void el_stream_check_head(el_load_stream *s)
{
    const el_curl *f = &s->load->curl;
    char *given = NULL, text[80];
    const char *type;

    s->checked = true;
    (void)f->easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &s->r.http_status);
    (void)f->easy_getinfo(s->easy, CURLINFO_CONTENT_TYPE, &given);
    type = given ? given : "";
    if (s->r.http_status >= 300 && s->r.http_status < 400) {
        el_stream_break(s, EL_LOAD_REDIRECT,
                        "HTTP %ld: redirects are not "
                        "followed",
                        s->r.http_status);
    } else if (s->r.http_status != 200) {
        el_stream_break(s, EL_LOAD_HTTP, "HTTP %ld", s->r.http_status);
    } else if (strncasecmp(type, "text/event-stream", 17) != 0) {
        el_client_clean(s->load, type, strlen(type), text, sizeof text);
        el_stream_break(s, EL_LOAD_WRONG_TYPE,
                        "content type \"%s\", not text/event-stream", text);
    }
}

size_t el_stream_receive(char *data, size_t size, size_t n, void *ctx)
{
    el_load_stream *s = ctx;
    size_t len = size * n; /* size is 1 */

    if (!s->checked)
        el_stream_check_head(s);
    if (s->broken) { /* to its end, so that the connection can be kept */
        if (s->message.len + len > MAX_MESSAGE)
            return 0;
        el_buf_add_n(&s->message, data, len);
        return len;
    }
    switch (el_sse_feed(&s->sse, data, len, on_event, s)) {
    case EL_OK:
        return len;
    case EL_E_DATA:
        el_stream_break(s, EL_LOAD_MALFORMED, "an event over %u bytes",
                        EL_SSE_MAX_BYTES);
        return 0;
    case EL_E_NOMEM:
        s->no_memory = true;
        return 0;
    default: /* on_event() said why */
        return 0;
    }
}

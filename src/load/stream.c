/* SPDX-License-Identifier: Apache-2.0 */
#include "load/stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "load/chunk.h"
#include "load/watch.h"

/* libcurl is about to send. It sends again by itself where a kept connection
   turns out to be closed: that is an attempt of its own, with a record. */
static int on_send(void *ctx, char *ip, char *own_ip, int port, int own_port)
{
    el_load_stream *s = ctx;

    (void)ip, (void)own_ip, (void)port, (void)own_port;
    if (!isnan(s->r.sent_s)) {
        el_stream_break(s, EL_LOAD_DROPPED, "a kept connection was closed");
        return CURL_PREREQFUNC_ABORT;
    }
    s->r.sent_s = el_clock_s();
    return CURL_PREREQFUNC_OK;
}

el_status el_stream_new(el_load *load, size_t number, el_load_stream **out,
                        el_error *err)
{
    const el_curl *f = &load->curl;
    el_load_stream *s = el_array(1, sizeof *s);
    char url[1200];
    unsigned bad = 0;
    el_status st;

    if (s)
        s->easy = f->easy_init();
    if (!s || !s->easy) {
        el_free(s);
        return el_fail(err, EL_E_NOMEM, "load: no memory for a stream");
    }
    s->load = load;
    s->r.stream = number;
    s->id.data = s->id_line;
    s->id.next = load->header;
    (void)snprintf(url, sizeof url, "%s%s", load->url, load->path);
    st = el_client_prepare(load, s->easy, err);
    bad |= f->easy_setopt(s->easy, CURLOPT_URL, url);
    bad |= f->easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, el_stream_receive);
    bad |= f->easy_setopt(s->easy, CURLOPT_WRITEDATA, (void *)s);
    bad |= f->easy_setopt(s->easy, CURLOPT_PREREQFUNCTION, on_send);
    bad |= f->easy_setopt(s->easy, CURLOPT_PREREQDATA, (void *)s);
    bad |= f->easy_setopt(s->easy, CURLOPT_PRIVATE, (void *)s);
    bad |= f->easy_setopt(s->easy, CURLOPT_HTTPHEADER, &s->id);
    if (load->address.data)
        bad |= f->easy_setopt(s->easy, CURLOPT_RESOLVE, &load->address);
    if (st == EL_OK && bad)
        st = el_fail(err, EL_E_NOMEM, "load: no memory for a stream");
    if (st == EL_OK)
        *out = s;
    else
        el_stream_free(s);
    return st;
}

void el_stream_free(el_load_stream *s)
{
    if (!s)
        return;
    s->load->curl.easy_cleanup(s->easy);
    el_sse_clear(&s->sse);
    el_buf_clear(&s->body);
    el_buf_clear(&s->message);
    el_free(s->chunk_us);
    el_free(s);
}

void el_stream_take(el_load_stream *s, size_t index, el_load_shape shape,
                    double due_s, el_buf *body)
{
    el_buf old = s->body;

    s->body = *body;
    *body = old;
    body->len = 0;
    s->r.index = index;
    s->r.attempt = 0;
    s->r.input_tokens = shape.input_tokens;
    s->r.output_tokens = shape.output_tokens;
    s->r.due_s = due_s;
}

/* Nothing of an earlier attempt is left. */
static void forget(el_load_stream *s)
{
    const double none = (double)NAN;
    el_load_request *r = &s->r;

    el_sse_reset(&s->sse);
    s->checked = s->done = s->has_usage = s->broken = false;
    s->message.len = 0;
    r->again = r->new_connection = false;
    r->outcome = EL_LOAD_OK;
    r->http_status = 0;
    r->detail[0] = '\0';
    r->prompt_tokens = r->completion_tokens = r->cached_tokens = none;
    r->start_s = r->sent_s = r->first_s = r->last_s = r->end_s = none;
    r->n_chunk = 0;
    r->chunk_us = NULL;
    r->gap_mean_s = r->gap_sd_s = r->gap_min_s = r->gap_max_s = none;
}

el_status el_stream_begin(el_load_stream *s, uint64_t seed, el_error *err)
{
    const el_curl *f = &s->load->curl;
    unsigned bad = 0;
    int running;

    forget(s);
    s->r.attempt++;
    (void)snprintf(s->id_line, sizeof s->id_line,
                   "X-Request-Id: energylens-%llx-%zu-%zu-%u",
                   (unsigned long long)seed, s->load->n_run, s->r.index,
                   s->r.attempt);
    bad |= f->easy_setopt(s->easy, CURLOPT_POSTFIELDS, s->body.text);
    bad |= f->easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                          (curl_off_t)s->body.len);
    bad |= (unsigned)f->multi_add(s->load->multi, s->easy);
    if (bad)
        return el_fail(err, EL_E_NOMEM, "load: no memory for a stream");
    s->state = EL_STREAM_FLYING;
    s->r.start_s = el_clock_s();
    if (isnan(s->r.due_s))
        s->r.due_s = s->r.start_s;
    /* at once, not with others later: start_s is libcurl's start too */
    (void)f->multi_action(s->load->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    return EL_OK;
}

/* What libcurl's own code says of an attempt that nothing else has stopped. */
static void judge_code(el_load_stream *s, CURLcode code)
{
    const char *text = s->load->curl.easy_strerror(code);
    bool sent = !isnan(s->r.sent_s);

    switch (code) {
    case CURLE_OK:
        break;
    case CURLE_OUT_OF_MEMORY:
        s->no_memory = true;
        el_stream_break(s, EL_LOAD_STOPPED, "%s", text);
        break;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
        el_stream_break(s, EL_LOAD_TLS, "%s", text);
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        el_stream_break(s, EL_LOAD_NO_CONNECTION, "%s", text);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        el_stream_break(s, sent ? EL_LOAD_TIMEOUT : EL_LOAD_NO_CONNECTION, "%s",
                        text);
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        el_stream_break(s, EL_LOAD_DROPPED, "%s", text);
        break;
    default: /* not HTTP, not a chunked body */
        el_stream_break(s, EL_LOAD_MALFORMED, "%s", text);
        break;
    }
}

/* Complete as a stream: are its counts those that were asked for? */
static void judge_counts(el_load_stream *s)
{
    const el_load_request *r = &s->r;
    double made = r->completion_tokens, asked = (double)r->output_tokens;

    if (!s->has_usage || isnan(made) || isnan(r->prompt_tokens))
        el_stream_break(s, EL_LOAD_NO_USAGE, "no count of tokens");
    else if (made < (double)r->n_chunk || r->n_chunk == 0)
        el_stream_break(s, EL_LOAD_BAD_USAGE, "%.0f tokens in %zu events", made,
                        r->n_chunk);
    else if (made < asked)
        el_stream_break(s, EL_LOAD_SHORT, "%.0f tokens of %.0f", made, asked);
    else if (made > asked)
        el_stream_break(s, EL_LOAD_LONG, "%.0f tokens, not %.0f", made, asked);
    else if (r->prompt_tokens != (double)r->input_tokens)
        el_stream_break(s, EL_LOAD_PROMPT_OFF,
                        "a prompt of %.0f tokens, not %zu", r->prompt_tokens,
                        r->input_tokens);
}

/* "HTTP 500" and what the server says of it. */
static void add_message(el_load_stream *s)
{
    size_t n = strlen(s->r.detail);
    el_slice said = el_chunk_message(el_buf_text(&s->message), s->message.len);

    if (s->r.outcome != EL_LOAD_HTTP || said.len == 0 ||
        n + 8 > sizeof s->r.detail)
        return;
    memcpy(s->r.detail + n, ": ", 3);
    el_client_clean(s->load, said.text, said.len, s->r.detail + n + 2,
                    sizeof s->r.detail - n - 2);
}

static bool may_try_again(const el_load_request *r)
{
    static const bool again[] = {
#define X(name, text, again) again,
        EL_LOAD_OUTCOME_LIST(X)
#undef X
    };
    long status = r->http_status;

    if (!again[r->outcome] || !isnan(r->first_s))
        return false;
    return r->outcome != EL_LOAD_HTTP || status == 408 || status == 429 ||
           (status >= 500 && status != 501 && status != 505);
}

void el_stream_end(el_load_stream *s, CURLcode code, unsigned retries)
{
    const el_curl *f = &s->load->curl;
    el_load_request *r = &s->r;
    long connects = 0;

    (void)f->multi_remove(s->load->multi, s->easy);
    s->state = EL_STREAM_IDLE;
    r->end_s = el_clock_s();
    (void)f->easy_getinfo(s->easy, CURLINFO_NUM_CONNECTS, &connects);
    r->new_connection = connects > 0;
    if (!s->checked && code == CURLE_OK && !s->broken)
        el_stream_check_head(s);
    judge_code(s, code);
    if (!s->broken && !s->done)
        el_stream_break(s, EL_LOAD_TRUNCATED, "ended before [DONE]");
    if (!s->broken)
        judge_counts(s);
    add_message(s);
    if (r->n_chunk > 1)
        r->gap_sd_s = r->n_chunk > 2
                          ? sqrt(s->gap_m2 / (double)(r->n_chunk - 2))
                          : (double)NAN;
    r->chunk_us = s->keep_chunks ? s->chunk_us : NULL;
    r->again = r->attempt <= retries && may_try_again(r);
}

void el_stream_drop(el_load_stream *s)
{
    forget(s);
    s->r.attempt++;
    s->state = EL_STREAM_IDLE;
    el_stream_break(s, EL_LOAD_STOPPED, "the run is over");
    s->r.end_s = el_clock_s();
}

double el_stream_backoff_s(const el_load_stream *s)
{
    double wait_s =
        ldexp(s->load->target.backoff_s, (int)fmin(s->r.attempt - 1, 30));
    curl_off_t server_s = 0;

    (void)s->load->curl.easy_getinfo(s->easy, CURLINFO_RETRY_AFTER, &server_s);
    return fmin(fmax(wait_s, (double)server_s), 60);
}

double el_load_ttft_s(const el_load_request *r)
{
    return r->first_s - r->sent_s;
}

double el_load_tpot_s(const el_load_request *r)
{
    if (!(r->completion_tokens > 1))
        return (double)NAN;
    return (r->last_s - r->first_s) / (r->completion_tokens - 1);
}

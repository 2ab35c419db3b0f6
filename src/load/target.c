/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to ask: checked, copied, made into headers. */
#include <string.h>

#include "base/mem.h"
#include "load/client.h"
#include "load/scan.h"

#define MAX_URL     1000u
#define MAX_SECONDS 1e6

static bool is_time(double s)
{
    return s >= 0 && s <= MAX_SECONDS;
}

static bool is_clean(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7F)
            return false;
    return true;
}

/* The authority's length after "http(s)://"; 0: not such a URL. */
static size_t authority(const char *url, const char **at)
{
    if (strncmp(url, "http://", 7) == 0)
        *at = url + 7;
    else if (strncmp(url, "https://", 8) == 0)
        *at = url + 8;
    else
        return 0;
    return strcspn(*at, "/?#");
}

static el_status check_url(const char *url, el_error *err)
{
    const char *at;
    size_t n = url ? authority(url, &at) : 0;

    if (n == 0 || strlen(url) > MAX_URL || !is_clean(url) || strpbrk(at, "?#"))
        return el_fail(err, EL_E_ARG,
                       "load: not a URL like http://host:8000 (at most %u "
                       "bytes)",
                       MAX_URL);
    if (memchr(at, '@', n)) /* not printed: it may be a password */
        return el_fail(err, EL_E_ARG,
                       "load: no user or password in the URL; a key comes "
                       "from the environment or a file");
    return EL_OK;
}

static bool is_json_members(const char *text)
{
    el_buf b = {0};
    el_scan s;
    bool ok;

    el_buf_printf(&b, "{%s}", text);
    el_scan_init(&s, el_buf_text(&b), b.len);
    ok = el_scan_open(&s, '{'); /* at least one */
    el_scan_init(&s, el_buf_text(&b), b.len);
    ok = ok && el_scan_skip(&s) && el_scan_end(&s);
    el_buf_clear(&b);
    return ok;
}

static el_status check_header(const el_load_target *t, el_error *err)
{
    for (size_t i = 0; i < t->n_header; i++) {
        const char *h = t->header[i];

        if (!strchr(h, ':') || strpbrk(h, "\r\n"))
            return el_fail(err, EL_E_ARG, "load: a header is not Name: value");
    }
    if (t->api_key && (!*t->api_key || !is_clean(t->api_key)))
        return el_fail(err, EL_E_ARG, "load: the API key is no header's value");
    return EL_OK;
}

el_status el_client_check(const el_load_target *t, el_error *err)
{
    el_status st = check_url(t->url, err);

    if (st == EL_OK)
        st = check_header(t, err);
    if (st != EL_OK)
        return st;
    if (t->engine > EL_LOAD_LLAMACPP || t->api > EL_LOAD_CHAT ||
        t->prompt > EL_LOAD_PROMPT_TEXT)
        return el_fail(err, EL_E_ARG, "load: no such engine, API or prompt");
    if (t->prompt == EL_LOAD_PROMPT_IDS && t->api == EL_LOAD_CHAT)
        return el_fail(err, EL_E_ARG, "load: a chat takes text, no token ids");
    if (t->vocabulary > 0 && t->first_id >= t->vocabulary)
        return el_fail(err, EL_E_ARG, "load: no ids from %u below %u",
                       t->first_id, t->vocabulary);
    if (!is_time(t->connect_timeout_s) || !is_time(t->first_timeout_s) ||
        !is_time(t->gap_timeout_s) || !is_time(t->timeout_s) ||
        !is_time(t->backoff_s))
        return el_fail(err, EL_E_ARG, "load: a timeout is not in 0..%g s",
                       MAX_SECONDS);
    if (t->extra_json && !is_json_members(t->extra_json))
        return el_fail(err, EL_E_ARG,
                       "load: not members of a JSON object: "
                       "%.200s",
                       t->extra_json);
    return EL_OK;
}

static const char *keep(el_load *load, const char *text)
{
    return text ? el_strings_add(&load->strings, text, strlen(text)) : NULL;
}

static double or_else(double given, double usual)
{
    return given > 0 ? given : usual;
}

static bool set_url(el_load *load, const char *url)
{
    size_t n = strlen(url), len;
    const char *at = url;

    while (n > 0 && url[n - 1] == '/')
        n--;
    if (n > 3 && memcmp(url + n - 3, "/v1", 3) == 0)
        n -= 3;
    while (n > 0 && url[n - 1] == '/')
        n--;
    load->url = el_strings_add(&load->strings, url, n);
    if (!load->url)
        return false;
    len = authority(load->url, &at);
    if (*at == '[')
        len = strcspn(at, "]") + 1;
    else
        len = strcspn(at, ":/") < len ? strcspn(at, ":/") : len;
    if (len >= sizeof load->host)
        len = sizeof load->host - 1; /* no host is that long */
    memcpy(load->host, at, len);
    return true;
}

/* Texts are copied; the key only into the line that is wiped. */
static bool copy_target(el_load *load, const el_load_target *t)
{
    el_load_target *mine = &load->target;

    *mine = *t;
    mine->connect_timeout_s = or_else(t->connect_timeout_s, 10);
    mine->first_timeout_s = or_else(t->first_timeout_s, 600);
    mine->gap_timeout_s = or_else(t->gap_timeout_s, 60);
    mine->backoff_s = or_else(t->backoff_s, 0.5);
    mine->model = keep(load, t->model);
    mine->ca_file = keep(load, t->ca_file);
    mine->extra_json = keep(load, t->extra_json);
    mine->header = NULL;
    mine->api_key = NULL;
    if (t->api_key) {
        el_buf_add(&load->key_line, "Authorization: Bearer ");
        el_buf_add(&load->key_line, t->api_key);
        if (!el_buf_ok(&load->key_line))
            return false;
        mine->api_key = load->key_line.text + strlen("Authorization: Bearer ");
    }
    load->path =
        t->api == EL_LOAD_CHAT ? "/v1/chat/completions" : "/v1/completions";
    load->owner = "";
    return set_url(load, t->url) && !mine->model == !t->model &&
           !mine->ca_file == !t->ca_file && !mine->extra_json == !t->extra_json;
}

/* libcurl's list of headers, in nodes of our own. */
static bool make_headers(el_load *load, const el_load_target *t)
{
    const char *fixed[] = {"Content-Type: application/json", "Expect:",
                           "Accept: text/event-stream, application/json",
                           load->key_line.text};
    size_t n_fixed = sizeof fixed / sizeof *fixed, n = 0;

    load->header = el_array(n_fixed + t->n_header, sizeof *load->header);
    if (!load->header)
        return false;
    for (size_t i = 0; i < n_fixed + t->n_header; i++) {
        const char *line =
            i < n_fixed ? fixed[i] : keep(load, t->header[i - n_fixed]);

        if (i < n_fixed && !line)
            continue; /* no key */
        if (!line)
            return false;
        if (n > 0)
            load->header[n - 1].next = &load->header[n];
        load->header[n++].data =
            (char *)(uintptr_t)line; /* NOLINT: read only */
    }
    return true;
}

el_status el_client_copy(el_load *load, const el_load_target *t, el_error *err)
{
    if (copy_target(load, t) && make_headers(load, t))
        return EL_OK;
    return el_fail(err, EL_E_NOMEM, "load: out of memory");
}

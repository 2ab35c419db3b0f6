/* SPDX-License-Identifier: Apache-2.0 */
/* Questions with an answer in one piece: models, probes. */
#include <stdio.h>
#include <string.h>

#include "base/task.h"
#include "load/chunk.h"
#include "load/client.h"
#include "load/quiet.h"

#define MAX_PAGE (4u << 20)

typedef struct asking {
    el_buf *page;
    const el_task *task;
} asking;

static size_t receive(char *data, size_t size, size_t n, void *ctx)
{
    el_buf *page = ((asking *)ctx)->page;
    size_t len = size * n; /* size is 1 */

    if (page->len + len > MAX_PAGE)
        return 0;
    el_buf_add_n(page, data, len);
    return el_buf_ok(page) ? len : 0;
}

/* About once a second, and while data comes. */
static int still_wanted(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c,
                        curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return el_task_is_cancelled(((asking *)ctx)->task) ? 1 : 0;
}

static bool is_secret(const el_load *load, const char *text, size_t len,
                      size_t *n)
{
    const char *key = load->target.api_key;

    *n = key ? strlen(key) : 0;
    return *n > 0 && *n <= len && memcmp(text, key, *n) == 0;
}

/* Printable, and nothing that would end the line. */
static char plain(char c)
{
    if ((unsigned char)c < 0x20 || c == 0x7F)
        return ' ';
    return c;
}

void el_client_clean(const el_load *load, const char *text, size_t len,
                     char *out, size_t cap)
{
    size_t n = 0, secret;

    for (size_t i = 0; i < len && n + 4 < cap; i++) {
        if (is_secret(load, text + i, len - i, &secret)) {
            i += secret - 1;
            memcpy(out + n, "***", 3);
            n += 3;
        } else if (text[i] == '\\' && i + 1 < len) { /* of JSON */
            char c = text[++i];

            out[n++] = ' ';
            if (c == '"' || c == '\\' || c == '/')
                out[n - 1] = c;
        } else {
            out[n++] = plain(text[i]);
        }
    }
    out[n] = '\0';
}

el_status el_client_prepare(el_load *load, CURL *easy, el_error *err)
{
    const el_curl *f = &load->curl;
    const el_load_target *t = &load->target;
    long ms = (long)(1000 * t->connect_timeout_s);
    unsigned bad = 0;

    bad |= f->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= f->easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    bad |= f->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    bad |= f->easy_setopt(easy, CURLOPT_PROXY, "");
    bad |= f->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= f->easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    bad |= f->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms);
    bad |= f->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= f->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (t->ca_file)
        bad |= f->easy_setopt(easy, CURLOPT_CAINFO, t->ca_file);
    if (bad)
        return el_fail(err, EL_E_DEVICE, "libcurl is older than 7.85");
    return EL_OK;
}

static el_status prepare(el_load *load, CURL *easy, const char *url,
                         const char *body, asking *a, el_error *err)
{
    const el_curl *f = &load->curl;
    long ms = (long)(1000 * load->target.first_timeout_s);
    el_status st = el_client_prepare(load, easy, err);
    unsigned bad = 0;

    if (st != EL_OK)
        return st;
    bad |= f->easy_setopt(easy, CURLOPT_URL, url);
    bad |= f->easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms);
    bad |= f->easy_setopt(easy, CURLOPT_HTTPHEADER, load->header);
    bad |= f->easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    bad |= f->easy_setopt(easy, CURLOPT_WRITEDATA, (void *)a);
    bad |= f->easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    bad |= f->easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, still_wanted);
    bad |= f->easy_setopt(easy, CURLOPT_XFERINFODATA, (void *)a);
    if (body)
        bad |= f->easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    return bad ? el_fail(err, EL_E_NOMEM, "load: out of memory") : EL_OK;
}

/* Streams go to the address that answered: thousands of them at once must not
   ask the resolver, which takes a thread each. */
static void keep_address(el_load *load, CURL *easy)
{
    char *ip = NULL;
    long port = 0;

    (void)load->curl.easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
    (void)load->curl.easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
    load->address.data = NULL;
    if (!ip || !*ip || port <= 0 || load->host[0] == '[' ||
        strcmp(load->host, ip) == 0)
        return; /* not known, or the URL has it */
    (void)snprintf(load->address_text, sizeof load->address_text,
                   strchr(ip, ':') ? "%s:%ld:[%s]" : "%s:%ld:%s", load->host,
                   port, ip);
    load->address.data = load->address_text;
}

static el_status judge(el_load *load, CURL *easy, const char *url,
                       CURLcode code, const el_buf *page, el_error *err)
{
    long status = 0;
    el_slice said;
    char text[200];

    if (!el_buf_ok(page) || code == CURLE_OUT_OF_MEMORY)
        return el_fail(err, EL_E_NOMEM, "load: out of memory");
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return el_fail(err, EL_E_CANCELLED, "stopped on request");
    if (code == CURLE_WRITE_ERROR)
        return el_fail(err, EL_E_DATA, "%.200s: more than %u MiB", url,
                       MAX_PAGE >> 20);
    if (code != CURLE_OK)
        return el_fail(err, EL_E_DEVICE, "%.200s: %s", url,
                       load->curl.easy_strerror(code));
    (void)load->curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200)
        return EL_OK;
    said = el_chunk_message(el_buf_text(page), page->len);
    el_client_clean(load, said.text, said.len, text, sizeof text);
    return el_fail(err, EL_E_DEVICE, "%.200s: HTTP %ld%s%s", url, status,
                   *text ? ": " : "", text);
}

el_status el_client_ask(el_load *load, const char *path, const char *body,
                        const el_task *task, el_buf *page, el_error *err)
{
    CURL *easy = load->curl.easy_init();
    el_quiet quiet;
    asking a = {page, task};
    char url[1200];
    el_status st;

    if (!easy)
        return el_fail(err, EL_E_NOMEM, "load: out of memory");
    el_quiet_begin(&quiet);
    page->len = 0;
    (void)snprintf(url, sizeof url, "%s%s", load->url, path);
    st = prepare(load, easy, url, body, &a, err);
    if (st == EL_OK) {
        CURLcode code = load->curl.easy_perform(easy);

        st = judge(load, easy, url, code, page, err);
    }
    if (st == EL_OK)
        keep_address(load, easy);
    load->curl.easy_cleanup(easy);
    el_quiet_end(&quiet);
    return st;
}

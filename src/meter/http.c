/* SPDX-License-Identifier: Apache-2.0 */
#include "meter/http.h"

#include <curl/curl.h> /* prototypes and constants; nothing is linked */
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "base/mem.h"

typedef struct api {
    CURL *(*init)(void);
    CURLcode (*set)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    void (*cleanup)(CURL *);
    const char *(*error)(CURLcode);
} api;

struct el_http {
    api f;
    CURL *curl;
    char url[1024];
};

static el_status load(api *f, el_error *err)
{
    const el_symbol wanted[] = {
        {"curl_easy_init", NULL, &f->init, 0},
        {"curl_easy_setopt", NULL, &f->set, 0},
        {"curl_easy_perform", NULL, &f->perform, 0},
        {"curl_easy_cleanup", NULL, &f->cleanup, 0},
        {"curl_easy_strerror", NULL, &f->error, 0},
    };

    return el_library_open("EL_CURL_PATH", "libcurl.so.4", wanted,
                           sizeof wanted / sizeof *wanted, err);
}

/* Fewer bytes taken than given stops the transfer. */
static size_t receive(char *data, size_t size, size_t n, void *ctx)
{
    el_buf *page = ctx;
    size_t len = size * n; /* size is 1 */

    if (page->len + len > EL_HTTP_MAX_BYTES)
        return 0;
    el_buf_add_n(page, data, len);
    return el_buf_ok(page) ? len : 0;
}

static el_status prepare(el_http *h, el_error *err)
{
    const api *f = &h->f;
    int bad = 0;

    bad |= f->set(h->curl, CURLOPT_URL, h->url) != CURLE_OK;
    bad |= f->set(h->curl, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
    bad |= f->set(h->curl, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
    bad |= f->set(h->curl, CURLOPT_PROXY, "") != CURLE_OK;
    bad |= f->set(h->curl, CURLOPT_FAILONERROR, 1L) != CURLE_OK;
    bad |= f->set(h->curl, CURLOPT_TIMEOUT, EL_HTTP_TIMEOUT_S) != CURLE_OK;
    bad |= f->set(h->curl, CURLOPT_WRITEFUNCTION, receive) != CURLE_OK;
    if (bad)
        return el_fail(err, EL_E_DEVICE, "libcurl is older than 7.85");
    return EL_OK;
}

el_status el_http_open(const char *url, el_http **out, el_error *err)
{
    el_http *h = el_array(1, sizeof *h);
    el_status st;

    if (!h)
        return el_fail(err, EL_E_NOMEM, "http: out of memory");
    if (strlen(url) >= sizeof h->url)
        st = el_fail(err, EL_E_ARG, "http: the URL is too long");
    else
        st = load(&h->f, err);
    if (st == EL_OK) {
        el_str_copy(h->url, sizeof h->url, url);
        h->curl = h->f.init();
        st = h->curl ? prepare(h, err)
                     : el_fail(err, EL_E_NOMEM, "http: out of memory");
    }
    if (st == EL_OK)
        *out = h;
    else
        el_http_close(h);
    return st;
}

el_status el_http_get(el_http *http, el_buf *page, el_error *err)
{
    CURLcode code;

    page->len = 0;
    code = http->f.set(http->curl, CURLOPT_WRITEDATA, (void *)page);
    if (code == CURLE_OK)
        code = http->f.perform(http->curl);
    if (!el_buf_ok(page))
        return el_fail(err, EL_E_NOMEM, "%.200s: out of memory", http->url);
    if (code == CURLE_WRITE_ERROR)
        return el_fail(err, EL_E_IO, "%.200s: more than %u MiB", http->url,
                       EL_HTTP_MAX_BYTES >> 20);
    if (code != CURLE_OK)
        return el_fail(err, EL_E_IO, "%.200s: %s", http->url,
                       http->f.error(code));
    return EL_OK;
}

void el_http_close(el_http *http)
{
    if (http && http->curl)
        http->f.cleanup(http->curl);
    el_free(http);
}

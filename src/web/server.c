/* SPDX-License-Identifier: Apache-2.0 */
#include "web/server.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "web/accept.h"
#include "web/microhttpd.h"

#define IDLE_S        10   /* seconds without a byte */
#define WHOLE_S       30.0 /* for a whole body */
#define MAX_CLIENTS   512
#define MAX_PER_HOST  256
#define HEADER_MEMORY 32768
#define MAX_HOST      80
#define MAX_WORKERS   64u

struct el_web {
    el_mhd mhd;
    size_t n_worker, next;
    struct MHD_Daemon *worker[MAX_WORKERS]; /* a thread each */
    el_acceptor acceptor;
    el_web_handler handler;
    void *ctx;
    char address[MAX_HOST], token[MAX_HOST];
    size_t max_body;
    uint16_t port;
};

/* One request while its body comes. */
typedef struct upload {
    char *body;
    size_t len, cap;
    bool too_large;
    double start_s;
} upload;

void el_web_refuse(el_web_reply *reply, unsigned status, int exit_code,
                   const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    el_buf_clear(&reply->body);
    *reply = (el_web_reply){.status = status, .type = "application/json"};
    el_buf_printf(&reply->body,
                  "{\"error\": {\"exit_code\": %d, \"message\": \"", exit_code);
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            el_buf_add(&reply->body, "\\");
        el_buf_add_n(&reply->body, (unsigned char)*p < 0x20 ? " " : p, 1);
    }
    el_buf_add(&reply->body, "\"}}\n");
}

/* ---- who may ask ---- */

/* "NAME:PORT", NAME alone where the port is HTTP's. */
static bool names_us(const el_web *web, const char *text)
{
    const char *const name[] = {web->address, "localhost", "127.0.0.1",
                                "[::1]"};
    char want[MAX_HOST + 8];

    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        (void)snprintf(want, sizeof want, "%s:%u", name[i], web->port);
        if (strcmp(text, want) == 0 ||
            (web->port == 80 && strcmp(text, name[i]) == 0))
            return true;
    }
    return false;
}

static const char *header(const el_web *web, struct MHD_Connection *c,
                          const char *name)
{
    const char *v = web->mhd.lookup_connection_value(c, MHD_HEADER_KIND, name);

    return v ? v : "";
}

/* An answer that is no use to pages of other sites, whose scripts send their
 * own Origin, or name a host that is not ours. */
static bool is_ours(const el_web *web, struct MHD_Connection *c)
{
    const char *origin = header(web, c, "Origin");

    if (!names_us(web, header(web, c, "Host")))
        return false;
    if (*origin == '\0')
        return true;
    return strncmp(origin, "http://", 7) == 0 && names_us(web, origin + 7);
}

/* As long for a wrong token as for a right one. */
static bool has_token(const el_web *web, struct MHD_Connection *c)
{
    const char *given = header(web, c, "X-Energylens-Token");
    size_t n = strlen(web->token);
    unsigned char differ = strlen(given) != n || n == 0;

    for (size_t i = 0; i < n && given[i]; i++)
        differ |= (unsigned char)(given[i] ^ web->token[i]);
    return !differ;
}

/* ---- answers ---- */

static void add_headers(const el_web *web, struct MHD_Response *r,
                        const el_web_reply *reply)
{
    char text[160];

    (void)web->mhd.add_response_header(r, "Content-Type", reply->type);
    (void)web->mhd.add_response_header(r, "X-Content-Type-Options", "nosniff");
    (void)web->mhd.add_response_header(r, "Referrer-Policy", "no-referrer");
    (void)web->mhd.add_response_header(r, "Cache-Control", "no-store");
    (void)web->mhd.add_response_header(
        r, "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src "
        "'self' data:; connect-src 'self'; base-uri 'none'; form-action "
        "'none'; frame-ancestors 'none'");
    if (!reply->filename)
        return;
    (void)snprintf(text, sizeof text, "attachment; filename=\"%.100s\"",
                   reply->filename);
    (void)web->mhd.add_response_header(r, "Content-Disposition", text);
}

static enum MHD_Result send_reply(const el_web *web, struct MHD_Connection *c,
                                  const el_web_reply *reply)
{
    static const char no_memory[] =
        "{\"error\": {\"exit_code\": 70, \"message\": \"out of memory\"}}\n";
    bool failed = !reply->fixed && !el_buf_ok(&reply->body);
    const char *text = failed         ? no_memory
                       : reply->fixed ? reply->fixed
                                      : el_buf_text(&reply->body);
    size_t len = failed || reply->fixed ? strlen(text) : reply->body.len;
    struct MHD_Response *r;
    enum MHD_Result sent;
    void *bytes; /* are only read, but the type cannot say so */

    memcpy(&bytes, &text, sizeof bytes);
    r = web->mhd.create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_COPY);
    if (!r)
        return MHD_NO;
    add_headers(web, r, reply);
    sent = web->mhd.queue_response(
        c, failed ? MHD_HTTP_INTERNAL_SERVER_ERROR : reply->status, r);
    web->mhd.destroy_response(r);
    return sent;
}

static enum MHD_Result refuse(const el_web *web, struct MHD_Connection *c,
                              unsigned status, const char *why)
{
    el_web_reply reply = {.status = 0};
    enum MHD_Result sent;

    el_web_refuse(&reply, status, 2, "%s", why);
    sent = send_reply(web, c, &reply);
    el_buf_clear(&reply.body);
    return sent;
}

static enum MHD_Result answer(el_web *web, struct MHD_Connection *c,
                              const char *method, const char *path,
                              const upload *body)
{
    const char *name =
        web->mhd.lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "name");
    const el_web_request request = {.method = method,
                                    .path = path,
                                    .query = name ? name : "",
                                    .body = body->body ? body->body : "",
                                    .len = body->len,
                                    .type = header(web, c, "Content-Type"),
                                    .may_write = has_token(web, c)};
    el_web_reply reply = {.status = MHD_HTTP_OK, .type = "application/json"};
    enum MHD_Result sent;

    web->handler(web->ctx, &request, &reply);
    sent = send_reply(web, c, &reply);
    el_buf_clear(&reply.body);
    return sent;
}

/* ---- requests ---- */

static enum MHD_Result take_bytes(const el_web *web, upload *u,
                                  const char *data, size_t n)
{
    char *grown;

    if (el_clock_s() - u->start_s > WHOLE_S)
        return MHD_NO; /* drop by drop: the connection is closed */
    if (u->too_large || u->len + n > web->max_body) {
        u->too_large = true;
        return MHD_YES; /* read on, so that the refusal can be sent */
    }
    grown = el_grow(u->body, &u->cap, u->len + n + 1, 1);
    if (!grown)
        return MHD_NO;
    u->body = grown;
    memcpy(u->body + u->len, data, n);
    u->len += n;
    u->body[u->len] = '\0';
    return MHD_YES;
}

static bool is_announced_too_large(const el_web *web, struct MHD_Connection *c)
{
    return strtoull(header(web, c, "Content-Length"), NULL, 10) > web->max_body;
}

/* The first call of a request, before its body. */
static enum MHD_Result begin(const el_web *web, struct MHD_Connection *c,
                             const char *method, void **state)
{
    upload *u;

    if (!is_ours(web, c))
        return refuse(web, c, MHD_HTTP_FORBIDDEN,
                      "this server answers pages of its own address only");
    if (strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0)
        return refuse(web, c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and POST only");
    if (is_announced_too_large(web, c))
        return refuse(web, c, MHD_HTTP_CONTENT_TOO_LARGE,
                      "the body is too large");
    u = el_array(1, sizeof *u);
    if (!u)
        return MHD_NO;
    u->start_s = el_clock_s();
    *state = u;
    return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c,
                                  const char *url, const char *method,
                                  const char *version, const char *data,
                                  size_t *size, void **state)
{
    el_web *web = cls;
    upload *u = *state;

    (void)version;
    if (!u)
        return begin(web, c, method, state);
    if (*size > 0) {
        enum MHD_Result taken = take_bytes(web, u, data, *size);
        *size = 0;
        return taken;
    }
    if (u->too_large)
        return refuse(web, c, MHD_HTTP_CONTENT_TOO_LARGE,
                      "the body is too large");
    return answer(web, c, method, url, u);
}

static void on_end(void *cls, struct MHD_Connection *c, void **state,
                   enum MHD_RequestTerminationCode code)
{
    upload *u = *state;

    (void)cls;
    (void)c;
    (void)code;
    if (u)
        el_free(u->body);
    el_free(u);
    *state = NULL;
}

/* ---- start and stop ---- */

static size_t thread_count(const el_web_options *options)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    if (options->threads)
        n = (long)options->threads;
    if (n < 1)
        return 1;
    return n < (long)MAX_WORKERS ? (size_t)n : MAX_WORKERS;
}

static struct MHD_Daemon *start_worker(el_web *web, size_t n)
{
    return web->mhd.start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
        on_request, web, MHD_OPTION_NOTIFY_COMPLETED, on_end, web,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)(MAX_CLIENTS / n),
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)(MAX_PER_HOST / n),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY,
        MHD_OPTION_END);
}

static void stop_workers(el_web *web)
{
    while (web->n_worker > 0)
        web->mhd.stop_daemon(web->worker[--web->n_worker]);
}

static el_status start_workers(el_web *web, size_t n, el_error *err)
{
    while (web->n_worker < n) {
        struct MHD_Daemon *worker = start_worker(web, n);

        if (!worker) {
            stop_workers(web);
            return el_fail(err, EL_E_DEVICE, "the server does not start");
        }
        web->worker[web->n_worker++] = worker;
    }
    return EL_OK;
}

static void hand_over(void *ctx, int connection, const struct sockaddr *from,
                      socklen_t len)
{
    el_web *web = ctx;

    (void)web->mhd.add_connection(web->worker[web->next], connection, from,
                                  len); /* closes it where there is no room */
    web->next = (web->next + 1) % web->n_worker;
}

static el_status listen_on(el_web *web, const el_web_options *options,
                           el_error *err)
{
    int fd = -1;
    el_status st =
        el_listen(options->address, options->port, &fd, &web->port, err);

    if (st != EL_OK)
        return st;
    st = start_workers(web, thread_count(options), err);
    if (st != EL_OK) {
        (void)close(fd);
        return st;
    }
    st = el_accept_start(&web->acceptor, fd, hand_over, web, err);
    if (st != EL_OK)
        stop_workers(web);
    return st;
}

el_status el_web_start(const el_web_options *options, el_web_handler handler,
                       void *ctx, el_web **out, el_error *err)
{
    el_web *web = el_array(1, sizeof *web);
    el_status st;

    if (!web)
        return el_fail(err, EL_E_NOMEM, "serve: out of memory");
    web->handler = handler;
    web->ctx = ctx;
    web->max_body = options->max_body;
    el_str_copy(web->address, sizeof web->address, options->address);
    el_str_copy(web->token, sizeof web->token,
                options->token ? options->token : "");
    st = el_mhd_open(&web->mhd, err);
    if (st == EL_OK)
        st = listen_on(web, options, err);
    if (st == EL_OK)
        *out = web;
    else
        el_free(web);
    return st;
}

uint16_t el_web_port(const el_web *web)
{
    return web->port;
}

void el_web_stop(el_web *web)
{
    if (!web)
        return;
    el_accept_stop(&web->acceptor);
    stop_workers(web);
    el_free(web);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small HTTP server for one person's own browser, over libmicrohttpd. Layer:
 * web; it knows nothing of what is served.
 *
 * It listens on one address and answers only where the Host header names that
 * address or localhost, and an Origin, if sent, is its own: pages of other
 * sites cannot reach it, whatever names they give themselves. Bodies are JSON
 * or bytes up to `max_body`; requests that dawdle, bodies that are too large
 * and connections that are too many are refused. Answers forbid everything but
 * the server's own scripts and styles.
 */
#ifndef EL_WEB_SERVER_H
#define EL_WEB_SERVER_H
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "energylens/error.h"

typedef struct el_web_request {
    const char *method; /* "GET", "POST"; others never arrive */
    const char *path;   /* "/api/v1/optimize", without the query */
    const char *query;  /* value of ?name= or "" */
    const char *body;   /* NUL after len bytes */
    size_t len;
    const char *type; /* Content-Type of the body, "" */
    bool may_write;   /* it brought the token */
} el_web_request;

/* Filled in by the handler; starts as 200, "application/json", empty. */
typedef struct el_web_reply {
    unsigned status;
    const char *type;     /* static storage */
    const char *fixed;    /* a body that is never freed, or NULL: body */
    const char *filename; /* to be saved as; NULL: shown */
    el_buf body;
} el_web_reply;

/* Called from several threads at once. */
typedef void (*el_web_handler)(void *ctx, const el_web_request *request,
                               el_web_reply *reply);

typedef struct el_web_options {
    const char *address; /* "127.0.0.1" */
    uint16_t port;       /* 0: any free one */
    const char *token;   /* X-Energylens-Token of requests that may write */
    size_t max_body;     /* bytes */
    unsigned threads;    /* that answer; 0: as many as there are cores */
} el_web_options;

typedef struct el_web el_web;

/*
 * EL_E_DEVICE: the address or port cannot be had; EL_E_NOMEM. The options are
 * copied. el_web_stop.
 */
EL_NODISCARD el_status el_web_start(const el_web_options *options,
                                    el_web_handler handler, void *ctx,
                                    el_web **out, el_error *err);
uint16_t el_web_port(const el_web *web);
/* Waits for answers under way; NULL is fine. */
void el_web_stop(el_web *web);

/* {"error": {"message": ..., "exit_code": n}} with a status. */
void el_web_refuse(el_web_reply *reply, unsigned status, int exit_code,
                   const char *fmt, ...) EL_PRINTF(4, 5);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that speaks the OpenAI API as vLLM, SGLang, TensorRT-LLM and
 * llama-server do, with the timing and the faults that a test asks for. One
 * thread, epoll, 127.0.0.1 only.
 *
 *   options.c what can be ordered
 *   main.c    sockets, timers, loop
 *   http.c    bytes to requests
 *   api.c     requests to answers
 *   tokens.c  a token a step to each running stream
 *   fault.c   which request meets which fault
 */
#ifndef FAKE_OPENAI_H
#define FAKE_OPENAI_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/str.h"

/* --fault KIND[=N]@EVERY[+SKIP]: every EVERYth request after SKIP of them.
   N counts tokens before it strikes, unless stated. */
#define FAULT_LIST(X)                                                          \
    X(FAULT_NONE, "none")                                                      \
    X(FAULT_STATUS, "status")       /* N is the HTTP status: 429, 500, 503 */  \
    X(FAULT_REDIRECT, "redirect")   /* 302 */                                  \
    X(FAULT_TYPE, "wrong_type")     /* 200 text/html */                        \
    X(FAULT_HANG, "hang")           /* silent from token N on */               \
    X(FAULT_DROP, "drop")           /* closed after N tokens; 0: no answer */  \
    X(FAULT_RESET, "reset")         /* the same by RST */                      \
    X(FAULT_MALFORMED, "malformed") /* an event that is half its JSON */       \
    X(FAULT_NO_DONE, "no_done")     /* ends well in HTTP after N tokens */     \
    X(FAULT_EOS, "early_eos") /* stops after N tokens, ignore_eos or not */    \
    X(FAULT_LONG, "long")     /* N tokens more than max_tokens */              \
    X(FAULT_USAGE, "wrong_usage")   /* counts N completion tokens too many */  \
    X(FAULT_PROMPT, "wrong_prompt") /* counts N prompt tokens too many */      \
    X(FAULT_NO_USAGE, "no_usage")                                              \
    X(FAULT_ERROR, "error_event") /* {"error":...} as an event */              \
    X(FAULT_BIG, "big")           /* an event of 2 MiB */                      \
    X(FAULT_SLOW, "slow")         /* tokens N times as far apart */

typedef enum fault_kind {
#define X(name, text) name,
    FAULT_LIST(X)
#undef X
} fault_kind;

#define MAX_FAULTS 16

typedef struct fault {
    fault_kind kind;
    double n;
    unsigned long every, skip;
} fault;

typedef struct options {
    const char *engine, *owner, *model, *api_key, *log;
    const char *models; /* the page, word for word; NULL: one model */
    double ttft_s, prefill_tok_s, itl_s, itl_per_stream_s, load_s;
    bool step; /* all streams get their token at the same instant */
    long port;
    long concurrent; /* streams that run; others wait their turn; 0: all */
    long vocabulary, context, letters, merge, split, eos;
    fault fault[MAX_FAULTS];
    size_t n_fault;
} options;

typedef enum state {
    READING,   /* no request */
    WAITING,   /* for a place in the batch */
    RUNNING,   /* prefill until the first token, then decode */
    SILENT,    /* hangs for good */
    ANSWERING, /* all written to `out`, not all sent */
} state;

typedef struct request {
    char id[128]; /* X-Request-Id */
    bool chat, stream, usage, ids;
    size_t prompt, max, goal, made; /* tokens; goal: that will be made */
    double recv_s, first_s, last_s; /* when written; 0: not yet */
    int status;
    fault fault;
    size_t batch; /* running at its first token, itself too */
    el_buf piece; /* the event of a token, framed */
} request;

typedef struct conn {
    int fd;
    unsigned long id;
    state state;
    bool watches_out, close_after;
    el_buf in, out;
    size_t sent; /* of out */
    request r;
    double next_s; /* due in the heap at place heap - 1; 0: not in it */
    size_t heap;
    struct conn *next; /* that waits, or is dead */
} conn;

typedef struct server {
    options o;
    int epoll, listener;
    FILE *log;
    double start_s;
    unsigned long n_request, n_conn;
    size_t running;
    conn **by_fd; /* all of them */
    size_t n_fd;
    conn **heap;
    size_t n_heap, cap_heap;
    conn *first_waiting, *last_waiting, *dead;
} server;

double now_s(void);

/* main.c */
void conn_flush(server *s, conn *c); /* sends `out`; may close */
void conn_close(server *s, conn *c);
void timer_set(server *s, conn *c, double at_s);
void timer_drop(server *s, conn *c);

/* http.c: takes whole requests out of `in`; false: close. */
bool http_read(server *s, conn *c);
void http_reply(conn *c, int status, const char *type, const char *header,
                const char *body);

/* api.c */
typedef struct http_request {
    const char *method, *path, *key; /* key: of Authorization: Bearer */
    const char *body;
    size_t body_len;
} http_request;
void api_handle(server *s, conn *c, const http_request *h);

/* tokens.c */
void tokens_start(server *s, conn *c);
void tokens_due(server *s, conn *c); /* its timer went off */
void tokens_stop(server *s, conn *c);
void tokens_log(server *s, conn *c); /* the request is over */

/* options.c: index of the argument that is wrong, or 0. */
int options_read(int argc, char **argv, options *o);

/* fault.c */
bool fault_parse(const char *text, fault *out);
fault fault_of(const options *o, unsigned long index);
const char *fault_name(fault_kind kind);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the local page's server answers. Layer: cli. */
#ifndef EL_CLI_SERVE_H
#define EL_CLI_SERVE_H
#include <jansson.h>
#include <pthread.h>

#include "app/live.h"
#include "base/str.h"
#include "energylens/error.h"
#include "web/server.h"

#define EL_SERVE_MAX_FILES 64u
#define EL_SERVE_MAX_BODY  (64u << 20) /* bytes of one request */
#define EL_SERVE_ANSWER_S  20.0        /* work on one request */
#define EL_SERVE_CODES     7u

/* A file that requests may name: "served:fit.json", "upload:3". */
typedef struct el_served_file {
    char name[80]; /* with its kind in front */
    char label[80];
    char path[256];
    bool uploaded;
    json_t *about; /* name, label, kind: what requests are told */
} el_served_file;

typedef struct el_serve {
    pthread_mutex_t lock; /* of all below */
    size_t n_file;
    el_served_file file[EL_SERVE_MAX_FILES];
    char folder[64]; /* of uploads, made at the first, a folder for each */
    unsigned long n_upload;
    unsigned long n_answer[EL_SERVE_CODES]; /* by exit code: 0 .. 5, others */
    double answer_s;
    el_live *live; /* of /metrics; NULL: none */
    volatile bool stopping;
} el_serve;

/* files: of the command line; borrowed names. EL_E_ARG: too many. */
EL_NODISCARD el_status el_serve_init(el_serve *serve, const char *const *file,
                                     size_t n_file, el_error *err);
void el_serve_clear(el_serve *serve); /* removes what was uploaded */

/*
 * Keeps a request's bytes as a file of its query's name; *about: a new
 * reference. EL_E_ARG: too many; EL_E_IO, EL_E_NOMEM. For several threads.
 */
EL_NODISCARD el_status el_serve_keep_file(el_serve *serve,
                                          const el_web_request *r,
                                          json_t **about, el_error *err);
/* An el_serve_find, ctx being the el_serve. */
const char *el_serve_find_file(void *ctx, const char *name);

/*
 * The el_web_handler, ctx being the el_serve:
 *
 *   GET  / and the page's files
 *   GET  /api/v1             verbs, files, what is needed of a request
 *   GET  /api/v1/openapi.json
 *   POST /api/v1/VERB        a JSON object of the verb's options, by their long
 *                            names; the answer is that of VERB --json
 *   POST /api/v1/files?name= bytes to keep until the end; needs the token
 *   GET  /metrics            Prometheus text: answers, and watts if `live`
 */
void el_serve_answer(void *ctx, const el_web_request *request,
                     el_web_reply *reply);

#endif

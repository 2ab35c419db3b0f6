/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/live_metrics.h"
#include "cli/predict_text.h"
#include "cli/serve_words.h"
#include "energylens/verb.h"
#include "energylens/version.h"
#include "io/embedded.h"
#include "io/file.h"
#include "io/json.h"
#include "io/object.h"

#define API       "/api/v1"
#define OPENAPI   "/openapi.json"
#define PAGE      "data/web"
#define EXIT_USED 2

/* ---- answers ---- */

static void reply_json(el_web_reply *reply, json_t *json)
{
    el_error err = {0};

    if (el_json_print(json, &reply->body, &err) != EL_OK)
        el_web_refuse(reply, 500, 70, "%s", err.message);
    json_decref(json);
}

static void upload(el_serve *serve, const el_web_request *r,
                   el_web_reply *reply)
{
    json_t *about = NULL;
    el_error err = {0};
    el_status st;

    if (!r->may_write) {
        el_web_refuse(reply, 401, EXIT_USED,
                      "X-Energylens-Token: needed to hand over a file");
        return;
    }
    if (r->len == 0 || *r->query == '\0') {
        el_web_refuse(reply, 400, EXIT_USED, "a file needs bytes and ?name=");
        return;
    }
    st = el_serve_keep_file(serve, r, &about, &err);
    if (st != EL_OK)
        el_web_refuse(reply, st == EL_E_ARG ? 400 : 500, el_exit_code(st), "%s",
                      err.message);
    else
        reply_json(reply, about);
}

/* The words that people read for the keys of a breakdown. */
static json_t *causes(void)
{
    el_object o = el_object_new();
    const char *name;

    for (size_t i = 0; (name = el_cause_at(i)) != NULL; i++)
        el_object_text(&o, name, el_cause_words(name));
    return el_object_done(&o);
}

static void describe(el_serve *serve, el_web_reply *reply)
{
    el_object o = el_object_new(), verbs = el_array_new(),
              files = el_array_new();

    for (const char *const *v = el_serve_verbs; *v; v++)
        el_object_append(&verbs, json_string(*v));
    (void)pthread_mutex_lock(&serve->lock);
    for (size_t i = 0; i < serve->n_file; i++)
        el_object_append(&files, json_incref(serve->file[i].about));
    (void)pthread_mutex_unlock(&serve->lock);
    el_object_put(&o, "verbs", el_object_done(&verbs));
    el_object_put(&o, "files", el_object_done(&files));
    el_object_put(&o, "causes", causes());
    el_object_text(&o, "energylens", el_version());
    el_object_count(&o, "max_body_bytes", EL_SERVE_MAX_BODY);
    reply_json(reply, el_object_done(&o));
}

/* ---- verbs ---- */

typedef struct deadline {
    const el_serve *serve;
    double end_s;
} deadline;

static bool is_over(void *ctx)
{
    const deadline *d = ctx;

    return d->serve->stopping || el_clock_s() > d->end_s;
}

static unsigned http_status(el_status st)
{
    switch (st) {
    case EL_OK:
        return 200;
    case EL_E_ARG:
        return 400;
    case EL_E_CANCELLED:
        return 503;
    case EL_E_NOMEM:
        return 500;
    default:
        return 422;
    }
}

static void count(el_serve *serve, int exit_code, double time_s)
{
    int k =
        exit_code >= 0 && exit_code <= 5 ? exit_code : (int)EL_SERVE_CODES - 1;

    (void)pthread_mutex_lock(&serve->lock);
    serve->n_answer[k]++;
    serve->answer_s += time_s;
    (void)pthread_mutex_unlock(&serve->lock);
}

/* What verbs answer in other formats. */
static void set_type(el_web_reply *reply)
{
    const char *text = el_buf_text(&reply->body);

    if (*text == '<') {
        reply->type = "text/html; charset=utf-8";
        reply->filename = "report.html";
    } else if (*text == '#') {
        reply->type = "text/markdown; charset=utf-8";
        reply->filename = "report.md";
    } else if (*text != '{') {
        reply->type = "text/csv; charset=utf-8";
        reply->filename = "energylens.csv";
    }
}

static void run_verb(el_serve *serve, const char *verb, const el_web_request *r,
                     el_web_reply *reply)
{
    double start_s = el_clock_s();
    deadline end = {serve, start_s + EL_SERVE_ANSWER_S};
    el_task task = {.threads = 1, .cancelled = is_over, .ctx = &end};
    el_serve_words words;
    el_error err = {0};
    int exit_code = 0;
    el_status st = el_serve_words_make(verb, r->body, r->len,
                                       el_serve_find_file, serve, &words, &err);

    if (st == EL_OK) {
        st = el_verb_run(words.word, words.n, &task, &reply->body, &exit_code,
                         &err);
        el_serve_words_clear(&words);
    }
    if (st == EL_E_CANCELLED)
        (void)el_fail(&err, st, "more than %g s of work: ask for less",
                      EL_SERVE_ANSWER_S);
    if (st != EL_OK)
        el_web_refuse(reply, http_status(st), exit_code = el_exit_code(st),
                      "%s", err.message);
    else
        set_type(reply);
    count(serve, exit_code, el_clock_s() - start_s);
}

/* ---- metrics ---- */

static void metrics(el_serve *serve, el_web_reply *reply)
{
    static const char *const code[EL_SERVE_CODES] = {"0", "1", "2",    "3",
                                                     "4", "5", "other"};
    el_buf *out = &reply->body;

    reply->type = "text/plain; version=0.0.4; charset=utf-8";
    (void)pthread_mutex_lock(&serve->lock);
    el_buf_add(out, "# HELP energylens_answers_total Answers by exit code.\n"
                    "# TYPE energylens_answers_total counter\n");
    for (size_t k = 0; k < EL_SERVE_CODES; k++)
        el_buf_printf(out, "energylens_answers_total{exit_code=\"%s\"} %lu\n",
                      code[k], serve->n_answer[k]);
    el_buf_printf(out,
                  "# HELP energylens_answer_seconds_total Time spent on "
                  "answers.\n"
                  "# TYPE energylens_answer_seconds_total counter\n"
                  "energylens_answer_seconds_total %.6f\n",
                  serve->answer_s);
    el_buf_printf(out,
                  "# HELP energylens_files Files that requests may name.\n"
                  "# TYPE energylens_files gauge\nenergylens_files %zu\n",
                  serve->n_file);
    (void)pthread_mutex_unlock(&serve->lock);
    if (serve->live) {
        el_live_now now;

        el_live_read(serve->live, &now);
        el_live_metrics(&now, out);
    }
}

/* ---- the page ---- */

static const struct {
    const char *ending, *type;
} types[] = {{".html", "text/html; charset=utf-8"},
             {".js", "text/javascript; charset=utf-8"},
             {".css", "text/css; charset=utf-8"},
             {".json", "application/json"}};

/* What is compiled in from data/web, by its own name. */
static bool show_file(const char *path, el_web_reply *reply)
{
    const char *ending = strrchr(path, '.');

    if (!ending)
        return false;
    for (const el_embedded_file *f = el_embedded; f->path; f++)
        if (strncmp(f->path, PAGE, strlen(PAGE)) == 0 &&
            strcmp(f->path + strlen(PAGE), path) == 0)
            reply->fixed = f->text;
    for (size_t k = 0; reply->fixed && k < sizeof types / sizeof *types; k++)
        if (strcmp(types[k].ending, ending) == 0)
            reply->type = types[k].type;
    return reply->fixed != NULL;
}

static void get(el_serve *serve, const el_web_request *r, el_web_reply *reply)
{
    if (strcmp(r->path, API) == 0)
        describe(serve, reply);
    else if (strcmp(r->path, "/metrics") == 0)
        metrics(serve, reply);
    else if (!show_file(strcmp(r->path, "/") == 0           ? "/index.html"
                        : strcmp(r->path, API OPENAPI) == 0 ? OPENAPI
                                                            : r->path,
                        reply))
        el_web_refuse(reply, 404, EXIT_USED, "nothing at %.80s", r->path);
}

void el_serve_answer(void *ctx, const el_web_request *request,
                     el_web_reply *reply)
{
    el_serve *serve = ctx;
    const char *rest = request->path + strlen(API);

    if (strcmp(request->method, "GET") == 0) {
        get(serve, request, reply);
        return;
    }
    if (strncmp(request->path, API "/", strlen(API) + 1) != 0)
        el_web_refuse(reply, 404, EXIT_USED, "nothing at %.80s", request->path);
    else if (strcmp(rest, "/files") == 0)
        upload(serve, request, reply);
    else if (strncmp(request->type, "application/json", 16) != 0)
        el_web_refuse(reply, 415, EXIT_USED,
                      "Content-Type: application/json is needed");
    else
        run_verb(serve, rest + 1, request, reply);
}

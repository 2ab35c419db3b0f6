/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/live_metrics.h"
#include "cli/serve_words.h"
#include "energylens/verb.h"
#include "energylens/version.h"
#include "io/embedded.h"
#include "io/file.h"
#include "io/json.h"
#include "io/object.h"

#define API       "/api/v1"
#define FOLDER    "/tmp/energylens-serve-XXXXXX"
#define EXIT_USED 2

/* ---- files ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

el_status el_serve_init(el_serve *serve, const char *const *file, size_t n_file,
                        el_error *err)
{
    memset(serve, 0, sizeof *serve);
    if (n_file > EL_SERVE_MAX_FILES / 2)
        return el_fail(err, EL_E_ARG, "more than %u files",
                       EL_SERVE_MAX_FILES / 2);
    for (size_t i = 0; i < n_file; i++) { /* now rather than at a request */
        el_stream stream;
        el_status st = el_stream_open(file[i], &stream, err);

        if (st != EL_OK)
            return st;
        el_stream_close(&stream);
    }
    if (pthread_mutex_init(&serve->lock, NULL) != 0)
        return el_fail(err, EL_E_NOMEM, "serve: no lock");
    for (size_t i = 0; i < n_file; i++) {
        el_served_file *f = &serve->file[serve->n_file++];

        el_str_copy(f->path, sizeof f->path, file[i]);
        el_str_copy(f->label, sizeof f->label, base_name(file[i]));
        (void)snprintf(f->name, sizeof f->name, "served:%zu", i + 1);
    }
    return EL_OK;
}

void el_serve_clear(el_serve *serve)
{
    for (size_t i = 0; i < serve->n_file; i++)
        if (serve->file[i].uploaded)
            (void)unlink(serve->file[i].path);
    if (*serve->folder)
        (void)rmdir(serve->folder);
    (void)pthread_mutex_destroy(&serve->lock);
}

/* Files are only ever added: what is found stays where it is. */
static const char *find_file(void *ctx, const char *name)
{
    el_serve *serve = ctx;
    const char *path = NULL;

    (void)pthread_mutex_lock(&serve->lock);
    for (size_t i = 0; i < serve->n_file && !path; i++)
        if (strcmp(serve->file[i].name, name) == 0)
            path = serve->file[i].path;
    (void)pthread_mutex_unlock(&serve->lock);
    return path;
}

/* ".json" or ".csv", by which verbs know a config.json and a table. */
static const char *ending(const char *name)
{
    const char *dot = strrchr(name, '.');

    if (dot && strcmp(dot, ".json") == 0)
        return ".json";
    return dot && strcmp(dot, ".jsonl") == 0 ? ".jsonl" : ".csv";
}

static el_status keep_file(el_serve *serve, const el_web_request *r,
                           el_served_file *out, el_error *err)
{
    el_served_file *f = &serve->file[serve->n_file];
    el_status st;

    if (serve->n_file == EL_SERVE_MAX_FILES)
        return el_fail(err, EL_E_ARG, "no more than %u files",
                       EL_SERVE_MAX_FILES);
    if (!*serve->folder) {
        el_str_copy(serve->folder, sizeof serve->folder, FOLDER);
        if (!mkdtemp(serve->folder)) {
            *serve->folder = '\0';
            return el_fail(err, EL_E_IO, "/tmp: no folder for uploads");
        }
    }
    (void)snprintf(f->name, sizeof f->name, "upload:%lu", ++serve->n_upload);
    el_str_copy(f->label, sizeof f->label, base_name(r->query));
    (void)snprintf(f->path, sizeof f->path, "%s/%lu%s", serve->folder,
                   serve->n_upload, ending(r->query));
    st = el_file_write(f->path, r->body, r->len, err);
    if (st != EL_OK)
        return st;
    f->uploaded = true;
    serve->n_file++;
    *out = *f;
    return EL_OK;
}

/* ---- answers ---- */

static void reply_json(el_web_reply *reply, json_t *json)
{
    el_error err = {0};

    if (el_json_print(json, &reply->body, &err) != EL_OK)
        el_web_refuse(reply, 500, 70, "%s", err.message);
    json_decref(json);
}

static json_t *file_json(const el_served_file *f)
{
    el_object o = el_object_new();

    el_object_text(&o, "name", f->name);
    el_object_text(&o, "label", f->label);
    return el_object_done(&o);
}

static void upload(el_serve *serve, const el_web_request *r,
                   el_web_reply *reply)
{
    el_served_file f;
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
    (void)pthread_mutex_lock(&serve->lock);
    st = keep_file(serve, r, &f, &err);
    (void)pthread_mutex_unlock(&serve->lock);
    if (st != EL_OK)
        el_web_refuse(reply, st == EL_E_ARG ? 400 : 500, el_exit_code(st), "%s",
                      err.message);
    else
        reply_json(reply, file_json(&f));
}

static void describe(el_serve *serve, el_web_reply *reply)
{
    el_object o = el_object_new(), verbs = el_array_new(),
              files = el_array_new();

    for (const char *const *v = el_serve_verbs; *v; v++)
        el_object_append(&verbs, json_string(*v));
    (void)pthread_mutex_lock(&serve->lock);
    for (size_t i = 0; i < serve->n_file; i++)
        el_object_append(&files, file_json(&serve->file[i]));
    (void)pthread_mutex_unlock(&serve->lock);
    el_object_put(&o, "verbs", el_object_done(&verbs));
    el_object_put(&o, "files", el_object_done(&files));
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
    el_status st = el_serve_words_make(verb, r->body, r->len, find_file, serve,
                                       &words, &err);

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
    const char *path, *file, *type;
} page[] = {
    {"/", "data/web/index.html", "text/html; charset=utf-8"},
    {"/app.js", "data/web/app.js", "text/javascript; charset=utf-8"},
    {"/app.css", "data/web/app.css", "text/css; charset=utf-8"},
    {"/uPlot.js", "data/web/uPlot.iife.min.js",
     "text/javascript; charset=utf-8"},
    {"/uPlot.css", "data/web/uPlot.min.css", "text/css; charset=utf-8"},
    {API "/openapi.json", "data/web/openapi.json", "application/json"},
};

static bool show_file(const char *path, el_web_reply *reply)
{
    for (size_t k = 0; k < sizeof page / sizeof *page; k++) {
        if (strcmp(page[k].path, path) != 0)
            continue;
        reply->type = page[k].type;
        for (const el_embedded_file *f = el_embedded; f->path; f++)
            if (strcmp(f->path, page[k].file) == 0)
                reply->fixed = f->text;
        return reply->fixed != NULL;
    }
    return false;
}

static void get(el_serve *serve, const el_web_request *r, el_web_reply *reply)
{
    if (strcmp(r->path, API) == 0)
        describe(serve, reply);
    else if (strcmp(r->path, "/metrics") == 0)
        metrics(serve, reply);
    else if (!show_file(r->path, reply))
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

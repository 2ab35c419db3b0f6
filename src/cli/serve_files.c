/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the command line and files that were handed over. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/serve.h"
#include "cli/serve_kind.h"
#include "io/file.h"
#include "io/object.h"

#define FOLDER "/tmp/energylens-serve-XXXXXX"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* NULL: out of memory. */
static json_t *about_file(const el_served_file *f)
{
    const el_task task = {.threads = 1};
    el_object o = el_object_new();

    el_object_text(&o, "name", f->name);
    el_object_text(&o, "label", f->label);
    o.failed |= el_serve_kind_put(f->path, &task, &o) != EL_OK;
    return el_object_done(&o);
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
        f->about = about_file(f);
        if (!f->about) {
            el_serve_clear(serve);
            return el_fail(err, EL_E_NOMEM, "serve: out of memory");
        }
    }
    return EL_OK;
}

static void drop_file(el_served_file *f)
{
    json_decref(f->about);
    if (!f->uploaded)
        return;
    (void)unlink(f->path);
    *strrchr(f->path, '/') = '\0'; /* the folder that it has for itself */
    (void)rmdir(f->path);
}

void el_serve_clear(el_serve *serve)
{
    for (size_t i = 0; i < serve->n_file; i++)
        drop_file(&serve->file[i]);
    if (*serve->folder)
        (void)rmdir(serve->folder);
    (void)pthread_mutex_destroy(&serve->lock);
}

/* Files are only ever added: what is found stays where it is. */
const char *el_serve_find_file(void *ctx, const char *name)
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

/* The name that messages show, as a file may have it: verbs know a config.json
 * and a table by the end of it. */
static void file_name(const char *label, char *out, size_t len)
{
    const char *dot = strrchr(label, '.');
    bool known =
        dot && (strcmp(dot, ".json") == 0 || strcmp(dot, ".jsonl") == 0 ||
                strcmp(dot, ".csv") == 0);

    (void)snprintf(out, len, "%s%s", label, known ? "" : ".csv");
    for (char *c = out; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            *c = '_';
    if (*out == '.')
        *out = '_';
}

/* Its name and a folder for it; what is shown of others stays locked out. */
static el_status place_file(el_serve *serve, const char *label,
                            el_served_file *f, el_error *err)
{
    char name[sizeof f->label + 8];
    size_t len;

    if (!*serve->folder) {
        el_str_copy(serve->folder, sizeof serve->folder, FOLDER);
        if (!mkdtemp(serve->folder)) {
            *serve->folder = '\0';
            return el_fail(err, EL_E_IO, "/tmp: no folder for uploads");
        }
    }
    el_str_copy(f->label, sizeof f->label, label);
    file_name(f->label, name, sizeof name);
    (void)snprintf(f->name, sizeof f->name, "upload:%lu", ++serve->n_upload);
    len = (size_t)snprintf(f->path, sizeof f->path, "%s/%lu", serve->folder,
                           serve->n_upload);
    if (mkdir(f->path, S_IRWXU) != 0)
        return el_fail(err, EL_E_IO, "/tmp: no folder for an upload");
    (void)snprintf(f->path + len, sizeof f->path - len, "/%s", name);
    f->uploaded = true;
    return EL_OK;
}

static el_status read_file(const el_web_request *r, el_served_file *f,
                           el_error *err)
{
    el_status st = el_file_write(f->path, r->body, r->len, err);
    json_t *label = json_string(f->label);

    if (!label) /* not UTF-8, or cut inside of a character */
        el_str_copy(f->label, sizeof f->label, base_name(f->path));
    json_decref(label);
    if (st == EL_OK)
        f->about = about_file(f);
    if (st == EL_OK && !f->about)
        st = el_fail(err, EL_E_NOMEM, "out of memory");
    return st;
}

el_status el_serve_keep_file(el_serve *serve, const el_web_request *r,
                             json_t **about, el_error *err)
{
    el_served_file f = {.uploaded = false};
    el_status st;

    (void)pthread_mutex_lock(&serve->lock);
    st = place_file(serve, base_name(r->query), &f, err);
    (void)pthread_mutex_unlock(&serve->lock);
    if (st == EL_OK)
        st = read_file(r, &f, err); /* others are answered meanwhile */
    (void)pthread_mutex_lock(&serve->lock);
    if (st == EL_OK && serve->n_file == EL_SERVE_MAX_FILES)
        st =
            el_fail(err, EL_E_ARG, "no more than %u files", EL_SERVE_MAX_FILES);
    if (st == EL_OK) {
        *about = json_incref(f.about);
        serve->file[serve->n_file++] = f;
    }
    (void)pthread_mutex_unlock(&serve->lock);
    if (st != EL_OK)
        drop_file(&f);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/catalog_read.h"

typedef struct el_paths {
    const char **path;
    size_t n, cap;
} el_paths;

static int by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static el_status fail_errno(const char *dir, int code, el_error *err)
{
    char text[128] = "unknown error";

    (void)strerror_r(code, text, sizeof text);
    return el_fail(err, EL_E_IO, "%s: %s", dir, text);
}

static bool is_entry_name(const char *name)
{
    size_t n = strlen(name);

    return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static el_status add_path(el_catalog *catalog, el_paths *paths, const char *dir,
                          const char *name, el_error *err)
{
    el_status st = EL_E_NOMEM;
    el_buf text = {0};
    const char **grown =
        el_grow(paths->path, &paths->cap, paths->n + 1, sizeof *grown);

    el_buf_printf(&text, "%s/%s", dir, name);
    if (grown)
        paths->path = grown;
    if (grown && el_buf_ok(&text)) {
        paths->path[paths->n] = el_catalog_text(catalog, el_buf_text(&text));
        st = paths->path[paths->n] ? EL_OK : EL_E_NOMEM;
        paths->n += st == EL_OK;
    }
    el_buf_clear(&text);
    return st == EL_OK ? st : el_fail(err, st, "%s: out of memory", dir);
}

/* A missing folder is an error only if it is the one that was named. */
static el_status list_folder(el_catalog *catalog, el_paths *paths,
                             const char *dir, bool named, el_error *err)
{
    DIR *folder = opendir(dir);
    const struct dirent *found;
    el_status st = EL_OK;

    if (!folder && !named && (errno == ENOENT || errno == ENOTDIR))
        return EL_OK;
    if (!folder)
        return fail_errno(dir, errno, err);
    errno = 0;
    found = readdir(folder); /* NOLINT(concurrency-mt-unsafe): own stream */
    while (found && st == EL_OK) {
        if (is_entry_name(found->d_name))
            st = add_path(catalog, paths, dir, found->d_name, err);
        errno = 0;
        found = readdir(folder); /* NOLINT(concurrency-mt-unsafe) */
    }
    if (st == EL_OK && errno != 0)
        st = fail_errno(dir, errno, err);
    (void)closedir(folder);
    return st;
}

el_status el_catalog_list(el_catalog *catalog, const char *dir,
                          const char ***path, size_t *n, el_error *err)
{
    static const char *const part[] = {"", "/hw", "/llm"};
    el_paths paths = {0};
    el_status st = EL_OK;

    for (size_t i = 0; i < 3 && st == EL_OK; i++) {
        el_buf folder = {0};

        el_buf_printf(&folder, "%s%s", dir, part[i]);
        st = el_buf_ok(&folder)
                 ? list_folder(catalog, &paths, el_buf_text(&folder), i == 0,
                               err)
                 : el_fail(err, EL_E_NOMEM, "%s: out of memory", dir);
        el_buf_clear(&folder);
    }
    if (st == EL_OK && !paths.path)
        st = el_fail(err, EL_E_DATA, "%s: no *.json in it, in hw/ or in llm/",
                     dir);
    if (st != EL_OK || !paths.path) {
        el_free(paths.path);
        return st;
    }
    qsort(paths.path, paths.n, sizeof *paths.path, by_text);
    *path = paths.path;
    *n = paths.n;
    return EL_OK;
}

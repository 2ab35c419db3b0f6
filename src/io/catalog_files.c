/* SPDX-License-Identifier: Apache-2.0 */
/* A catalogue from its files: those compiled in, then a user's. */
#include <string.h>

#include "base/mem.h"
#include "io/catalog_read.h"
#include "io/embedded.h"
#include "io/json.h"

static el_status add_text(el_catalog *catalog, const char *text, size_t len,
                          const char *path, bool user, el_error *err)
{
    json_t *doc = NULL;
    el_status st = el_json_parse(text, len, path, &doc, err);

    if (st == EL_OK)
        st = el_catalog_read(catalog, doc, path, user, err);
    json_decref(doc);
    return st;
}

static el_status add_built_in(el_catalog *catalog, el_error *err)
{
    el_status st = EL_OK;

    for (const el_embedded_file *f = el_embedded; f->path && st == EL_OK; f++) {
        if (strncmp(f->path, "data/hw/", 8) != 0 &&
            strncmp(f->path, "data/llm/", 9) != 0)
            continue;
        st = add_text(catalog, f->text, strlen(f->text), f->path, false, err);
    }
    return st;
}

static el_status add_user(el_catalog *catalog, const char *dir, el_error *err)
{
    const char **path = NULL;
    size_t n = 0;
    el_status st = el_catalog_list(catalog, dir, &path, &n, err);

    for (size_t i = 0; i < n && st == EL_OK; i++) {
        json_t *doc = NULL;

        st = el_json_load(path[i], &doc, err);
        if (st == EL_OK)
            st = el_catalog_read(catalog, doc, path[i], true, err);
        json_decref(doc);
    }
    el_free(path);
    return st;
}

el_status el_catalog_read_files(const char *dir, el_catalog **out,
                                el_error *err)
{
    el_catalog *catalog = NULL;
    el_status st = el_catalog_new(&catalog, err);

    if (st != EL_OK)
        return st;
    st = add_built_in(catalog, err);
    if (st == EL_OK && dir)
        st = add_user(catalog, dir, err);
    if (st == EL_OK)
        st = el_catalog_finish(catalog, err);
    if (st == EL_OK)
        *out = catalog;
    else
        el_catalog_free(catalog);
    return st;
}

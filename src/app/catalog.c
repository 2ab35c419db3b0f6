/* SPDX-License-Identifier: Apache-2.0 */
#include "app/catalog.h"

#include <string.h>

#include "io/catalog_json.h"

el_status el_catalog_kind_parse(const char *text, el_catalog_kind *out,
                                el_error *err)
{
    static const struct {
        const char *text;
        el_catalog_kind kind;
    } kinds[] = {{"gpus", EL_CATALOG_GPUS},
                 {"gpu", EL_CATALOG_GPUS},
                 {"models", EL_CATALOG_MODELS},
                 {"model", EL_CATALOG_MODELS}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(text, kinds[i].text) == 0) {
            *out = kinds[i].kind;
            return EL_OK;
        }
    }
    return el_fail(err, EL_E_ARG, "\"%.60s\": want gpus or models", text);
}

static el_status find_gpu(const el_catalog *catalog, const char *name,
                          size_t *out, el_error *err)
{
    const el_gpu *gpu = NULL;
    el_status st = el_catalog_need_gpu(catalog, name, &gpu, err);

    for (size_t i = 0; st == EL_OK && i < el_catalog_n_gpus(catalog); i++)
        if (el_catalog_gpu_at(catalog, i) == gpu)
            *out = i;
    return st;
}

static el_status find_llm(const el_catalog *catalog, const char *name,
                          size_t *out, el_error *err)
{
    const el_llm *llm = NULL;
    el_status st = el_catalog_need_llm(catalog, name, &llm, err);

    for (size_t i = 0; st == EL_OK && i < el_catalog_n_llms(catalog); i++)
        if (el_catalog_llm_at(catalog, i) == llm)
            *out = i;
    return st;
}

el_status el_app_catalog(const char *catalog_dir, el_catalog_kind kind,
                         const char *name, el_catalog_view *out, el_error *err)
{
    el_catalog_view v = {NULL, kind, name != NULL, 0};
    el_status st = el_catalog_load(catalog_dir, &v.catalog, err);

    if (st == EL_OK && name)
        st = kind == EL_CATALOG_GPUS ? find_gpu(v.catalog, name, &v.entry, err)
                                     : find_llm(v.catalog, name, &v.entry, err);
    if (st != EL_OK) {
        el_catalog_free(v.catalog);
        return st;
    }
    *out = v;
    return EL_OK;
}

void el_catalog_view_clear(el_catalog_view *view)
{
    el_catalog_free(view->catalog);
    view->catalog = NULL;
}

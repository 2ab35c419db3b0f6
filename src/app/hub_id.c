/* SPDX-License-Identifier: Apache-2.0 */
#include "app/hub_id.h"

#include <string.h>

#include "base/str.h"
#include "io/hf_config.h"

/* Engines are given the folder of a config.json. Of another file only the name
 * tells what it describes; see el_hf_unfold. */
static void of_file(const char *path, char *out, size_t cap)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    size_t n = slash ? (size_t)(slash - path) : 0;
    char *dot;

    if (!el_str_eq_nocase(file, "config.json")) {
        el_str_copy(out, cap, file);
        dot = strrchr(out, '.');
        if (dot)
            *dot = '\0';
        el_hf_unfold(out);
        return;
    }
    el_str_copy(out, cap, slash ? path : ".");
    if (n > 0 && n < cap)
        out[n] = '\0';
    else if (slash && n == 0)
        el_str_copy(out, cap, "/");
}

void el_hub_id(const el_catalog *catalog, const char *name, char *out,
               size_t cap)
{
    const el_llm *llm;

    if (el_str_ends_nocase(name, ".json")) {
        of_file(name, out, cap);
        return;
    }
    llm = el_catalog_find_llm(catalog, name);
    el_str_copy(out, cap, name);
    if (strchr(name, '/') || !llm)
        return;
    for (size_t i = 0; i < el_catalog_n_llms(catalog); i++) {
        const el_entry *e = el_catalog_llm_entry(catalog, i);

        if (strcmp(e->slug, llm->slug) != 0)
            continue;
        for (size_t k = 0; k < e->n_alias; k++)
            if (strchr(e->alias[k], '/')) {
                el_str_copy(out, cap, e->alias[k]);
                return;
            }
    }
}

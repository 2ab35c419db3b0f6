/* SPDX-License-Identifier: Apache-2.0 */
#include "app/hub_id.h"

#include <string.h>

#include "base/str.h"

void el_hub_id(const el_catalog *catalog, const char *name, char *out,
               size_t cap)
{
    const el_llm *llm = el_catalog_find_llm(catalog, name);

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

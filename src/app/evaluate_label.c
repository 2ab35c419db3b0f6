/* SPDX-License-Identifier: Apache-2.0 */
#include "app/evaluate_label.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

const char *el_evaluate_by_name(el_evaluate_by by)
{
    static const char *const name[EL_N_BY] = {"arch",   "vendor",    "gpu",
                                              "engine", "precision", "model"};

    return name[by];
}

static const char *vendor_of(const char *gpu, const el_catalog *catalog)
{
    const el_gpu *known = catalog ? el_catalog_find_gpu(catalog, gpu) : NULL;

    return known ? known->vendor : "unknown";
}

static const char *value_of(const el_group *group, const el_catalog *catalog,
                            el_evaluate_by by)
{
    switch (by) {
    case EL_BY_ARCH:
        return el_arch_text((el_arch)group->facts.arch);
    case EL_BY_VENDOR:
        return vendor_of(group->key.gpu, catalog);
    case EL_BY_GPU:
        return group->key.gpu;
    case EL_BY_ENGINE:
        return group->key.engine;
    case EL_BY_PRECISION:
        return group->key.precision;
    case EL_BY_MODEL:
        return group->key.model;
    case EL_N_BY:
        break;
    }
    return "";
}

static void print_label(unsigned wanted, const el_group *group,
                        const el_catalog *catalog,
                        char out[EL_EVALUATE_LABEL_LEN])
{
    for (el_evaluate_by by = 0; by < EL_N_BY; by++) {
        size_t used = strlen(out), room = EL_EVALUATE_LABEL_LEN - used;
        const char *value;

        if (!(wanted & (1u << by)))
            continue;
        value = value_of(group, catalog, by);
        if (used > 0 && room > 2) {
            el_str_copy(out + used, room, ", ");
            used += 2;
            room -= 2;
        }
        el_str_copy(out + used, room, *value ? value : "unknown");
    }
}

el_status el_evaluate_labels(unsigned by, const el_catalog *catalog,
                             const el_groups *groups, el_labels *out,
                             el_error *err)
{
    el_labels labels = {0};

    if (groups->n == 0)
        return EL_OK;
    labels.text = el_array(groups->n, sizeof *labels.text);
    labels.label = el_array(groups->n, sizeof *labels.label);
    if (!labels.text || !labels.label) {
        el_labels_clear(&labels);
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu labels", groups->n);
    }
    for (size_t g = 0; g < groups->n; g++) {
        print_label(by, &groups->group[g], catalog, labels.text[g]);
        labels.label[g] = labels.text[g];
    }
    *out = labels;
    return EL_OK;
}

void el_labels_clear(el_labels *labels)
{
    el_free(labels->label);
    el_free(labels->text);
    memset(labels, 0, sizeof *labels);
}

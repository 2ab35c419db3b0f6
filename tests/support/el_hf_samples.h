/* SPDX-License-Identifier: Apache-2.0 */
/* Every config.json of ../shared/samples, where they are. */
#ifndef EL_HF_SAMPLES_H
#define EL_HF_SAMPLES_H
#include "el_test.h"

#include <dirent.h>
#include <string.h>

#include "energylens/graph.h"
#include "io/arch_text.h"

#define EL_HF_SAMPLES EL_SHARED "/samples/hf_config"

/* Skips the test where there are none. */
static inline void el_each_hf_sample(void (*check)(const char *name))
{
    DIR *dir = opendir(EL_HF_SAMPLES);
    const struct dirent *entry;

    if (!dir) {
        skip();
        return;
    }
    while ((entry = readdir(dir))) /* NOLINT(concurrency-mt-unsafe) */
        if (strstr(entry->d_name, ".json"))
            check(entry->d_name);
    (void)closedir(dir);
}

/* el_plan_free */
static inline el_plan *el_hf_plan(const el_arch_desc *arch, double tp)
{
    el_shard shard = {.tp = tp, .pp = 1, .ep = 1, .cp = 1, .images = true};
    el_buf text = {0};
    el_graph *graph = NULL;
    el_plan *plan = NULL;
    el_error err = {0};

    if (el_arch_describe(arch, &text, &err) != EL_OK ||
        el_graph_parse(text.text, text.len, arch->name, &graph, &err) !=
            EL_OK ||
        el_plan_make(graph, arch, &shard, &plan, &err) != EL_OK)
        fail_msg("%s", err.message);
    el_graph_free(graph);
    el_buf_clear(&text);
    return plan;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Every config.json of ../shared/samples, where they are. */
#ifndef EL_HF_SAMPLES_H
#define EL_HF_SAMPLES_H
#include "el_test.h"

#include <dirent.h>
#include <string.h>

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

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is that no importer reads: from what stands in it. */
#include <string.h>

#include "io/import_docs.h"

typedef struct known {
    const char *mark[3]; /* all must occur in the first bytes */
    const char *what;
} known;

/* The first that fits counts: put the particular before the general. */
static const known table[] = {
    {{"\"model_type\"", "\"hidden_size\""},
     "a Hugging Face config.json, not a measurement: give it to --model"},
    {{"\"architectures\""},
     "a Hugging Face config.json, not a measurement: give it to --model"},
};

#define LOOK 65536u /* bytes that are looked at */

static bool occurs(const char *text, size_t len, const char *mark)
{
    size_t n = strlen(mark);

    for (const char *p = text; len >= n; p++, len--) {
        const char *hit = memchr(p, *mark, len - n + 1);

        if (!hit)
            return false;
        len -= (size_t)(hit - p);
        p = hit;
        if (memcmp(p, mark, n) == 0)
            return true;
    }
    return false;
}

const char *el_import_known(const el_import_file *file)
{
    size_t len = file->len < LOOK ? file->len : LOOK;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool all = true;

        for (size_t k = 0; k < 3 && table[i].mark[k]; k++)
            all = all && occurs(file->text, len, table[i].mark[k]);
        if (all)
            return table[i].what;
    }
    return NULL;
}

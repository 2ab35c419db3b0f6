/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "load/load.h"

#define MAX_KEY 4096u

/* Printable ASCII: anything else would be another header, or a mistake. */
static bool is_key(const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++)
        if (text[i] < '!' || text[i] > '~')
            return false;
    return n > 0 && n < MAX_KEY;
}

static el_status from_file(const char *path, el_buf *key, el_error *err)
{
    FILE *f = fopen(path, "re");
    char line[MAX_KEY + 2];
    bool ok;

    if (!f)
        return el_fail(err, EL_E_IO, "API key: %.300s: cannot be read", path);
    ok = fgets(line, sizeof line, f) != NULL;
    (void)fclose(f);
    if (ok) {
        line[strcspn(line, "\r\n")] = '\0';
        el_buf_add(key, line);
    }
    memset(line, 0, sizeof line);
    return ok ? EL_OK : el_fail(err, EL_E_IO, "API key: %.300s: empty", path);
}

el_status el_load_key(const char *from, el_buf *key, el_error *err)
{
    el_buf found = {0};
    el_status st = EL_OK;

    if (strncmp(from, "env:", 4) == 0) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables here */
        const char *value = getenv(from + 4);

        if (!value)
            return el_fail(err, EL_E_IO, "API key: $%.100s is not set",
                           from + 4);
        el_buf_add(&found, value);
    } else if (strncmp(from, "file:", 5) == 0) {
        st = from_file(from + 5, &found, err);
    } else {
        return el_fail(err, EL_E_ARG,
                       "API key: env:NAME or file:PATH, never the key itself");
    }
    if (st == EL_OK && !el_buf_ok(&found))
        st = el_fail(err, EL_E_NOMEM, "API key: out of memory");
    if (st == EL_OK && !is_key(el_buf_text(&found)))
        st = el_fail(err, EL_E_ARG,
                     "API key: %.300s: not printable ASCII, or "
                     "longer than %u",
                     from, MAX_KEY - 1);
    if (st == EL_OK)
        *key = found;
    else
        el_load_key_clear(&found);
    return st;
}

void el_load_key_clear(el_buf *key)
{
    volatile char *p = key->text; /* a plain memset would be left out */

    for (size_t i = 0; p && i < key->cap; i++)
        p[i] = 0;
    el_buf_clear(key);
}

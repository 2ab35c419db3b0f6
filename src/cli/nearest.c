/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/nearest.h"

#include <string.h>

#define MAX_NAME 48u

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

/* Optimal string alignment distance: swapped neighbours count once. */
static size_t edits(const char *a, size_t n, const char *b, size_t m)
{
    size_t d[MAX_NAME + 1][MAX_NAME + 1];

    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1,
                           d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < d[i][j])
                d[i][j] = d[i - 2][j - 2] + 1;
        }
    }
    return d[n][m];
}

bool el_is_nearer(const char *name, size_t len, const char *known, size_t *best)
{
    size_t n = strlen(known);
    size_t e;

    if (len == 0 || len > MAX_NAME || n > MAX_NAME)
        return false;
    e = edits(name, len, known, n);
    if (e >= *best || e >= n)
        return false;
    *best = e;
    return true;
}

const char *el_nearest_name(const char *name, size_t len,
                            const char *const *names)
{
    const char *near = NULL;
    size_t best = EL_NEAREST_FAR;

    for (size_t i = 0; names[i]; i++)
        if (el_is_nearer(name, len, names[i], &best))
            near = names[i];
    return near;
}

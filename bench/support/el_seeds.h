/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds of a benchmark, counts over them, and the machine that ran it. */
#ifndef EL_SEEDS_H
#define EL_SEEDS_H
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct el_seeds {
    unsigned first, last;
} el_seeds;

/* "10" is 1..10, "3..7" those. */
static inline bool el_seeds_parse(const char *text, el_seeds *out)
{
    const char *const dots = strstr(text, "..");
    const unsigned long a = strtoul(text, NULL, 10);
    const unsigned long b = dots ? strtoul(dots + 2, NULL, 10) : a;

    *out = (el_seeds){dots ? (unsigned)a : 1, (unsigned)b};
    return out->first > 0 && out->last >= out->first && b < 1000000;
}

static inline unsigned el_seeds_n(const el_seeds *seeds)
{
    return seeds->last - seeds->first + 1;
}

/* Median, least and most of n counts, which are sorted. */
static inline void el_seeds_print(const char *what, unsigned *count, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && count[k - 1] > count[k]; k--) {
            const unsigned c = count[k];

            count[k] = count[k - 1];
            count[k - 1] = c;
        }
    printf("%s %g (%u..%u)", what, (count[(n - 1) / 2] + count[n / 2]) / 2.,
           count[0], count[n - 1]);
}

static inline void el_seeds_print_cpu(void)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[256];

    while (f && fgets(line, sizeof line, f)) {
        const char *const colon = strchr(line, ':');

        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        printf("cpu%s", colon);
        break;
    }
    if (f)
        fclose(f);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* el_parse_double accepts a subset of strtod and gives the same bits. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/csv.h"

/* libFuzzer fixes the name: NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t bits_of(double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    return bits;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[1100] = {0};
    char *end;
    double got = -42, want;

    if (size >= sizeof text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    if (!el_parse_double(text, size, &got)) {
        if (got != -42) /* untouched on failure */
            abort();
        return 0;
    }
    want = strtod(text, &end);
    while (*end == ' ' || *end == '\t')
        end++;
    if (end != text + size || !isfinite(got) || bits_of(got) != bits_of(want))
        abort();
    return 0;
}

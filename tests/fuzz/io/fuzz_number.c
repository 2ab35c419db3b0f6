/* SPDX-License-Identifier: Apache-2.0 */
/* el_parse_double accepts a subset of strtod and gives the same bits. */
#include "el_fuzz.h"

#include <math.h>

#include "io/csv.h"

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
        require(got == -42); /* untouched on failure */
        return 0;
    }
    want = strtod(text, &end);
    while (*end == ' ' || *end == '\t')
        end++;
    require(end == text + size && isfinite(got));
    require(bits_of(got) == bits_of(want));
    return 0;
}

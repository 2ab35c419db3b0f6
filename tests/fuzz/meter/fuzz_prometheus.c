/* SPDX-License-Identifier: Apache-2.0 */
/* Any page: samples lie inside it and in order, labels fit their room. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "meter/prometheus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *at = text, *end = text + size;
    const char *before = text;
    size_t bad = 0;
    el_prom p;

    while (el_prom_next(&at, end, &p, &bad)) {
        char value[8];
        bool has = el_prom_label(&p, "UUID", value, sizeof value);

        assert(at > before && at <= end);
        assert(p.name >= before && p.name_len > 0);
        assert(p.name + p.name_len <= end);
        assert(p.labels >= p.name && p.labels + p.labels_len <= end);
        assert(strlen(value) < sizeof value);
        assert(has || value[0] == '\0');
        before = at;
    }
    assert(at == end);
    return 0;
}

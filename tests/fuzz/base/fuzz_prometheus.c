/* SPDX-License-Identifier: Apache-2.0 */
/* Any page: samples lie inside it and in order, labels fit their room. */

#include "el_fuzz.h"

#include "base/prometheus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *at = text, *end = text + size;
    const char *before = text;
    size_t bad = 0;
    el_prom p;

    while (el_prom_next(&at, end, &p, &bad)) {
        char value[8];
        bool has = el_prom_label(&p, "UUID", value, sizeof value);

        require(at > before && at <= end);
        require(p.name >= before && p.name_len > 0);
        require(p.name + p.name_len <= end);
        require(p.labels >= p.name && p.labels + p.labels_len <= end);
        require(strlen(value) < sizeof value);
        require(has || value[0] == '\0');
        before = at;
    }
    require(at == end);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of Prometheus' text format, version 0.0.4: name{label="value",...}
 * value [timestamp in ms; in s as OpenMetrics has it]. Layer: base.
 */
#ifndef EL_BASE_PROMETHEUS_H
#define EL_BASE_PROMETHEUS_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/text.h"

/* One sample; all text is borrowed from the page and not NUL-terminated. */
typedef struct el_prom {
    const char *name, *labels; /* labels: between the braces */
    size_t name_len, labels_len;
    double value;  /* may be NaN or infinite, as the format allows */
    double time_s; /* since 1970; NaN: no time stamp */
} el_prom;

/*
 * The next sample of the page at *at, which moves past it. Comments, blank and
 * malformed lines are skipped and the latter counted in *n_bad (may be NULL).
 * False at the end.
 */
bool el_prom_next(const char **at, const char *end, el_prom *out,
                  size_t *n_bad);

bool el_prom_is(const el_prom *p, const char *name);

/* The label's value with escapes undone, cut to cap; "" and false: none. */
bool el_prom_label(const el_prom *p, const char *label, char *out, size_t cap);

/* Appends name="value" with what the format wants escaped, and a comma before
 * it unless a brace stands there. */
void el_prom_add_label(el_buf *out, const char *name, const char *value);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Prometheus server kept, as pages: the answer to
 * /api/v1/query_range, a matrix of series by time, in the order of time.
 * Layer: io.
 *
 *   el_prom_range_open(text, len, "day.json", &range, &err);
 *   while (el_prom_range_next(&range, &page)) ...  each page, stamped
 *   el_prom_range_close(&range);
 */
#ifndef EL_IO_PROM_RANGE_H
#define EL_IO_PROM_RANGE_H
#include <jansson.h>

#include "base/str.h"

typedef struct el_prom_point el_prom_point;

typedef struct el_prom_range {
    json_t *doc;
    size_t n, next;
    el_prom_point *point; /* by time */
    char **series;        /* "name{label="value",..." of each */
    size_t n_series;
} el_prom_range;

/* A first byte that is JSON's. */
bool el_prom_range_is(const char *text, size_t len);

/* EL_E_DATA "day.json: ..." (not JSON, no matrix, no values, Prometheus' own
 * error), EL_E_NOMEM. There is nothing to close on failure. */
EL_NODISCARD el_status el_prom_range_open(const char *text, size_t len,
                                          const char *name, el_prom_range *out,
                                          el_error *err);
/* The samples of the next time replace *page; false: there are no more. */
bool el_prom_range_next(el_prom_range *range, el_buf *page);
void el_prom_range_close(el_prom_range *range);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of request logs share; trace.c picks one. Layer: io. */
#ifndef EL_IO_TRACE_PART_H
#define EL_IO_TRACE_PART_H
#include <stdbool.h>

#include "io/trace.h"

#define EL_TRACE_MOST_TOKENS 1e8

enum { EL_TRACE_TIME, EL_TRACE_IN, EL_TRACE_OUT, EL_N_TRACE_FIELDS };

/* How a kind of log names its fields. */
typedef struct el_trace_kind {
    const char *field[EL_N_TRACE_FIELDS];
    double unit_s; /* of times; 0: dates */
} el_trace_kind;

/* Requests as they stand in the file, times as logged. */
typedef struct el_trace_rows {
    size_t n, cap;
    double (*row)[EL_N_TRACE_FIELDS]; /* owned */
    bool has_times;
    bool by_clock; /* times are since 1970 */
} el_trace_rows;

/* Room for one more. EL_E_NOMEM. */
EL_NODISCARD el_status el_trace_grow(el_trace_rows *rows, const char *name,
                                     el_error *err);
bool el_trace_is_tokens(double value);

/* Errors of el_trace_parse(). */
EL_NODISCARD el_status el_trace_lines(const char *text, size_t len,
                                      const char *name, bool with_times,
                                      el_trace_rows *out, el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What every reader of request logs needs. */
#include "io/trace_part.h"

#include <math.h>

#include "base/mem.h"

bool el_trace_is_tokens(double value)
{
    return value >= 0.0 && value <= EL_TRACE_MOST_TOKENS &&
           value == floor(value);
}

el_status el_trace_grow(el_trace_rows *rows, const char *name, el_error *err)
{
    void *more = el_grow(rows->row, &rows->cap, rows->n + 1, sizeof *rows->row);

    if (!more)
        return el_fail(err, EL_E_NOMEM, "%s: %zu requests", name, rows->n);
    rows->row = more;
    return EL_OK;
}

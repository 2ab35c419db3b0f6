/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/text.h
 * @brief A growing text buffer, which printing functions append to.
 *
 * Layer: base. Errors are sticky: after a failed allocation every further call
 * is a no-op and el_buf_ok() is false, so a long print is checked once at its
 * end.
 */
#ifndef EL_TEXT_H
#define EL_TEXT_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/api.h"
#include "energylens/error.h"

EL_API_BEGIN

typedef struct el_buf {
    char *text; /* NUL-terminated once anything was added; else NULL */
    size_t len, cap;
    bool failed;
} el_buf; /* {0} is a valid empty buffer */

/** How formulas are written. */
typedef enum el_notation {
    EL_NOTATION_TEXT,
    EL_NOTATION_LATEX,
    EL_NOTATION_C,
    EL_NOTATION_PYTHON
} el_notation;

void el_buf_add(el_buf *buf, const char *text);
void el_buf_add_n(el_buf *buf, const char *text, size_t len);
void el_buf_printf(el_buf *buf, const char *fmt, ...) EL_PRINTF(2, 3);
bool el_buf_ok(const el_buf *buf);
const char *el_buf_text(const el_buf *buf); /* "" when empty */
void el_buf_clear(el_buf *buf);

EL_API_END

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing text buffer and string interner. Layer: base.
 *
 * el_buf errors are sticky: after a failed allocation every further call is a
 * no-op and el_buf_ok() is false, so a long print is checked once at its end.
 */
#ifndef EL_BASE_STR_H
#define EL_BASE_STR_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/error.h"

typedef struct el_buf {
    char *text; /* NUL-terminated once anything was added; else NULL */
    size_t len, cap;
    bool failed;
} el_buf; /* {0} is a valid empty buffer */

void el_buf_add(el_buf *buf, const char *text);
void el_buf_add_n(el_buf *buf, const char *text, size_t len);
void el_buf_printf(el_buf *buf, const char *fmt, ...) EL_PRINTF(2, 3);
bool el_buf_ok(const el_buf *buf);
const char *el_buf_text(const el_buf *buf); /* "" when empty */
void el_buf_clear(el_buf *buf);

/* Each distinct string once; equal strings give the same pointer. */
typedef struct el_strings {
    char **slot; /* open addressing, power-of-two size */
    size_t n, cap;
} el_strings; /* {0} is valid */

/* NULL when out of memory; borrowed from `strings` until its clear. */
const char *el_strings_add(el_strings *strings, const char *text, size_t len);
void el_strings_clear(el_strings *strings);

/* ASCII only, independent of locale. */
bool el_str_eq_nocase(const char *a, const char *b);
void el_str_copy(char *dst, size_t cap, const char *src); /* truncates, NUL */

#endif

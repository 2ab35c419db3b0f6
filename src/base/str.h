/* SPDX-License-Identifier: Apache-2.0 */
/* String interner and plain-ASCII string helpers. Layer: base. */
#ifndef EL_BASE_STR_H
#define EL_BASE_STR_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "energylens/error.h"
#include "energylens/text.h"

/* Each distinct string once; equal strings give the same pointer. */
typedef struct el_strings {
    char **slot; /* open addressing, power-of-two size */
    size_t n, cap;
} el_strings; /* {0} is valid */

/* NULL when out of memory; borrowed from `strings` until its clear. */
const char *el_strings_add(el_strings *strings, const char *text, size_t len);
void el_strings_clear(el_strings *strings);

/* Where `more` bytes may be written, which then are added to len; there is room
 * for a NUL behind them. NULL: failed. */
char *el_buf_reserve(el_buf *buf, size_t more);

/* As el_buf_printf(). */
void el_buf_vprintf(el_buf *buf, const char *fmt, va_list args) EL_PRINTF(2, 0);

/* ASCII only, independent of locale. */
bool el_str_eq_nocase(const char *a, const char *b);
/* In any case, with something before it. */
bool el_str_ends_nocase(const char *text, const char *end);
void el_str_copy(char *dst, size_t cap, const char *src); /* truncates, NUL */

#endif

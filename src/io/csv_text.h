/* SPDX-License-Identifier: Apache-2.0 */
/* What bytes may stand in a text file of ours, and naming those that may not.
 * Layer: io. */
#ifndef EL_IO_CSV_TEXT_H
#define EL_IO_CSV_TEXT_H
#include <stddef.h>

#define EL_SHOW_SIZE 64u /* room for one shown cell, quotes and "..." */

/*
 * Offset of the first NUL byte or byte that begins no valid UTF-8 sequence
 * (RFC 3629: no overlong forms, surrogates or values above U+10FFFF); len if
 * there is none. About 8 bytes a cycle on ASCII.
 */
size_t el_text_bad_byte(const char *text, size_t len);

/*
 * What the first bytes of a file say it is, where it cannot be text that we
 * read (UTF-16, git-LFS pointer, compressed, ...); NULL if nothing is wrong.
 */
const char *el_text_foreign(const char *data, size_t len);

/* Length of a UTF-8 byte order mark at the start: 3 or 0. */
size_t el_text_bom(const char *data, size_t len);

/* What to say of a header that has one column because it is separated by
 * something else, with a space before; "" where it is not. */
const char *el_text_separator_hint(const char *header, size_t len);

/* Control characters become question marks: for what a library says, which may
 * quote the input. */
void el_text_one_line(char *text);

/* `"text"` for a message: one line, cut to EL_SHOW_SIZE - 1 bytes. */
void el_text_show(char out[EL_SHOW_SIZE], const char *text, size_t len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV documents (RFC 4180 with BOM, CRLF or LF, quoted fields). Layer: io.
 *
 * The file is read whole; cells are slices of that one buffer, so memory is
 * the file plus 8 bytes a cell and 16 a record. Ragged, unterminated,
 * over-long, non-UTF-8 or NUL-holding input is EL_E_DATA "path:line: ..."; a
 * record above EL_CSV_MAX_LINE is refused after at most 4 MiB more of reading.
 * A quote opens a field only at its beginning. Blank lines are no records,
 * except where the header has a single column.
 */
#ifndef EL_IO_CSV_H
#define EL_IO_CSV_H
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "energylens/error.h"

#define EL_CSV_MAX_LINE    (1u << 20) /* bytes in one record */
#define EL_CSV_MAX_COLUMNS 4096u

typedef struct el_slice {
    const char *text; /* not NUL-terminated; quotes already removed */
    size_t len;
} el_slice;

typedef struct el_csv el_csv;

/* path "-" is stdin. Header row needed; duplicate or empty names refused. */
EL_NODISCARD el_status el_csv_read(const char *path, el_csv **out,
                                   el_error *err);
/* The same from memory; `name` stands in messages; data is copied. */
EL_NODISCARD el_status el_csv_parse(const char *data, size_t len,
                                    const char *name, el_csv **out,
                                    el_error *err);
void el_csv_free(el_csv *csv);

/* Slices are borrowed from csv. */
const char *el_csv_name(const el_csv *csv);
size_t el_csv_n_columns(const el_csv *csv);
size_t el_csv_n_records(const el_csv *csv);               /* without header */
el_slice el_csv_header(const el_csv *csv, size_t column); /* trimmed */
el_slice el_csv_cell(const el_csv *csv, size_t record, size_t column);
/* Where the record begins, counting lines (a record may span several). */
size_t el_csv_line(const el_csv *csv, size_t record);
/* Column of that name, or (size_t)-1. */
size_t el_csv_column(const el_csv *csv, const char *name);

/* One cell, quoted only if it needs it; the caller writes ',' and '\n'. */
void el_csv_quote(el_buf *buf, const char *text, size_t len);

/*
 * Strict decimal number, surrounding spaces allowed, no hex, NaN or Inf, in
 * any LC_NUMERIC; at most 1023 bytes. False, *out untouched, if the slice is
 * not wholly one finite number. Bit for bit what strtod gives in the C locale.
 *
 * Method   exact double product or quotient (Clinger, PLDI 1990, 92-101) up to
 *          2^53 and 10^22; 128-bit integer division up to 19 digits and
 *          10^-27; else strtod.
 */
bool el_parse_double(const char *text, size_t len, double *out);

#endif

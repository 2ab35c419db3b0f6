/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of tables whose columns are all needed. Layer: io. */
#ifndef EL_IO_CSV_CELL_H
#define EL_IO_CSV_CELL_H
#include "io/csv.h"

#define EL_NO_COLUMN ((size_t)-1)

/* True where the document has every column of the NULL-terminated list. */
bool el_csv_has_columns(const el_csv *csv, const char *const *names);

/* "a.csv:17: n: WHAT: "cell"", EL_E_DATA. */
el_status el_csv_fail_cell(const el_csv *csv, size_t record, size_t column,
                           const char *what, el_error *err);

/* Number in [lo, hi]; EL_E_DATA. */
EL_NODISCARD el_status el_csv_cell_number(const el_csv *csv, size_t record,
                                          size_t column, double lo, double hi,
                                          double *out, el_error *err);

/* Bytes of one number of a type: "half", "bfloat16", "int8", "fp8", ...;
 * 0 unknown. 4-bit types have 0.5. */
double el_type_bytes(el_slice name);

bool el_slice_is(el_slice slice, const char *text); /* case does not matter */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Imported rows as the measurement table (CSV, version 1) and as JSON.
 * Layer: io. */
#ifndef EL_IO_IMPORT_CSV_H
#define EL_IO_IMPORT_CSV_H
#include "io/import.h"

/* Header and rows; columns that are blank in all rows are left out, but for
 * those that every table needs. EL_E_NOMEM. */
EL_NODISCARD el_status el_import_csv(const el_import_row *row, size_t n,
                                     el_buf *out, el_error *err);

/* Array of objects, unknown keys left out; NULL without memory. */
json_t *el_import_rows_json(const el_import_row *row, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The measurement-table contract (version 1) on a CSV document. Layer: io. */
#ifndef EL_IO_TABLE_CSV_H
#define EL_IO_TABLE_CSV_H
#include "base/task.h"
#include "energylens/files.h"
#include "io/csv.h"
#include "model/table.h"

/*
 * Append every record of csv to table, in order, nothing dropped. Rows whose
 * energy is blank in a measured table are kept with NaN. Unknown columns are
 * named once through task->warn. A malformed cell is EL_E_DATA:
 * "a.csv:17: energy_j: not a number: \"12,3\"". So are missing columns (all
 * are named), a blank needed cell, a value outside its limits (degrees are
 * whole numbers up to 65536) and a measured table without rows. On failure
 * the table keeps the rows it had. EL_E_ARG, EL_E_NOMEM, EL_E_CANCELLED.
 *
 * Energy per request comes from energy_j / requests, else
 * energy_per_request_j, else energy_per_output_token_j output_tokens; columns
 * of one row that differ by more than 1 % are counted and warned about once.
 */
EL_NODISCARD el_status el_table_add_csv(el_table *table, const el_csv *csv,
                                        el_table_use use, const el_task *task,
                                        el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A table of predictions beside the columns that asked for them. Layer: io. */
#ifndef EL_IO_PREDICT_CSV_H
#define EL_IO_PREDICT_CSV_H
#include "base/str.h"
#include "base/task.h"
#include "io/csv.h"
#include "model/answer.h"

/*
 * Append the table: every column of csv with its cells as they are (one whose
 * name a prediction takes is called "measured_<name>"), then the columns of
 * the predict contract and breakdown_<cause>_j for every cause that any row
 * has. answer[i] belongs to record i; as many lines as csv has, same order.
 * Numbers are %.17g; what is not known is blank.
 *
 * EL_E_ARG (NULL, or n is not the number of records), EL_E_NOMEM,
 * EL_E_CANCELLED. Rows are printed in parallel; the text does not depend on it.
 */
EL_NODISCARD el_status el_predict_csv(const el_csv *csv, el_scope scope,
                                      const el_answer *answer, size_t n,
                                      const el_task *task, el_buf *out,
                                      el_error *err);

#endif

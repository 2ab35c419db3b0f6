/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of requests, as Azure published theirs. Layer: io. */
#ifndef EL_IO_TRACE_CSV_H
#define EL_IO_TRACE_CSV_H
#include "io/csv.h"
#include "model/moves.h"

/*
 * CSV with the columns ContextTokens and GeneratedTokens (any others are
 * ignored, TIMESTAMP among them): whole numbers, 0 to 1e8. Requests with no
 * token in or none out are counted, not kept.
 *
 * EL_E_DATA "trace.csv:17: GeneratedTokens: ..." (a column is missing, a cell
 * is no such number, no request), EL_E_IO, EL_E_NOMEM; *out is untouched.
 * Source  AzurePublicDataset, AzureLLMInferenceDataset2023.
 */
EL_NODISCARD el_status el_trace_csv_read(const char *path, el_lengths *out,
                                         el_error *err);
/* The same from a parsed document. */
EL_NODISCARD el_status el_trace_csv_take(const el_csv *csv, el_lengths *out,
                                         el_error *err);

#endif

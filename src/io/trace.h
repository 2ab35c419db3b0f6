/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of requests: when each came, tokens in and out. Layer: io. */
#ifndef EL_IO_TRACE_H
#define EL_IO_TRACE_H
#include "model/moves.h"

#define EL_TRACE_MAX_FILE ((size_t)1 << 30) /* bytes */

/*
 * CSV with one of these columns, any others being ignored, or JSON objects, one
 * a line, with these keys:
 *
 *   Azure (2023, 2024)  TIMESTAMP, ContextTokens, GeneratedTokens
 *   Vidur               arrived_at [s], num_prefill_tokens, num_decode_tokens
 *   BurstGPT            Timestamp [s], Request tokens, Response tokens
 *   splitwise-sim       arrival_timestamp [s], prompt_size, token_size
 *   Mooncake            timestamp [ms], input_length, output_length
 *   LLMServingSim       arrival_time_ns, input_toks, output_toks
 *
 * Tokens are whole numbers, 0 to 1e8. Requests with no token in or none out are
 * counted, not kept. Times are looked at only with_times; without them, or
 * without such a column, arrive_s is NULL; else
 * requests are sorted by it, those of one time in the order of the file.
 *
 * EL_E_DATA "trace.csv:17: GeneratedTokens: ..." (the columns of no such log, a
 * cell is no such number or time, no request), EL_E_IO, EL_E_NOMEM; *out is
 * untouched.
 * Source  AzurePublicDataset, microsoft/vidur, HPMLL/BurstGPT,
 *         Mutinifni/splitwise-sim, kvcache-ai/Mooncake (FAST25-release),
 *         casys-kaist/LLMServingSim.
 */
EL_NODISCARD el_status el_trace_read(const char *path, bool with_times,
                                     el_lengths *out, el_error *err);
/* The same from memory; `name` stands in messages. */
EL_NODISCARD el_status el_trace_parse(const char *text, size_t len,
                                      const char *name, bool with_times,
                                      el_lengths *out, el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What `energylens predict` shows to people. Layer: cli. */
#ifndef EL_CLI_PREDICT_TEXT_H
#define EL_CLI_PREDICT_TEXT_H
#include "cli/cli.h"
#include "energylens/table.h"
#include "model/answer.h"

/* One configuration in full; explain: joules by cause with bars. */
void el_predict_text_one(const el_cli *cli, el_scope scope, const el_row *row,
                         const el_answer *answer, bool explain, el_buf *out);

/* Several configurations, one line each. */
EL_NODISCARD el_status el_predict_text_table(const el_cli *cli,
                                             const el_row *row,
                                             const el_answer *answer, size_t n,
                                             el_buf *out, el_error *err);

/* A cause of joules for people: "reading KV cache" of "kv_read". */
const char *el_cause_words(const char *name);
/* Name of the i-th cause that has words; NULL behind the last. */
const char *el_cause_at(size_t i);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages (mdoc) from the tables. Layer: cli. */
#ifndef EL_CLI_MAN_H
#define EL_CLI_MAN_H
#include "cli/cli.h"

/* energylens(1) */
void el_man_page(const el_verb *const *verbs, el_buf *out);
/* energylens-VERB(1) */
void el_man_verb_page(const el_verb *verb, el_buf *out);

#endif

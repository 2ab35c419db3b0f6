/* SPDX-License-Identifier: Apache-2.0 */
/* The manual page (mdoc) from the tables. Layer: cli. */
#ifndef EL_CLI_MAN_H
#define EL_CLI_MAN_H
#include "cli/cli.h"

void el_man_page(const el_verb *const *verbs, el_buf *out);

#endif

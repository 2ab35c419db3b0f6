/* SPDX-License-Identifier: Apache-2.0 */
/* Options back into words, for scripts. Layer: cli. */
#ifndef EL_CLI_OPT_PRINT_H
#define EL_CLI_OPT_PRINT_H
#include "cli/opt.h"

/*
 * Append to `words` those that el_opt_parse() reads as the same value, each
 * ended by a NUL: "--tp=1,2". Nothing where there is no value. *n counts them.
 */
void el_opt_print(const el_opt *opt, const void *args, el_buf *words,
                  size_t *n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a shell needs to complete words, from the tables. Layer: cli. */
#ifndef EL_CLI_COMPLETION_H
#define EL_CLI_COMPLETION_H
#include "cli/cli.h"

typedef enum el_shell {
    EL_SHELL_NONE,
    EL_SHELL_BASH,
    EL_SHELL_ZSH,
    EL_SHELL_FISH
} el_shell;

/* Their names: "none", "bash" ... NULL. */
extern const char *const el_shells[];

/*
 * A script that completes verbs, their options, the choices of an option, and
 * files for all other values and arguments.
 */
void el_completion(const el_verb *const *verbs, el_shell shell, el_buf *out);

#endif

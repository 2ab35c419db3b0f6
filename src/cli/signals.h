/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C and SIGTERM as a flag. Layer: cli. */
#ifndef EL_CLI_SIGNALS_H
#define EL_CLI_SIGNALS_H
#include <stdbool.h>

/* The first signal sets the flag, a second one ends the process at once. */
void el_signals_install(void);
/* SIGINT, SIGTERM, or 0. */
int el_signals_got(void);
/* It was a key on the terminal, which reaches the programs we started too. */
bool el_signals_by_terminal(void);
#endif

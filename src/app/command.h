/* SPDX-License-Identifier: Apache-2.0 */
/* A command of the user's, started without a shell. Layer: app. */
#ifndef EL_APP_COMMAND_H
#define EL_APP_COMMAND_H
#include <stdbool.h>
#include <sys/types.h>

#include "energylens/error.h"

/* Which signal to hand on to the command now; 0: none. */
typedef int (*el_signal_fn)(void *ctx);

/*
 * argv: NULL-terminated, argv[0] found on PATH. to_stderr: its standard output
 * goes where our standard error goes. Blocks SIGCHLD in the calling thread,
 * which el_command_wait() needs. EL_E_IO "cannot run NAME: why".
 */
EL_NODISCARD el_status el_command_start(const char *const *argv, bool to_stderr,
                                        pid_t *pid, el_error *err);

/*
 * Waits for it; each signal that `pass` gives is sent on once.
 * *code: its exit code, or 128 + the signal that ended it. EL_E_IO.
 */
EL_NODISCARD el_status el_command_wait(pid_t pid, el_signal_fn pass, void *ctx,
                                       int *code, el_error *err);

#endif

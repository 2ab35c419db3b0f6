/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No SIGPIPE from what this thread writes: TLS libraries write without
 * MSG_NOSIGNAL, and a server that has closed would end the program. Layer:
 * load.
 */
#ifndef EL_LOAD_QUIET_H
#define EL_LOAD_QUIET_H
#include <signal.h>
#include <stdbool.h>

typedef struct el_quiet {
    sigset_t before;
    bool pending; /* one was there already: it stays */
} el_quiet;

void el_quiet_begin(el_quiet *q);
void el_quiet_end(const el_quiet *q);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "load/quiet.h"

#include <pthread.h>
#include <time.h>

static void only_pipe(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGPIPE);
}

void el_quiet_begin(el_quiet *q)
{
    sigset_t pipe, pending;

    only_pipe(&pipe);
    (void)sigemptyset(&pending);
    (void)sigpending(&pending);
    q->pending = sigismember(&pending, SIGPIPE) == 1;
    (void)pthread_sigmask(SIG_BLOCK, &pipe, &q->before);
}

void el_quiet_end(const el_quiet *q)
{
    const struct timespec now = {0, 0};
    sigset_t pipe;

    only_pipe(&pipe);
    while (!q->pending && sigtimedwait(&pipe, NULL, &now) == SIGPIPE)
        continue;
    (void)pthread_sigmask(SIG_SETMASK, &q->before, NULL);
}

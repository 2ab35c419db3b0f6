/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/*
 * The one place where a global is the only way: a handler has no context.
 * Workers ask too, so it is atomic; a lock-free one is safe in a handler.
 */
static atomic_int got;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a handler may not take a lock");

static void on_signal(int number)
{
    got = number;
}

/* A signal that the parent ignores (nohup, cron) stays ignored. */
static void catch_signal(int number, const struct sigaction *action)
{
    struct sigaction old;

    if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        (void)sigaction(number, action, NULL);
}

void el_signals_install(void)
{
    struct sigaction action;

    got = 0;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    (void)sigemptyset(&action.sa_mask);
    action.sa_flags = (int)SA_RESETHAND; /* the second one: default action */
    catch_signal(SIGINT, &action);
    catch_signal(SIGTERM, &action);
}

int el_signals_got(void)
{
    return got;
}

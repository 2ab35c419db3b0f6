/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

/*
 * The one place where a global is the only way: a handler has no context.
 * Workers ask too, so it is atomic; a lock-free one is safe in a handler.
 */
static atomic_int got;
static atomic_bool by_terminal;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a handler may not take a lock");

/* A key on the terminal sends to every process there, the kernel says so. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    by_terminal = info && info->si_code > 0;
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
    action.sa_sigaction = on_signal;
    (void)sigemptyset(&action.sa_mask);
    /* the second one: default action */
    action.sa_flags = (int)(SA_RESETHAND | SA_SIGINFO);
    catch_signal(SIGINT, &action);
    catch_signal(SIGTERM, &action);
}

int el_signals_got(void)
{
    return got;
}

bool el_signals_by_terminal(void)
{
    return by_terminal;
}

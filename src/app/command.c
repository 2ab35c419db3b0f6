/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY_NS 50000000L /* at signals; the end itself wakes us */
#define SIGNALLED     128

extern char **environ; /* POSIX: no header declares it */

/* The end of a child stays pending until it is waited for. */
static void watch_children(sigset_t *old)
{
    struct sigaction action;
    sigset_t child;

    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL; /* ignored by whoever started us: no status */
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGCHLD, &action, NULL);
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)pthread_sigmask(SIG_BLOCK, &child, old);
}

static int spawn(const char *const *argv, bool to_stderr, const sigset_t *mask,
                 pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    char *const *args;
    int bad = posix_spawn_file_actions_init(&files);

    if (bad)
        return bad;
    bad = posix_spawnattr_init(&how);
    if (bad) {
        (void)posix_spawn_file_actions_destroy(&files);
        return bad;
    }
    memcpy(&args, &argv, sizeof args); /* POSIX forgot a const, execv too */
    if (to_stderr)
        bad = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO,
                                               STDOUT_FILENO);
    if (!bad)
        bad = posix_spawnattr_setsigmask(&how, mask);
    if (!bad)
        bad = posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
    if (!bad)
        bad = posix_spawnp(pid, argv[0], &files, &how, args, environ);
    (void)posix_spawnattr_destroy(&how);
    (void)posix_spawn_file_actions_destroy(&files);
    return bad;
}

el_status el_command_start(const char *const *argv, bool to_stderr, pid_t *pid,
                           el_error *err)
{
    sigset_t old;
    int bad;

    watch_children(&old);
    bad = spawn(argv, to_stderr, &old, pid);
    if (bad)
        return el_fail(err, EL_E_IO, "cannot run %.200s: %s", argv[0],
                       strerror(bad)); /* NOLINT(concurrency-mt-unsafe) */
    return EL_OK;
}

static int exit_code(int status)
{
    return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status)
                               : WEXITSTATUS(status);
}

el_status el_command_wait(pid_t pid, el_signal_fn pass, void *ctx, int *code,
                          el_error *err)
{
    const struct timespec look = {0, LOOK_EVERY_NS};
    sigset_t child;
    int status = 0, passed = 0;

    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    for (;;) {
        int number = pass ? pass(ctx) : 0;
        pid_t done = waitpid(pid, &status, WNOHANG);

        if (done == pid) {
            *code = exit_code(status);
            return EL_OK;
        }
        if (done < 0 && errno != EINTR)
            return el_fail(err, EL_E_IO, "cannot wait for the command: %s",
                           strerror(errno)); /* NOLINT */
        if (number && number != passed) {
            passed = number;
            (void)kill(pid, number);
        }
        (void)sigtimedwait(&child, NULL, &look); /* early for any signal */
    }
}

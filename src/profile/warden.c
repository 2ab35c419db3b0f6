/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/clock.h"

#define LOOK_EVERY_MS 20
#define REAP_S        5.0 /* a process that no SIGKILL ends is left */
#define NO_FD         1024
#define EXIT_NO_EXEC  127

static void nap(void)
{
    const struct timespec t = {0, LOOK_EVERY_MS * 1000000L};

    (void)nanosleep(&t, NULL);
}

static void set_signals(void (*how)(int))
{
    static const int number[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    struct sigaction action = {.sa_handler = how};
    sigset_t none;

    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        (void)sigaction(number[i], &action, NULL);
    action.sa_handler = SIG_DFL;
    (void)sigaction(SIGCHLD, &action, NULL);
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become_engine(const el_warden *w, pid_t parent)
{
    int bad;

    /* one thread after fork: NOLINTNEXTLINE(concurrency-mt-unsafe) */
    (void)setpgid(0, 0);
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != parent) /* it died before the line above */
        _exit(EXIT_NO_EXEC);
    set_signals(SIG_DFL);
    (void)dup2(w->log_fd, STDOUT_FILENO);
    (void)dup2(w->log_fd, STDERR_FILENO);
    for (int fd = STDERR_FILENO + 1; fd < NO_FD; fd++)
        if (fd != w->exec_fd)
            (void)close(fd);
    (void)execvp(w->argv[0], w->argv);
    bad = errno;
    (void)!write(w->exec_fd, &bad, sizeof bad);
    _exit(EXIT_NO_EXEC);
}

/* Only what the warden waits on and writes to stays open. */
static void let_go(const el_warden *w)
{
    int null = open("/dev/null", O_RDWR);

    for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
        (void)dup2(null, fd);
    for (int fd = STDERR_FILENO + 1; fd < NO_FD; fd++)
        if (fd != w->life_fd && fd != w->report_fd && fd != w->log_fd &&
            fd != w->exec_fd)
            (void)close(fd);
}

#ifdef __linux__
/* Our children: the engine's orphans among them. */
static void kill_children(void)
{
    char text[4096];
    int fd = open("/proc/thread-self/children", O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : 0;
    pid_t pid = 0;

    for (ssize_t i = 0; i < n; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            pid = 10 * pid + (text[i] - '0');
            continue;
        }
        if (pid > 1)
            (void)kill(pid, SIGKILL);
        pid = 0;
    }
    if (fd >= 0)
        (void)close(fd);
}
#else
static void kill_children(void)
{
}
#endif

static bool has_ended(pid_t engine, int *status)
{
    int other;
    pid_t pid;

    while ((pid = waitpid(-1, &other, WNOHANG)) > 0)
        if (pid == engine) {
            *status = other;
            return true;
        }
    return false;
}

/* Until the engine ended by itself (true) or we are to stop it. */
static bool watch(const el_warden *w, pid_t engine, int *status)
{
    struct pollfd life = {.fd = w->life_fd, .events = POLLIN};

    for (;;) {
        if (has_ended(engine, status))
            return true;
        if (poll(&life, 1, LOOK_EVERY_MS) > 0)
            return false;
    }
}

static bool ask_to_end(const el_warden *w, pid_t engine, int *status)
{
    double until = el_clock_s() + w->grace_s;

    (void)kill(-engine, SIGTERM);
    do {
        if (has_ended(engine, status))
            return true;
        nap();
    } while (el_clock_s() < until);
    return false;
}

/* All that is left of the engine, until nothing is. */
static void kill_all(pid_t engine, bool *ended, int *status)
{
    double until = el_clock_s() + REAP_S;
    int other;
    pid_t pid;

    do {
        (void)kill(-engine, SIGKILL);
        kill_children();
        while ((pid = waitpid(-1, &other, WNOHANG)) > 0)
            if (pid == engine) {
                *status = other;
                *ended = true;
            }
        if (pid < 0)
            return; /* no child is left */
        nap();
    } while (el_clock_s() < until);
}

_Noreturn void el_warden_run(const el_warden *w)
{
    int status = 0;
    bool ended;
    pid_t self, engine;

    (void)setpgid(0, 0); /* a key on the terminal is not for us */
    set_signals(SIG_IGN);
    let_go(w);
#ifdef __linux__
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
    self = getpid();
    engine = fork();
    if (engine == 0)
        become_engine(w, self);
    if (engine < 0) {
        status = errno;
        (void)!write(w->exec_fd, &status, sizeof status);
        _exit(EXIT_NO_EXEC);
    }
    (void)setpgid(engine, engine); /* whoever of the two is first */
    (void)close(w->exec_fd);
    (void)close(w->log_fd);
    ended = watch(w, engine, &status) || ask_to_end(w, engine, &status);
    kill_all(engine, &ended, &status);
    (void)!write(w->report_fd, &status, ended ? sizeof status : 0);
    _exit(0);
}

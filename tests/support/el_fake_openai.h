/* SPDX-License-Identifier: Apache-2.0 */
/* Starts tests/support/fake_openai, waits for its URL, stops it. */
#ifndef EL_FAKE_OPENAI_H
#define EL_FAKE_OPENAI_H
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct el_fake_openai {
    pid_t pid;
    char url[64];
} el_fake_openai;

/* argv of the program without its name, NULL-terminated, at most 29. */
static inline bool el_fake_openai_start(const char *program,
                                        const char *const *option,
                                        el_fake_openai *out)
{
    const char *argv[32] = {program, "--with-parent"};
    int pipe_fd[2];
    FILE *said;
    size_t n = 2;
    bool ok;

    while (*option && n < 31)
        argv[n++] = *option++;
    if (pipe(pipe_fd) != 0)
        return false;
    out->pid = fork();
    if (out->pid == 0) {
        (void)dup2(pipe_fd[1], STDOUT_FILENO);
        (void)close(pipe_fd[0]);
        (void)close(pipe_fd[1]);
        (void)execv(program, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(pipe_fd[1]);
    said = fdopen(pipe_fd[0], "r");
    ok = out->pid > 0 && said && fgets(out->url, sizeof out->url, said);
    if (said)
        (void)fclose(said);
    out->url[strcspn(out->url, "\n")] = '\0';
    return ok;
}

static inline void el_fake_openai_stop(el_fake_openai *f)
{
    int status;

    if (f->pid <= 0)
        return;
    (void)kill(f->pid, SIGTERM);
    (void)waitpid(f->pid, &status, 0);
    f->pid = 0;
}
#endif

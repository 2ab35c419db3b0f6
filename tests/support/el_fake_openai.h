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
/* A line of its --log: one request, by the server's clock. */
typedef struct el_fake_log {
    size_t run, index;
    unsigned attempt;
    double recv_s, first_s, last_s; /* read; written */
} el_fake_log;

/* Of requests with our X-Request-Id, "energylens-SEED-RUN-INDEX-ATTEMPT". */
static inline size_t el_fake_log_read(const char *path, el_fake_log *out,
                                      size_t room)
{
    FILE *f = fopen(path, "r");
    char line[1024];
    size_t n = 0;

    while (f && n < room && fgets(line, sizeof line, f)) {
        const char *times = strstr(line, "\"recv_s\":");
        el_fake_log *l = &out[n];

        if (times &&
            sscanf(line, "{\"request_id\":\"energylens-%*x-%zu-%zu-%u\"",
                   &l->run, &l->index, &l->attempt) == 3 &&
            sscanf(times, "\"recv_s\":%lf,\"first_s\":%lf,\"last_s\":%lf",
                   &l->recv_s, &l->first_s, &l->last_s) == 3)
            n++;
    }
    if (f)
        (void)fclose(f);
    return n;
}

#endif

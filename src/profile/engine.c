/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/engine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "meter/http.h"
#include "profile/warden.h"

#define LOG_MODE      0644
#define ASK_EVERY_S   0.1
#define LOG_TAIL      1024
#define HOW_IT_ENDED  64
#define MAX_LOG_WORDS 240

struct el_engine {
    pid_t warden;
    int life_fd, report_fd;
    bool ended;
    int status; /* as waitpid() gives it */
    char log[1024];
};

/* Pipes as [0] read and [1] write ends, all close-on-exec. */
typedef struct pipes {
    int life[2], report[2], exec[2];
} pipes;

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void close_pipes(pipes *p)
{
    for (int i = 0; i < 2; i++) {
        close_fd(&p->life[i]);
        close_fd(&p->report[i]);
        close_fd(&p->exec[i]);
    }
}

static bool open_pipe(int fd[2])
{
    if (pipe(fd) != 0) {
        fd[0] = fd[1] = -1;
        return false;
    }
    return fcntl(fd[0], F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(fd[1], F_SETFD, FD_CLOEXEC) == 0;
}

static bool open_pipes(pipes *p)
{
    *p = (pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    return open_pipe(p->life) && open_pipe(p->report) && open_pipe(p->exec);
}

/* errno of the exec; 0: it went well. */
static int exec_error(int fd)
{
    int bad = 0;
    ssize_t n;

    do
        n = read(fd, &bad, sizeof bad);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof bad ? bad : 0;
}

static void reap(el_engine *e)
{
    int status;

    while (waitpid(e->warden, &status, 0) < 0 && errno == EINTR)
        ;
}

/* Parent's half: p's ends that are the warden's are closed. */
static int fork_warden(el_engine *e, const el_argv *argv, int log_fd,
                       double grace_s, pipes *p)
{
    const el_warden w = {argv->v,      log_fd,     p->life[0],
                         p->report[1], p->exec[1], grace_s};
    int bad;

    e->warden = fork();
    if (e->warden < 0)
        return errno;
    if (e->warden == 0) {
        (void)close(p->life[1]); /* or we would wait for ourselves */
        el_warden_run(&w);
    }
    close_fd(&p->life[0]);
    close_fd(&p->report[1]);
    close_fd(&p->exec[1]);
    bad = exec_error(p->exec[0]);
    if (bad) {
        close_fd(&p->life[1]);
        reap(e);
    }
    return bad;
}

el_status el_engine_start(const el_argv *argv, const char *log, double grace_s,
                          el_engine **out, el_error *err)
{
    el_engine *e = el_array(1, sizeof *e);
    pipes p;
    int log_fd, bad;

    if (!e)
        return el_fail(err, EL_E_NOMEM, "engine: out of memory");
    el_str_copy(e->log, sizeof e->log, log);
    log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, LOG_MODE);
    if (log_fd < 0) {
        bad = errno;
        el_free(e);
        return el_fail(err, EL_E_IO, "%.200s: %s", log,
                       strerror(bad)); /* NOLINT(concurrency-mt-unsafe) */
    }
    bad = open_pipes(&p) ? fork_warden(e, argv, log_fd, grace_s, &p) : errno;
    (void)close(log_fd);
    if (bad) {
        close_pipes(&p);
        el_free(e);
        return el_fail(err, EL_E_IO, "cannot run %.200s: %s", argv->v[0],
                       strerror(bad)); /* NOLINT(concurrency-mt-unsafe) */
    }
    close_fd(&p.exec[0]);
    e->life_fd = p.life[1];
    e->report_fd = p.report[0];
    *out = e;
    return EL_OK;
}

/* The last line of the file that is not blank; "" if there is none. */
static void last_line(const char *path, char line[MAX_LOG_WORDS])
{
    char tail[LOG_TAIL + 1], *at;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;

    line[0] = '\0';
    if (fd < 0)
        return;
    if (lseek(fd, -LOG_TAIL, SEEK_END) < 0)
        (void)lseek(fd, 0, SEEK_SET);
    n = read(fd, tail, LOG_TAIL);
    (void)close(fd);
    while (n > 0 && strchr("\n\r \t", tail[n - 1]))
        n--;
    tail[n > 0 ? n : 0] = '\0';
    at = strrchr(tail, '\n');
    el_str_copy(line, MAX_LOG_WORDS, at ? at + 1 : tail);
    for (at = line; *at; at++) /* colours and the like stay in the log */
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = '?';
}

static void describe_end(int status, char text[HOW_IT_ENDED])
{
    if (WIFSIGNALED(status))
        (void)snprintf(text, HOW_IT_ENDED, "was ended by signal %d",
                       WTERMSIG(status));
    else
        (void)snprintf(text, HOW_IT_ENDED, "ended with %d",
                       WEXITSTATUS(status));
}

el_status el_engine_check(el_engine *e, el_error *err)
{
    struct pollfd report = {.fd = e->report_fd, .events = POLLIN};
    char line[MAX_LOG_WORDS], how[HOW_IT_ENDED];

    if (!e->ended && poll(&report, 1, 0) > 0) {
        e->ended = true;
        if (read(e->report_fd, &e->status, sizeof e->status) !=
            (ssize_t)sizeof e->status)
            e->status = 0;
    }
    if (!e->ended)
        return EL_OK;
    last_line(e->log, line);
    describe_end(e->status, how);
    return el_fail(err, EL_E_DEVICE, "the engine %s%s%s (%.160s)", how,
                   line[0] ? ": " : "", line, e->log);
}

void el_engine_stop(el_engine *e)
{
    if (!e)
        return;
    close_fd(&e->life_fd);
    reap(e);
    close_fd(&e->report_fd);
    el_free(e);
}

/* --- health --------------------------------------------------------------- */

static el_status ask(const char *url, const char *path, el_error *err)
{
    char full[2048];
    el_buf page = {0};
    el_http *http = NULL;
    size_t len = strlen(url);
    el_status st;

    while (len > 0 && url[len - 1] == '/')
        len--;
    (void)snprintf(full, sizeof full, "%.*s%s", (int)(len < 1900 ? len : 1900),
                   url, path);
    st = el_http_open(full, &http, err);
    if (st == EL_OK)
        st = el_http_get(http, &page, err);
    el_http_close(http);
    el_buf_clear(&page);
    return st;
}

el_status el_engine_wait(el_engine *engine, const char *url, double timeout_s,
                         const el_task *task, el_error *err)
{
    double until = el_clock_s() + timeout_s;
    el_error why = {0};

    for (;;) {
        el_status st = engine ? el_engine_check(engine, err) : EL_OK;

        if (st != EL_OK)
            return st;
        st = ask(url, "/health", &why);
        if (st == EL_E_IO)
            st = ask(url, "/v1/models", &why);
        if (st == EL_OK)
            return EL_OK;
        if (st != EL_E_IO)
            return el_fail(err, st, "%s", why.message);
        if (el_task_is_cancelled(task))
            return el_fail(err, EL_E_CANCELLED, "while the engine started");
        if (el_clock_s() >= until)
            return el_fail(err, EL_E_DEVICE,
                           "the engine is not ready after %.3g s: %.300s",
                           timeout_s, why.message);
        el_nap(ASK_EVERY_S);
    }
}

el_status el_engine_port(unsigned *port, el_error *err)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool ok = fd >= 0;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ok = ok && bind(fd, (const struct sockaddr *)&a, sizeof a) == 0 &&
         getsockname(fd, (struct sockaddr *)&a, &len) == 0;
    if (fd >= 0)
        (void)close(fd);
    if (!ok)
        return el_fail(err, EL_E_IO, "no free port: %s",
                       strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
    *port = ntohs(a.sin_port);
    return EL_OK;
}

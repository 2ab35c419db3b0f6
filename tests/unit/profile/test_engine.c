/* SPDX-License-Identifier: Apache-2.0 */
/* Engines that start, die, refuse to stop and leave children behind. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "el_test.h"
#include "profile/engine.h"

#define GRACE_S 0.3
#define WAIT_S  20.0

static char folder[] = "/tmp/el-engine-XXXXXX";
static char log_path[64], pid_path[64];

static void nap(void)
{
    const struct timespec t = {0, 10000000L};

    (void)nanosleep(&t, NULL);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return 1;
    (void)snprintf(log_path, sizeof log_path, "%s/log", folder);
    (void)snprintf(pid_path, sizeof pid_path, "%s/pids", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(log_path);
    (void)unlink(pid_path);
    return rmdir(folder);
}

static int forget(void **state)
{
    (void)state;
    (void)unlink(log_path);
    (void)unlink(pid_path);
    return 0;
}

static el_status start(const char *script, el_engine **out, el_error *err)
{
    const el_engine_value value[] = {{"script", script}, {"pids", pid_path}};
    el_argv argv;
    el_status st =
        el_engine_words("sh -c {script} sh {pids}", value, 2, &argv, err);

    if (st != EL_OK)
        return st;
    st = el_engine_start(&argv, log_path, GRACE_S, out, err);
    el_argv_clear(&argv);
    return st;
}

/* The n pids that a script wrote to its $1. */
static void pids(pid_t *v, size_t n)
{
    double until = el_clock_s() + WAIT_S;
    size_t got = 0;

    while (got < n) {
        FILE *f = fopen(pid_path, "r");
        char line[32];

        assert_true(el_clock_s() < until);
        for (got = 0; f && got < n && fgets(line, sizeof line, f); got++)
            v[got] = (pid_t)strtol(line, NULL, 10);
        if (f)
            (void)fclose(f);
        nap();
    }
}

static void all_gone(const pid_t *v, size_t n)
{
    double until = el_clock_s() + WAIT_S;

    for (size_t i = 0; i < n; i++)
        while (kill(v[i], 0) == 0) {
            assert_true(el_clock_s() < until);
            nap();
        }
}

static el_status wait_for_end(el_engine *e, el_error *err)
{
    double until = el_clock_s() + WAIT_S;
    el_status st;

    while ((st = el_engine_check(e, err)) == EL_OK && el_clock_s() < until)
        nap();
    return st;
}

/* Ignores SIGTERM, and has a child in a session of its own. */
static const char *const stubborn =
    "trap '' TERM; setsid sleep 600 & echo $! >\"$1\"; "
    "sleep 600 & echo $! >>\"$1\"; echo $$ >>\"$1\"; wait; wait; wait";

static void stops_all_of_it(void **state)
{
    el_engine *e = NULL;
    pid_t pid[3];

    (void)state;
    assert_int_equal(start(stubborn, &e, NULL), EL_OK);
    pids(pid, 3);
    assert_int_equal(el_engine_check(e, NULL), EL_OK);
    el_engine_stop(e);
    all_gone(pid, 3);
    assert_int_equal(el_mem_live(), 0);
}

static void ends_with_us(void **state)
{
    pid_t pid[3], us = fork();

    (void)state;
    if (us == 0) { /* a program that is killed in the middle of its work */
        el_engine *e = NULL;

        if (start(stubborn, &e, NULL) != EL_OK)
            _exit(1);
        for (;;)
            nap();
    }
    pids(pid, 3);
    assert_int_equal(kill(us, SIGKILL), 0);
    assert_int_equal(waitpid(us, NULL, 0), us);
    all_gone(pid, 3);
}

static void its_death_is_told(void **state)
{
    el_engine *e = NULL;
    el_error err = {0};

    (void)state;
    assert_int_equal(start("echo starting; echo 'CUDA out of memory' >&2; "
                           "exit 3",
                           &e, NULL),
                     EL_OK);
    assert_int_equal(wait_for_end(e, &err), EL_E_DEVICE);
    assert_non_null(strstr(err.message, "ended with 3: CUDA out of memory"));
    assert_non_null(strstr(err.message, log_path));
    assert_int_equal(el_engine_wait(e, "http://127.0.0.1:9", 5, NULL, NULL),
                     EL_E_DEVICE);
    el_engine_stop(e);
    assert_int_equal(start("kill -9 $$", &e, NULL), EL_OK);
    assert_int_equal(wait_for_end(e, &err), EL_E_DEVICE);
    assert_non_null(strstr(err.message, "signal 9"));
    el_engine_stop(e);
}

static void it_gets_what_it_should(void **state)
{
    el_engine *e = NULL;
    char text[64] = "";
    FILE *f;

    (void)state;
    assert_int_equal(
        start("cat; ls /proc/self/fd | tr '\\n' ' '; exit 0", &e, NULL), EL_OK);
    assert_int_equal(wait_for_end(e, NULL), EL_E_DEVICE);
    el_engine_stop(e);
    f = fopen(log_path, "r");
    assert_non_null(f);
    assert_non_null(fgets(text, sizeof text, f));
    (void)fclose(f);
    assert_string_equal(text, "0 1 2 3 "); /* 3 is of ls */
}

static void cannot_start(void **state)
{
    char name[] = "/nonexistent/engine";
    char *v[] = {name, NULL};
    const el_argv argv = {.v = v, .n = 1};
    el_engine *e = NULL;
    el_error err = {0};

    (void)state;
    assert_int_equal(el_engine_start(&argv, log_path, GRACE_S, &e, &err),
                     EL_E_IO);
    assert_non_null(strstr(err.message, "cannot run /nonexistent/engine: No"));
    assert_int_equal(
        el_engine_start(&argv, "/nonexistent/log", GRACE_S, &e, &err), EL_E_IO);
    assert_null(e);
    el_mem_fail_at(0);
    assert_int_equal(el_engine_start(&argv, log_path, GRACE_S, &e, NULL),
                     EL_E_NOMEM);
    el_mem_fail_at(-1);
    assert_int_equal(el_mem_live(), 0);
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

static void nobody_answers(void **state)
{
    const el_task stop = {.cancelled = always};
    el_error err = {0};
    char url[64];
    unsigned port;

    (void)state;
    assert_int_equal(el_engine_port(&port, NULL), EL_OK);
    assert_in_range(port, 1, 65535);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
    assert_int_equal(el_engine_wait(NULL, url, 0.2, NULL, &err), EL_E_DEVICE);
    assert_non_null(strstr(err.message, "not ready after 0.2 s"));
    assert_int_equal(el_engine_wait(NULL, url, 60, &stop, &err),
                     EL_E_CANCELLED);
    el_mem_fail_at(0);
    assert_int_equal(el_engine_wait(NULL, url, 60, NULL, NULL), EL_E_NOMEM);
    el_mem_fail_at(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(stops_all_of_it, forget),
        cmocka_unit_test_setup(ends_with_us, forget),
        cmocka_unit_test_setup(its_death_is_told, forget),
        cmocka_unit_test_setup(it_gets_what_it_should, forget),
        cmocka_unit_test_setup(cannot_start, forget),
        cmocka_unit_test_setup(nobody_answers, forget)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

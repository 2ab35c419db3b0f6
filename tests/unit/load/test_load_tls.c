/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates are verified: openssl's own server with one that nobody has
 * signed. Skipped where the program openssl is not there.
 */
#include "el_test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/load.h"

static char folder[] = "/tmp/el_tls_XXXXXX";

/* Its standard output goes to *out, where that is wanted. */
static pid_t start(const char *const *argv, FILE **out)
{
    int fd[2];
    pid_t pid;

    assert_int_equal(pipe(fd), 0);
    pid = fork();
    if (pid == 0) {
        (void)dup2(fd[1], STDOUT_FILENO);
        (void)close(fd[0]);
        (void)close(fd[1]);
        if (!freopen("/dev/null", "r", stdin) ||
            !freopen("/dev/null", "w", stderr) || chdir(folder) != 0)
            _exit(127);
        (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(fd[1]);
    if (out)
        *out = fdopen(fd[0], "r");
    else
        (void)close(fd[0]);
    return pid;
}

static int run(const char *const *argv)
{
    int status = -1;
    pid_t pid = start(argv, NULL);

    return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static void path_of(const char *name, char *out, size_t cap)
{
    (void)snprintf(out, cap, "%s/%s", folder, name);
}

static void write_models(void)
{
    char path[64];
    FILE *f;

    path_of("v1", path, sizeof path);
    assert_int_equal(mkdir(path, 0700), 0);
    path_of("v1/models", path, sizeof path);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n"
                      "\r\n{\"data\":[{\"id\":\"m\",\"owned_by\":\"vllm\"}]}",
                      f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* https://127.0.0.1:PORT of a server that is now there. */
static pid_t serve(char *url, size_t cap, FILE **out)
{
    const char *const argv[] = {"openssl", "s_server",    "-HTTP", "-4",
                                "-accept", "127.0.0.1:0", "-cert", "cert.pem",
                                "-key",    "key.pem",     NULL};
    pid_t pid = start(argv, out);
    char line[128];
    const char *port = NULL;

    assert_true(pid > 0 && *out);
    while (!port && fgets(line, sizeof line, *out))
        port = strncmp(line, "ACCEPT", 6) == 0 ? strrchr(line, ':') : NULL;
    assert_non_null(port);
    line[strcspn(line, "\n")] = '\0';
    (void)snprintf(url, cap, "https://127.0.0.1%s", port);
    return pid;
}

static void test_verified(void **state)
{
    char url[64], cert[64], other[64];
    FILE *said = NULL; /* kept open: it goes on talking */
    pid_t pid = serve(url, sizeof url, &said);
    el_load_target target = {.url = url};
    el_load *load = NULL;
    el_error err = {EL_OK, ""};
    int status;
    (void)state;

    path_of("cert.pem", cert, sizeof cert);
    path_of("key.pem", other, sizeof other);
    assert_int_equal(el_load_open(&target, NULL, &load, &err), EL_E_DEVICE);
    assert_non_null(strstr(err.message, "certificate"));
    target.ca_file = other; /* no certificate in it */
    assert_int_equal(el_load_open(&target, NULL, &load, &err), EL_E_DEVICE);
    target.ca_file = cert;
    assert_int_equal(el_load_open(&target, NULL, &load, &err), EL_OK);
    assert_string_equal(el_load_server_of(load).model, "m");
    el_load_close(load);
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, &status, 0);
    (void)fclose(said);
}

static int clean(void **state)
{
    static const char *const name[] = {"v1/models", "cert.pem", "key.pem"};
    char path[64];
    (void)state;

    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        path_of(name[i], path, sizeof path);
        (void)unlink(path);
    }
    path_of("v1", path, sizeof path);
    (void)rmdir(path);
    return rmdir(folder);
}

int main(void)
{
    const char *const make[] = {"openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:prime256v1",
                                "-nodes",
                                "-subj",
                                "/CN=localhost",
                                "-addext",
                                "subjectAltName=IP:127.0.0.1",
                                "-keyout",
                                "key.pem",
                                "-out",
                                "cert.pem",
                                "-days",
                                "2",
                                NULL};
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_verified)};

    if (!mkdtemp(folder))
        return 1;
    if (run(make) != 0) {
        (void)rmdir(folder);
        (void)fprintf(stderr, "no openssl: skipped\n");
        return 77;
    }
    write_models();
    return cmocka_run_group_tests(tests, NULL, clean);
}

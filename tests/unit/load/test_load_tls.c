/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Over TLS: certificates are verified, streams are whole. The fake server
 * behind tests/support/tls_proxy.py, with a certificate that nobody has signed;
 * skipped where the program openssl is not there to make it.
 */
#include "el_test.h"

#include <unistd.h>

#include "el_load_sample.h"

static char folder[] = "/tmp/el_tls_XXXXXX";
static char cert[64], key[64];
static const char program[] = EL_SOURCE_DIR "/tests/support/tls_proxy.py";

/* Its standard output goes to *out. */
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
        if (!freopen("/dev/null", "w", stderr))
            _exit(127);
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): it takes no const */
        (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(fd[1]);
    *out = fdopen(fd[0], "r");
    assert_true(pid > 0 && *out);
    return pid;
}

static bool make_certificate(void)
{
    const char *const argv[] = {"openssl",
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
                                "-days",
                                "2",
                                "-keyout",
                                key,
                                "-out",
                                cert,
                                NULL};
    FILE *out = NULL;
    int status = -1;
    pid_t pid = start(argv, &out);

    (void)fclose(out);
    return waitpid(pid, &status, 0) == pid && status == 0;
}

/* The proxy of a server, and its https:// URL. */
static pid_t proxy(const el_load_sample *s, char *url, size_t cap)
{
    const char *const argv[] = {
        "python3", program, cert, key, strrchr(s->server.url, ':') + 1, NULL};
    FILE *out = NULL;
    pid_t pid = start(argv, &out);
    char port[16] = "";

    assert_non_null(fgets(port, sizeof port, out));
    (void)fclose(out);
    port[strcspn(port, "\n")] = '\0';
    (void)snprintf(url, cap, "https://127.0.0.1:%s", port);
    return pid;
}

static void test_verified(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--port", "0");
    char url[64];
    pid_t pid = proxy(s, url, sizeof url);
    el_load_target target = {.url = url};
    (void)state;

    assert_int_equal(el_load_open(&target, NULL, &s->load, &s->err),
                     EL_E_DEVICE);
    assert_non_null(strstr(s->err.message, "certificate"));
    target.ca_file = key; /* no certificate in it */
    assert_int_equal(el_load_open(&target, NULL, &s->load, &s->err),
                     EL_E_DEVICE);
    target.ca_file = cert;
    assert_int_equal(el_load_open(&target, NULL, &s->load, &s->err), EL_OK);
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    el_sample_close(s);
}

/* Records of TLS hold several events, and events lie across them. */
static void test_streams(void **state)
{
    const el_load_shape shape = {500, 40};
    el_load_work work = {
        .shape = &shape, .n_shape = 1, .streams = 8, .n_request = 32};
    el_load_sample *s = EL_SAMPLE_SERVE("--itl", "0.0001", "--fault",
                                        "drop=9@10", "--fault", "drop@15");
    char url[64];
    pid_t pid = proxy(s, url, sizeof url);
    el_load_target target = {
        .url = url, .ca_file = cert, .retries = 1, .backoff_s = 1e-3};
    size_t again = 0;
    (void)state;

    assert_int_equal(el_load_open(&target, NULL, &s->load, &s->err), EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_OK);
    for (size_t i = 0; i < s->n; i++) {
        const el_load_request *r = &s->r[i];

        if (r->outcome == EL_LOAD_OK)
            assert_int_equal(r->n_chunk, 40);
        else
            assert_int_equal(r->outcome, EL_LOAD_DROPPED);
        again += r->again;
    }
    assert_in_range(s->total.n_outcome[EL_LOAD_OK], 29, 31);
    assert_in_range(again, 1, 3); /* those before a token came */
    assert_int_equal(s->n, 32 + again);
    (void)kill(pid, SIGTERM); /* kept connections end under the client */
    (void)waitpid(pid, NULL, 0);
    el_sample_close(s);
}

static int clean(void **state)
{
    (void)state;
    (void)unlink(cert);
    (void)unlink(key);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verified),
        cmocka_unit_test(test_streams),
    };

    if (!mkdtemp(folder))
        return 1;
    (void)snprintf(cert, sizeof cert, "%s/cert.pem", folder);
    (void)snprintf(key, sizeof key, "%s/key.pem", folder);
    if (!make_certificate()) {
        (void)clean(NULL);
        (void)fprintf(stderr, "no openssl: skipped\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, clean);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/file.h"

static char folder[] = "/tmp/el_test_file_XXXXXX";

static const char *at(const char *name)
{
    static char path[2][PATH_MAX];
    static int turn;

    turn = !turn;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : 1;
}

static size_t count_files(void)
{
    DIR *dir = opendir(folder);
    size_t n = 0;

    /* one thread: NOLINTNEXTLINE(concurrency-mt-unsafe) */
    while (readdir(dir))
        n++;
    (void)closedir(dir);
    return n - 2;
}

/* Every test leaves the folder empty: so no temporary file was left. */
static int teardown(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void expect_content(const char *path, const char *want)
{
    char *data = NULL;
    size_t len = 0;

    assert_int_equal(el_file_read(path, 1 << 20, &data, &len, NULL), EL_OK);
    assert_int_equal(len, strlen(want));
    assert_string_equal(data, want); /* NUL after the end */
    el_free(data);
}

static mode_t mode_of(const char *path)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 07777;
}

static void test_write_then_read(void **state)
{
    mode_t old = umask(027);

    (void)state;
    assert_int_equal(el_file_write(at("a"), "one", 3, NULL), EL_OK);
    expect_content(at("a"), "one");
    assert_int_equal(mode_of(at("a")), 0640);
    (void)umask(old);
    assert_int_equal(chmod(at("a"), 0600), 0);
    assert_int_equal(el_file_write(at("a"), NULL, 0, NULL), EL_OK);
    expect_content(at("a"), "");
    assert_int_equal(mode_of(at("a")), 0600); /* kept */
    assert_int_equal(count_files(), 1);
    assert_int_equal(unlink(at("a")), 0);
}

static void test_relative_path(void **state)
{
    char before[PATH_MAX];

    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(el_file_write("b", "two", 3, NULL), EL_OK);
    expect_content("b", "two");
    assert_int_equal(unlink("b"), 0);
    assert_int_equal(chdir(before), 0);
}

static void test_links_followed(void **state)
{
    struct stat info;

    (void)state;
    /* relative, to a file yet to be made; then absolute, to a link */
    assert_int_equal(symlink("real", at("link")), 0);
    assert_int_equal(symlink(at("link"), at("link2")), 0);
    assert_int_equal(el_file_write(at("link"), "x", 1, NULL), EL_OK);
    assert_int_equal(el_file_write(at("link2"), "yy", 2, NULL), EL_OK);
    expect_content(at("real"), "yy");
    assert_int_equal(lstat(at("link2"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    (void)unlink(at("link"));
    (void)unlink(at("link2"));
    (void)unlink(at("real"));
    assert_int_equal(symlink("loop", at("loop")), 0);
    assert_int_equal(el_file_write(at("loop"), "x", 1, NULL), EL_E_IO);
    (void)unlink(at("loop"));
}

static void refuse(const char *path, const char *reason)
{
    el_error err;
    char want[PATH_MAX + 64];

    assert_int_equal(el_file_write(path, "x", 1, &err), EL_E_IO);
    (void)snprintf(want, sizeof want, "%s: cannot write: %s", path, reason);
    assert_string_equal(err.message, want);
}

/* Told ahead, in the same words; what a write alone shows is not. */
static void foretold(const char *path, const char *reason)
{
    el_error err = {0};
    char want[PATH_MAX + 64];

    assert_int_equal(el_file_may_write(path, &err), reason ? EL_E_IO : EL_OK);
    if (!reason)
        return;
    (void)snprintf(want, sizeof want, "%s: cannot write: %s", path, reason);
    assert_string_equal(err.message, want);
}

static void test_foretold(void **state)
{
    (void)state;
    foretold("", "No such file or directory");
    foretold("/no/such/folder/x", "No such file or directory");
    foretold(folder, "Is a directory");
    foretold("/dev/full", NULL);
    foretold("-", NULL);
    foretold("in-the-working-folder", NULL);
    foretold(at("new"), NULL);
    assert_int_equal(access(at("new"), F_OK), -1); /* untouched */
    assert_int_equal(el_file_write(at("old"), "x", 1, NULL), EL_OK);
    foretold(at("old"), NULL);
    foretold(at("old/x"), "Not a directory");
    if (geteuid() != 0) {
        assert_int_equal(chmod(at("old"), 0400), 0);
        foretold(at("old"), "Permission denied");
    }
    (void)unlink(at("old"));
    assert_int_equal(el_file_may_write(NULL, NULL), EL_E_ARG);
}

static void test_unwritable(void **state)
{
    char longer[PATH_MAX + 8];

    (void)state;
    refuse("", "No such file or directory");
    refuse("/no/such/folder/x", "No such file or directory");
    refuse(folder, "Is a directory");
    refuse("/dev/full", "No space left on device");
    refuse("/proc/self/nothing", "No such file or directory");
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(el_file_write(longer, "x", 1, NULL), EL_E_IO);
    longer[300] = '\0'; /* above NAME_MAX */
    refuse(longer, "File name too long");
    assert_int_equal(symlink(longer, at("link")), 0);
    assert_int_equal(el_file_write(at("link"), "x", 1, NULL), EL_E_IO);
    (void)unlink(at("link"));
    assert_int_equal(el_file_write("/dev/null", "x", 1, NULL), EL_OK);
    assert_int_equal(el_file_write(at("x/y"), "x", 1, NULL), EL_E_IO);
}

static void test_no_permission(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* everything is permitted */
    assert_int_equal(el_file_write(at("ro"), "x", 1, NULL), EL_OK);
    assert_int_equal(chmod(at("ro"), 0400), 0);
    refuse(at("ro"), "Permission denied");
    (void)unlink(at("ro"));
}

/* A file size limit stands for a full disk: the old content survives. */
static void test_full_disk(void **state)
{
    struct rlimit old, small;
    char big[4096] = {0};
    el_status st, st2;

    (void)state;
    assert_int_equal(el_file_write(at("keep"), "old", 3, NULL), EL_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 1000;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    st = el_file_write(at("keep"), big, sizeof big, NULL);
    st2 = el_file_write(at("new"), big, sizeof big, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(st, EL_E_IO);
    assert_int_equal(st2, EL_E_IO);
    expect_content(at("keep"), "old");
    assert_int_equal(count_files(), 1);
    (void)unlink(at("keep"));
}

/* Names left by a killed run of the same process id are stepped over. */
static void test_stale_temporary(void **state)
{
    char name[64];

    (void)state;
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, ".energylens-%ld-%d.tmp",
                       (long)getpid(), i);
        (void)close(open(at(name), O_CREAT | O_WRONLY, 0600));
        assert_int_equal(el_file_write(at("z"), "x", 1, NULL),
                         i < 99 ? EL_OK : EL_E_IO);
    }
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, ".energylens-%ld-%d.tmp",
                       (long)getpid(), i);
        assert_int_equal(unlink(at(name)), 0);
    }
    assert_int_equal(unlink(at("z")), 0);
}

static void test_stdout(void **state)
{
    int saved = dup(STDOUT_FILENO);
    int fd = open(at("out"), O_CREAT | O_RDWR, 0600);
    int full = open("/dev/full", O_WRONLY);
    el_status st, st_full;

    (void)state;
    (void)fflush(stdout);
    (void)dup2(fd, STDOUT_FILENO);
    st = el_file_write("-", "hello", 5, NULL);
    (void)dup2(full, STDOUT_FILENO);
    st_full = el_file_write("-", "hello", 5, NULL);
    clearerr(stdout);
    (void)dup2(saved, STDOUT_FILENO);
    (void)close(saved);
    (void)close(full);
    (void)close(fd);
    assert_int_equal(st, EL_OK);
    assert_int_equal(st_full, EL_E_IO);
    expect_content(at("out"), "hello");
    (void)unlink(at("out"));
}

static void test_read_limits(void **state)
{
    char *data = NULL;
    size_t len = 7;
    el_error err;

    (void)state;
    assert_int_equal(el_file_write(at("f"), "12345", 5, NULL), EL_OK);
    assert_int_equal(el_file_read(at("f"), 5, &data, &len, NULL), EL_OK);
    el_free(data);
    data = NULL;
    len = 7;
    assert_int_equal(el_file_read(at("f"), 4, &data, &len, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "larger than 4 bytes"));
    assert_null(data);
    assert_int_equal(len, 7);
    (void)unlink(at("f"));
    assert_int_equal(el_file_read("/dev/zero", 1 << 20, &data, &len, NULL),
                     EL_E_DATA);
    assert_int_equal(el_file_read(at("f"), 4, &data, &len, NULL), EL_E_IO);
    assert_int_equal(el_file_read(folder, 4, &data, &len, NULL), EL_E_IO);
    assert_int_equal(el_file_read("/proc/self/mem", 4, &data, &len, NULL),
                     EL_E_IO);
    /* size 0, but not empty */
    assert_int_equal(
        el_file_read("/proc/self/status", 1 << 20, &data, &len, NULL), EL_OK);
    assert_true(len > 10);
    el_free(data);
    assert_int_equal(el_mem_live(), 0);
}

static void test_arguments(void **state)
{
    char *data;
    size_t len;

    (void)state;
    assert_int_equal(el_file_read(NULL, 1, &data, &len, NULL), EL_E_ARG);
    assert_int_equal(el_file_read("x", 1, NULL, &len, NULL), EL_E_ARG);
    assert_int_equal(el_file_read("x", 1, &data, NULL, NULL), EL_E_ARG);
    assert_int_equal(el_file_read("x", (size_t)-1, &data, &len, NULL),
                     EL_E_ARG);
    assert_int_equal(el_file_write(NULL, "x", 1, NULL), EL_E_ARG);
    assert_int_equal(el_file_write("x", NULL, 1, NULL), EL_E_ARG);
}

static void test_out_of_memory(void **state)
{
    char *data = NULL;
    size_t len = 7;

    (void)state;
    el_mem_fail_at(0);
    assert_int_equal(el_file_write(at("f"), "x", 1, NULL), EL_E_NOMEM);
    el_mem_fail_at(-1);
    assert_int_equal(count_files(), 0);
    for (long k = 0; k < 2; k++) { /* a stream that grows once */
        el_mem_fail_at(k);
        assert_int_equal(el_file_read("/dev/zero", 1 << 20, &data, &len, NULL),
                         EL_E_NOMEM);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
    }
    assert_null(data);
    assert_int_equal(len, 7);
}

/* A temporary file of n bytes, handed on whole whatever its position. */
static void check_from(size_t n)
{
    FILE *from = tmpfile();
    char *data = NULL;
    size_t len = 0;

    assert_non_null(from);
    for (size_t i = 0; i < n; i++)
        assert_true(fputc((int)('a' + i % 23), from) != EOF);
    assert_int_equal(el_file_write(at("f"), "old", 3, NULL), EL_OK);
    assert_int_equal(el_file_write_from(at("f"), from, NULL), EL_OK);
    (void)fclose(from);
    assert_int_equal(el_file_read(at("f"), 1 << 20, &data, &len, NULL), EL_OK);
    assert_int_equal(len, n);
    for (size_t i = 0; i < n; i++)
        assert_true(data[i] == (char)('a' + i % 23));
    el_free(data);
    assert_int_equal(unlink(at("f")), 0);
}

static void test_write_from(void **state)
{
    FILE *from = tmpfile();
    el_error err;

    (void)state;
    check_from(0);
    check_from(1);
    check_from(65535);
    check_from(65536); /* pieces that end where the file does */
    check_from(200000);
    assert_int_equal(el_file_write_from(NULL, from, &err), EL_E_ARG);
    assert_int_equal(el_file_write_from(at("f"), NULL, &err), EL_E_ARG);
    assert_int_equal(el_file_write_from(at("no/f"), from, &err), EL_E_IO);
    (void)fclose(from);
    assert_int_equal(count_files(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_then_read),
        cmocka_unit_test(test_relative_path),
        cmocka_unit_test(test_links_followed),
        cmocka_unit_test(test_unwritable),
        cmocka_unit_test(test_foretold),
        cmocka_unit_test(test_no_permission),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_stale_temporary),
        cmocka_unit_test(test_stdout),
        cmocka_unit_test(test_read_limits),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_write_from),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

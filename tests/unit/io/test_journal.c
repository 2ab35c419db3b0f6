/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/file.h"
#include "io/journal.h"

#define HEAD "a journal of tests"

static char path[] = "/tmp/el_test_journal_XXXXXX";

static int setup(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static void begin(size_t n)
{
    el_journal j;
    char line[32];

    assert_int_equal(el_journal_open(path, HEAD, false, &j, NULL), EL_OK);
    assert_int_equal(j.n_line, 0);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(line, sizeof line, "line %zu", i);
        assert_int_equal(el_journal_add(&j, line, NULL), EL_OK);
    }
    el_journal_close(&j);
}

static void expect_lines(size_t n)
{
    el_journal j;
    el_error err;
    char line[32];

    if (el_journal_open(path, HEAD, true, &j, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(j.n_line, n);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(line, sizeof line, "line %zu", i);
        assert_string_equal(j.line[i], line);
    }
    el_journal_close(&j);
}

static void expect_refused(bool resume, const char *head)
{
    el_journal j = {.n_line = 77};
    el_error err;

    assert_int_equal(el_journal_open(path, head, resume, &j, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(j.n_line, 77);
}

static void test_goes_on(void **state)
{
    el_journal j;

    (void)state;
    begin(2);
    assert_int_equal(el_journal_open(path, HEAD, true, &j, NULL), EL_OK);
    assert_int_equal(j.n_line, 2);
    assert_int_equal(el_journal_add(&j, "line 2", NULL), EL_OK);
    el_journal_close(&j);
    expect_lines(3);
    begin(1); /* a journal is overwritten */
    expect_lines(1);
    assert_int_equal(truncate(path, 0), 0); /* an empty file begins */
    expect_lines(0);
    expect_lines(0);
}

/* Cut after every byte: the whole lines are there, and it can be gone on. */
static void test_torn(void **state)
{
    char *text = NULL;
    size_t len = 0;

    (void)state;
    begin(3);
    assert_int_equal(el_file_read(path, 4096, &text, &len, NULL), EL_OK);
    for (size_t cut = strlen(HEAD) + 18; cut <= len; cut++) {
        size_t n = 0;

        for (size_t i = 0; i < cut; i++)
            n += text[i] == '\n';
        assert_int_equal(el_file_write(path, text, cut, NULL), EL_OK);
        expect_lines(n - 1);
        expect_lines(n - 1); /* the rest was cut off */
    }
    el_free(text);
}

static void test_damaged(void **state)
{
    char *text = NULL;
    size_t len = 0;

    (void)state;
    begin(3);
    assert_int_equal(el_file_read(path, 4096, &text, &len, NULL), EL_OK);
    strchr(text, '\n')[3] ^= 1; /* in the hash of the first line */
    assert_int_equal(el_file_write(path, text, len, NULL), EL_OK);
    expect_refused(true, HEAD);
    el_free(text);
    begin(3);
    expect_refused(true, "another head");
    assert_int_equal(el_file_write(path, "model,gpu\n", 10, NULL), EL_OK);
    expect_refused(true, HEAD);
    expect_refused(false, HEAD); /* and it is still there */
    assert_int_equal(el_file_read(path, 4096, &text, &len, NULL), EL_OK);
    assert_string_equal(text, "model,gpu\n");
    el_free(text);
    assert_int_equal(el_mem_live(), 0);
    assert_int_equal(truncate(path, 0), 0);
}

static void test_cannot_open(void **state)
{
    el_journal j = {.n_line = 77};

    (void)state;
    assert_int_equal(el_journal_open("/nowhere/x", HEAD, true, &j, NULL),
                     EL_E_IO);
    assert_int_equal(el_journal_open("/tmp", HEAD, false, &j, NULL), EL_E_IO);
    assert_int_equal(j.n_line, 77);
}

static void test_no_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    begin(3);
    do {
        el_journal j = {.n_line = 0};

        el_mem_fail_at(k);
        st = el_journal_open(path, HEAD, true, &j, NULL);
        if (st == EL_OK)
            st = el_journal_add(&j, "line 3", NULL);
        el_mem_fail_at(-1);
        el_journal_close(&j);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    expect_lines(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on),   cmocka_unit_test(test_torn),
        cmocka_unit_test(test_damaged),   cmocka_unit_test(test_cannot_open),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/csv.h"
#include "io/csv_text.h"

static el_csv *parse_n(const char *text, size_t len)
{
    el_csv *csv = NULL;
    el_error err = {0};

    if (el_csv_parse(text, len, "t.csv", &csv, &err) != EL_OK)
        fail_msg("%s", err.message);
    return csv;
}

static el_csv *parse(const char *text)
{
    return parse_n(text, strlen(text));
}

static void assert_slice(el_slice got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_memory_equal(got.text, want, got.len);
}

static void refuse_n(const char *text, size_t len, const char *message)
{
    el_csv *csv = NULL;
    el_error err = {0};

    assert_int_equal(el_csv_parse(text, len, "t.csv", &csv, &err), EL_E_DATA);
    assert_string_equal(err.message, message);
    assert_null(csv);
    assert_int_equal(el_mem_live(), 0);
}

static void refuse(const char *text, const char *message)
{
    refuse_n(text, strlen(text), message);
}

static void test_plain(void **state)
{
    el_csv *csv = parse("a, b ,c\n1,,3\n4,5,6");

    (void)state;
    assert_string_equal(el_csv_name(csv), "t.csv");
    assert_int_equal(el_csv_n_columns(csv), 3);
    assert_int_equal(el_csv_n_records(csv), 2);
    assert_slice(el_csv_header(csv, 1), "b"); /* names are trimmed */
    assert_slice(el_csv_cell(csv, 0, 1), "");
    assert_slice(el_csv_cell(csv, 1, 2), "6");
    assert_int_equal(el_csv_line(csv, 1), 3);
    assert_int_equal(el_csv_column(csv, "c"), 2);
    assert_int_equal(el_csv_column(csv, "cc"), (size_t)-1);
    assert_int_equal(el_csv_column(csv, "d"), (size_t)-1);
    el_csv_free(csv);
    assert_int_equal(el_mem_live(), 0);
}

static void test_bom_crlf_blank_lines(void **state)
{
    el_csv *csv = parse("\xEF\xBB\xBF"
                        "a,b\r\n\r\n1,2\r\n\n3,4\r\n\n");

    (void)state;
    assert_slice(el_csv_header(csv, 0), "a");
    assert_int_equal(el_csv_n_records(csv), 2);
    assert_slice(el_csv_cell(csv, 1, 1), "4");
    assert_int_equal(el_csv_line(csv, 0), 3);
    assert_int_equal(el_csv_line(csv, 1), 5);
    el_csv_free(csv);
}

static void test_quoted(void **state)
{
    el_csv *csv = parse("\"a\",\"b,\"\"c\"\"\"\n"
                        "\"two\nlines\r\n\",5\" disk\n\"\",\"x\"\r\n\"\"\"\",");

    (void)state;
    assert_slice(el_csv_header(csv, 1), "b,\"c\"");
    assert_slice(el_csv_cell(csv, 0, 0), "two\nlines\r\n");
    assert_slice(el_csv_cell(csv, 0, 1), "5\" disk");
    assert_slice(el_csv_cell(csv, 1, 0), "");
    assert_slice(el_csv_cell(csv, 1, 1), "x");
    assert_slice(el_csv_cell(csv, 2, 0), "\"");
    assert_int_equal(el_csv_line(csv, 1), 5); /* lines, not records */
    el_csv_free(csv);
}

static void test_one_column(void **state)
{
    el_csv *csv = parse("a\n1\n\n3\n");

    (void)state;
    assert_int_equal(el_csv_n_records(csv), 3);
    assert_slice(el_csv_cell(csv, 1, 0), "");
    el_csv_free(csv);
}

static void test_header_only(void **state)
{
    el_csv *csv = parse("a,b");

    (void)state;
    assert_int_equal(el_csv_n_records(csv), 0);
    el_csv_free(csv);
}

static void test_utf8_accepted(void **state)
{
    /* first and last code point of each length */
    el_csv *csv = parse("\xC2\x80,\xDF\xBF,\xE0\xA0\x80,\xED\x9F\xBF,"
                        "\xEE\x80\x80,\xEF\xBF\xBF,\xF0\x90\x80\x80,"
                        "\xF4\x8F\xBF\xBF\n");

    (void)state;
    assert_int_equal(el_csv_n_columns(csv), 8);
    el_csv_free(csv);
}

static void test_structure_refused(void **state)
{
    (void)state;
    refuse("", "t.csv: empty file");
    refuse("\xEF\xBB\xBF", "t.csv: empty file");
    refuse("\n", "t.csv:1: blank line instead of a header");
    refuse("a,,c\n", "t.csv:1: column 2 has no name");
    refuse("a,b, a\n", "t.csv:1: columns 1 and 3 are both named \"a\"");
    refuse("a,b\n1,2\n3\n", "t.csv:3: 1 cells where the header has 2");
    refuse("a,b\n1,2,3\n", "t.csv:2: 3 cells where the header has 2");
    refuse("a,b\n\"1\",2,3\n", "t.csv:2: 3 cells where the header has 2");
    refuse("a,b\n1,2\n\"3,4\n", "t.csv:3: a quoted field is never closed");
    refuse("a,b\n\"x\"y,2\n",
           "t.csv:2: text after the closing quote of a field");
    refuse("a,b\r1,2\r",
           "t.csv:1: a carriage return that no line feed follows");
    refuse("a,b\n\"1\",2\r3\n", "t.csv:2: a carriage return inside a field "
                                "that is not quoted");
}

static void test_bytes_refused(void **state)
{
    static const char *const bad[] = {
        "\x80",         "\xC0\x80",         "\xC1\xBF",         "\xE0\x9F\xBF",
        "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80",
        "\xC3",         "\xE2\x82",         "\xC3\x28",         "\xE2\x28\xA1",
        "\xE2\x82\x28", "\xF0\x9F\x94\xC0"};
    char text[32], want[96];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(text, sizeof text, "a,b\n1,%s", bad[i]);
        (void)snprintf(want, sizeof want,
                       "t.csv:2: byte 0x%02x at offset 6 is not UTF-8",
                       (unsigned)(unsigned char)bad[i][0]);
        refuse(text, want);
    }
    refuse("a,b\n\"\n\n\xFF\",2",
           "t.csv:4: byte 0xff at offset 7 is not UTF-8");
    refuse_n("a,b\n1,\0\n", 8,
             "t.csv:2: NUL byte at offset 6 (not a UTF-8 text file)");
    refuse_n("a,bbbbbbbbb\0bbbbbb", 18,
             "t.csv:1: NUL byte at offset 11 (not a UTF-8 text file)");
}

static void test_foreign_refused(void **state)
{
    (void)state;
    refuse_n("\xFF\xFE"
             "a\0",
             4, "t.csv: UTF-16 text, save it as UTF-8");
    refuse_n("\xFE\xFF\0a", 4, "t.csv: UTF-16 text, save it as UTF-8");
    refuse("version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
           "t.csv: a git-LFS pointer, not the data (git lfs pull fetches it)");
    refuse("PK\x03\x04...",
           "t.csv: a zip archive or spreadsheet, save it as text");
    refuse("\x1F\x8B\x08", "t.csv: compressed with gzip, unpack it first");
}

static void test_limits(void **state)
{
    size_t n = (size_t)EL_CSV_MAX_LINE + 2;
    char *text = el_array(n + 4, 1);
    el_csv *csv;
    el_error err;

    (void)state;
    /* a header of two columns and a record of the longest length, and more */
    memset(text, 'x', n + 4);
    text[0] = 'a';
    text[1] = '\n';
    csv = parse_n(text, n);
    assert_int_equal(el_csv_cell(csv, 0, 0).len, EL_CSV_MAX_LINE);
    el_csv_free(csv);
    csv = NULL;
    assert_int_equal(el_csv_parse(text, n + 1, "t.csv", &csv, &err), EL_E_DATA);
    assert_string_equal(err.message, "t.csv:2: line longer than 1048576 bytes");
    text[2] = '"';
    assert_int_equal(el_csv_parse(text, n + 1, "t.csv", &csv, &err), EL_E_DATA);
    assert_string_equal(err.message, "t.csv:2: line longer than 1048576 bytes "
                                     "(a quote is never closed?)");
    for (size_t i = 0; i < n; i++)
        text[i] = i % 2 ? ',' : 'a';
    assert_int_equal(
        el_csv_parse(text, 2 * EL_CSV_MAX_COLUMNS + 1, "t.csv", &csv, &err),
        EL_E_DATA);
    assert_string_equal(err.message, "t.csv:1: 4097 columns (limit 4096)");
    assert_null(csv);
    el_free(text);
    assert_int_equal(el_mem_live(), 0);
}

static void test_arguments(void **state)
{
    el_csv *csv = NULL;

    (void)state;
    assert_int_equal(el_csv_parse(NULL, 1, "t", &csv, NULL), EL_E_ARG);
    assert_int_equal(el_csv_parse("a", 1, NULL, &csv, NULL), EL_E_ARG);
    assert_int_equal(el_csv_parse("a", 1, "t", NULL, NULL), EL_E_ARG);
    assert_int_equal(el_csv_parse(NULL, 0, "t", &csv, NULL), EL_E_DATA);
    assert_int_equal(el_csv_read(NULL, &csv, NULL), EL_E_ARG);
    assert_int_equal(el_csv_read("x", NULL, NULL), EL_E_ARG);
    el_csv_free(NULL);
}

static void test_read_failures(void **state)
{
    el_csv *csv = NULL;
    el_error err;

    (void)state;
    assert_int_equal(el_csv_read("/no/such.csv", &csv, &err), EL_E_IO);
    assert_string_equal(err.message, "/no/such.csv: No such file or directory");
    assert_int_equal(el_csv_read("/", &csv, &err), EL_E_IO);
    assert_string_equal(err.message, "/: Is a directory");
    assert_int_equal(el_csv_read("/proc/self/mem", &csv, &err), EL_E_IO);
    assert_null(csv);
    assert_int_equal(el_mem_live(), 0);
}

/* Several pieces of 2 MiB, records across their borders. */
static void test_read_many_pieces(void **state)
{
    char path[] = "/tmp/el_test_csv_XXXXXX";
    FILE *f = fdopen(mkstemp(path), "w");
    const size_t rows = 500000;
    el_csv *csv = NULL;

    (void)state;
    assert_non_null(f);
    (void)fputs("number,text\n", f);
    for (size_t i = 0; i < rows; i++)
        (void)fprintf(f, i % 1000 ? "%zu,abc\n" : "%zu,\"a\nbc\"\n", i);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(el_csv_read(path, &csv, NULL), EL_OK);
    (void)unlink(path);
    assert_int_equal(el_csv_n_records(csv), rows);
    for (size_t i = 0; i < rows; i++) {
        char want[32];

        (void)snprintf(want, sizeof want, "%zu", i);
        assert_slice(el_csv_cell(csv, i, 0), want);
    }
    assert_slice(el_csv_cell(csv, 499000, 1), "a\nbc");
    assert_int_equal(el_csv_line(csv, rows - 1), rows + 1 + 500);
    el_csv_free(csv);
    assert_int_equal(el_mem_live(), 0);
}

/* Sparse file of 2 GB: one line without an end, then one after good rows. */
static void test_huge_line(void **state)
{
    char path[] = "/tmp/el_test_huge_XXXXXX";
    int fd = mkstemp(path);
    struct rusage before, after;
    el_csv *csv = NULL;
    el_error err;

    (void)state;
    assert_true(fd >= 0);
    if (ftruncate(fd, (off_t)2 << 30) != 0)
        skip();
    (void)getrusage(RUSAGE_SELF, &before);
    assert_int_equal(el_csv_read(path, &csv, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, ":1: line longer than 1048576 bytes"));
    assert_int_equal(pwrite(fd, "a,b\n1,2\n", 8, 0), 8);
    assert_int_equal(el_csv_read(path, &csv, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, ":3: line longer than 1048576 bytes"));
    (void)getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 64L * 1024); /* KiB */
    assert_null(csv);
    (void)close(fd);
    (void)unlink(path);
}

static void test_out_of_memory(void **state)
{
    static const char text[] = "a,b\n1,2\n3,\"x\"\n";
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_csv *csv = NULL;

        el_mem_fail_at(k);
        st = el_csv_parse(text, sizeof text - 1, "t", &csv, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_null(csv);
        }
        el_csv_free(csv);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 100);
    assert_true(k > 3 && k < 100);
}

static void test_out_of_memory_reading(void **state)
{
    char path[] = "/tmp/el_test_csv_XXXXXX";
    int fd = mkstemp(path);
    el_status st;
    long k = 0;

    (void)state;
    for (int i = 0; i < 300; i++) /* more than one piece */
        assert_true(dprintf(fd, "%09999d\n", i + 1) == 10000);
    do {
        el_csv *csv = NULL;

        el_mem_fail_at(k);
        st = el_csv_read(path, &csv, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
        el_csv_free(csv);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 100);
    assert_true(k > 3 && k < 100);
    (void)close(fd);
    (void)unlink(path);
}

static void test_show(void **state)
{
    char out[EL_SHOW_SIZE];
    char text[128], said[] = "a\nb\t\x7F \xC3\xA9";

    (void)state;
    el_text_one_line(said);
    assert_string_equal(said, "a?b?? \xC3\xA9");
    el_text_show(out, "a\nb\x7F", 4);
    assert_string_equal(out, "\"a?b?\"");
    memset(text, 'x', sizeof text);
    text[57] = '\xE2'; /* the cut falls inside this one */
    text[58] = '\x82';
    text[59] = '\xAC';
    el_text_show(out, text, sizeof text);
    assert_int_equal(strlen(out), 62);
    assert_string_equal(out + 56, "xx...\"");
}

static void test_stdin(void **state)
{
    int saved = dup(STDIN_FILENO);
    int pipe_fd[2];
    el_csv *csv = NULL;
    el_error err;

    (void)state;
    assert_int_equal(pipe(pipe_fd), 0);
    assert_int_equal(write(pipe_fd[1], "a\n7\n", 4), 4);
    (void)close(pipe_fd[1]);
    assert_true(dup2(pipe_fd[0], STDIN_FILENO) == STDIN_FILENO);
    assert_int_equal(el_csv_read("-", &csv, &err), EL_OK);
    assert_slice(el_csv_cell(csv, 0, 0), "7");
    assert_string_equal(el_csv_name(csv), "standard input");
    el_csv_free(csv);
    csv = NULL;
    assert_int_equal(el_csv_read("-", &csv, &err), EL_E_DATA);
    assert_string_equal(err.message, "standard input: empty file");
    (void)dup2(saved, STDIN_FILENO);
    (void)close(saved);
    (void)close(pipe_fd[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_bom_crlf_blank_lines),
        cmocka_unit_test(test_quoted),
        cmocka_unit_test(test_one_column),
        cmocka_unit_test(test_header_only),
        cmocka_unit_test(test_utf8_accepted),
        cmocka_unit_test(test_structure_refused),
        cmocka_unit_test(test_bytes_refused),
        cmocka_unit_test(test_foreign_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_read_failures),
        cmocka_unit_test(test_read_many_pieces),
        cmocka_unit_test(test_huge_line),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_out_of_memory_reading),
        cmocka_unit_test(test_show),
        cmocka_unit_test(test_stdin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

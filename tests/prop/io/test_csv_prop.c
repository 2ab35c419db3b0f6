/* SPDX-License-Identifier: Apache-2.0 */
/* Printing cells with el_csv_quote and reading them again gives the same. */
#include "el_test.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "io/csv.h"

#define N_ROUNDS 3000
#define MAX_ROWS 6u
#define MAX_COLS 5u
#define MAX_CELL 12u
#define N_CELL   (MAX_ROWS * MAX_COLS)

typedef struct cell {
    char text[4 * MAX_CELL + 1];
    size_t len;
} cell;

static void random_cell(uint64_t *s, cell *out)
{
    static const char *const piece[] = {
        "a",  "7", "\"", ",",        "\n", "\r\n",
        "\r", " ", "\t", "\xC3\xA9", ";",  "\xF0\x9F\x94\x8C"};
    size_t n = el_test_next(s) % MAX_CELL;

    out->len = 0;
    for (size_t i = 0; i < n; i++) {
        const char *p = piece[el_test_next(s) % (sizeof piece / sizeof *piece)];

        memcpy(out->text + out->len, p, strlen(p));
        out->len += strlen(p);
    }
}

static void print(el_buf *buf, const cell *cells, size_t rows, size_t cols,
                  const char *newline)
{
    for (size_t k = 0; k < cols; k++)
        el_buf_printf(buf, "%sc%zu", k ? "," : "", k);
    el_buf_add(buf, newline);
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < cols; k++) {
            if (k)
                el_buf_add(buf, ",");
            el_csv_quote(buf, cells[i * cols + k].text,
                         cells[i * cols + k].len);
        }
        el_buf_add(buf, newline);
    }
}

static void test_round_trip(void **state)
{
    uint64_t seed = 21, s = seed;

    (void)state;
    for (int round = 0; round < N_ROUNDS; round++) {
        size_t rows = el_test_next(&s) % MAX_ROWS;
        size_t cols = 1 + el_test_next(&s) % MAX_COLS;
        static cell cells[N_CELL];
        el_buf buf = {0};
        el_csv *csv = NULL;
        el_error err = {0};

        for (size_t i = 0; i < rows * cols; i++)
            random_cell(&s, &cells[i]);
        print(&buf, cells, rows, cols, round % 2 ? "\n" : "\r\n");
        if (el_csv_parse(el_buf_text(&buf), buf.len, "t", &csv, &err) != EL_OK)
            fail_msg("%s (seed %" PRIu64 ", round %d)", err.message, seed,
                     round);
        assert_int_equal(el_csv_n_columns(csv), cols);
        assert_int_equal(el_csv_n_records(csv), rows);
        for (size_t i = 0; i < rows * cols; i++) {
            el_slice got = el_csv_cell(csv, i / cols, i % cols);

            assert_int_equal(got.len, cells[i].len);
            assert_memory_equal(got.text, cells[i].text, got.len);
        }
        el_csv_free(csv);
        el_buf_clear(&buf);
    }
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is read, printed with el_csv_quote and read again gives the same
 * cells; refusals carry one line and leave the result untouched. */

#include "el_fuzz.h"

#include "base/mem.h"
#include "io/csv.h"
#include "io/csv_text.h"

static el_slice cell(const el_csv *csv, size_t row, size_t column)
{
    return row == 0 ? el_csv_header(csv, column)
                    : el_csv_cell(csv, row - 1, column);
}

static void print(const el_csv *csv, el_buf *buf)
{
    for (size_t i = 0; i <= el_csv_n_records(csv); i++) {
        for (size_t k = 0; k < el_csv_n_columns(csv); k++) {
            el_slice s = cell(csv, i, k);

            el_buf_add(buf, k > 0 ? "," : "");
            el_csv_quote(buf, s.text, s.len);
        }
        el_buf_add(buf, "\n");
    }
    require(el_buf_ok(buf));
}

static void compare(const el_csv *a, const el_csv *b)
{
    require(el_csv_n_columns(a) == el_csv_n_columns(b));
    require(el_csv_n_records(a) == el_csv_n_records(b));
    for (size_t i = 0; i <= el_csv_n_records(a); i++) {
        for (size_t k = 0; k < el_csv_n_columns(a); k++) {
            el_slice x = cell(a, i, k), y = cell(b, i, k);

            require(x.len == y.len && memcmp(x.text, y.text, x.len) == 0);
            require(el_text_bad_byte(x.text, x.len) == x.len);
        }
        require(i == 0 || el_csv_line(a, i - 1) > i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    el_csv *csv = NULL, *again = NULL;
    el_error err = {0};
    el_buf buf = {0};

    if (el_csv_parse((const char *)data, size, "f", &csv, &err) != EL_OK) {
        require(!csv && err.status == EL_E_DATA);
        require(strncmp(err.message, "f:", 2) == 0);
        require(!strchr(err.message, '\n'));
        return 0;
    }
    print(csv, &buf);
    /* a name may look like another format's first bytes once unquoted */
    if (!el_text_foreign(buf.text, buf.len) &&
        !el_text_bom(buf.text, buf.len)) {
        require(el_csv_parse(buf.text, buf.len, "f", &again, &err) == EL_OK);
        compare(csv, again);
    }
    el_csv_free(again);
    el_csv_free(csv);
    el_buf_clear(&buf);
    require(el_mem_live() == 0);
    return 0;
}

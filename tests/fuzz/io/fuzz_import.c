/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes through the detecting entry: refused with one line that names the
 * file, or numbers that can be. What comes out prints as a table of ours that
 * the table reader parses. */
#include "el_fuzz_json.h"

#include <math.h>

#include "base/mem.h"
#include "io/import.h"
#include "io/import_csv.h"
#include "io/import_power.h"

static void check_rows(const el_import *got)
{
    el_buf buf = {0};
    el_csv *csv = NULL;

    for (size_t i = 0; i < got->n_row; i++) {
#define X(name) require(!el_is_known(got->row[i].name) || got->row[i].name > 0);
        EL_IMPORT_NUMBERS(X)
#undef X
    }
    require(el_import_csv(got->row, got->n_row, &buf, NULL) == EL_OK);
    if (got->n_row > 0) {
        require(el_csv_parse(buf.text, buf.len, "t", &csv, NULL) == EL_OK);
        require(el_csv_n_records(csv) == got->n_row);
        el_csv_free(csv);
    }
    el_buf_clear(&buf);
}

static void check_power(const el_import *got)
{
    el_power_sum sum;
    double from, to;

    for (size_t i = 0; i < got->n_sample; i++) {
        require(got->sample[i].gpu < got->gpus.n);
        require(!(got->sample[i].power_w <= 0));
    }
    if (el_power_span(got, &from, &to, NULL) == EL_OK &&
        el_power_between(got, from, to, &sum, NULL) == EL_OK)
        require(sum.energy_j > 0 && sum.n_gpu <= got->gpus.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    el_import got = {0};
    el_error err = {0};

    if (el_import_parse((const char *)data, size, "f", NULL, &got, &err) !=
        EL_OK) {
        require(err.status == EL_E_DATA);
        require(strncmp(err.message, "f:", 2) == 0);
        require(!strchr(err.message, '\n'));
    } else {
        check_rows(&got);
        check_power(&got);
        el_import_clear(&got);
    }
    require(el_mem_live() == 0);
    return 0;
}

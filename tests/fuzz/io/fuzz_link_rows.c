/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that are taken can be fitted or are refused with a reason; a file that
 * is not taken leaves nothing behind. */
#include "el_fuzz.h"

#include <math.h>

#include "base/mem.h"
#include "io/link_read.h"

static void check_row(const el_link_row *r)
{
    require(r->collective < EL_N_COLLECTIVES);
    require(r->gpus >= 2 && r->gpus <= 65536);
    require(r->bytes > 0 && isfinite(r->bytes));
    require(r->time_s > 0 && isfinite(r->time_s));
    require(isnan(r->n_sm) || r->n_sm >= 1);
    require(isnan(r->power_w) || r->power_w >= 0);
}

/* Any rows of one collective and number of GPUs. */
static void check_fit(el_link_rows *rows)
{
    el_link_fit f;
    el_status st;

    for (size_t i = 1; i < rows->n; i++) {
        rows->row[i].collective = rows->row[0].collective;
        rows->row[i].gpus = rows->row[0].gpus;
    }
    st = el_link_fit_curve(rows->row, rows->n, &f, NULL);
    require(st == EL_OK || st == EL_E_DATA || st == EL_E_NUMERIC);
    if (st == EL_OK)
        require(f.curve.alpha_s >= 0 && f.curve.bus_bytes_s > 0);
}

static void read_as(const uint8_t *data, size_t size, const el_link_hint *hint)
{
    el_link_rows rows = {0};
    el_error err = {0};
    el_status st =
        el_link_rows_parse((const char *)data, size, "f", hint, &rows, &err);

    if (st != EL_OK) {
        require(st == EL_E_DATA && rows.n == 0);
        require(strncmp(err.message, "f:", 2) == 0);
        require(!strchr(err.message, '\n'));
    }
    for (size_t i = 0; i < rows.n; i++)
        check_row(&rows.row[i]);
    if (rows.n > 0 && rows.n < 2000)
        check_fit(&rows);
    el_link_rows_clear(&rows);
    require(el_mem_live() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const el_link_hint said = {true, EL_COLL_ALL_REDUCE, 4};
    const el_link_hint nothing = {.gpus = NAN};

    read_as(data, size, &said);
    read_as(data, size, &nothing);
    return 0;
}

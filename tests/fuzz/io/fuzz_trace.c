/* SPDX-License-Identifier: Apache-2.0 */
/* A log that is taken has whole lengths and one entry or more; one that is not
 * leaves nothing behind and says where in one line. */
#include "el_fuzz.h"

#include <math.h>

#include "base/mem.h"
#include "io/trace_csv.h"

static void check(const el_lengths *l, size_t n_records)
{
    require(l->n >= 1 && l->n + l->n_blank == n_records);
    for (size_t i = 0; i < l->n; i++) {
        require(l->isl[i] >= 1 && l->isl[i] == floor(l->isl[i]));
        require(l->osl[i] >= 1 && l->osl[i] == floor(l->osl[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    el_csv *csv = NULL;
    el_lengths l = {0};
    el_error err = {0};

    if (el_csv_parse((const char *)data, size, "f", &csv, NULL) == EL_OK) {
        el_status st = el_trace_csv_take(csv, &l, &err);

        if (st == EL_OK) {
            check(&l, el_csv_n_records(csv));
        } else {
            require(st == EL_E_DATA && l.n == 0 && !l.isl && !l.osl);
            require(strncmp(err.message, "f:", 2) == 0);
            require(!strchr(err.message, '\n'));
        }
    }
    el_lengths_clear(&l);
    el_csv_free(csv);
    require(el_mem_live() == 0);
    return 0;
}

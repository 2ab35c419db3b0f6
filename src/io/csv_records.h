/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV document while its bytes become records. Layer: io. */
#ifndef EL_IO_CSV_RECORDS_H
#define EL_IO_CSV_RECORDS_H
#include "io/csv.h"
#include "io/csv_split.h"

struct el_csv {
    char *name;
    char *data; /* the file, quotes removed in place */
    size_t len, cap;
    size_t pos;  /* data before it is split */
    size_t line; /* at pos */
    size_t n_column;
    el_csv_record *record; /* 0 is the header */
    size_t n_record, cap_record;
    el_csv_cell_at *cell; /* n_column a record */
    size_t cap_cell;
};

/* Once the first bytes are there: is it text, and where does it begin? */
EL_NODISCARD el_status el_csv_begin(el_csv *csv, el_error *err);
/* Every record that is whole; all that is left when `last`. */
EL_NODISCARD el_status el_csv_take_records(el_csv *csv, bool last,
                                           el_error *err);
el_status el_csv_fail_nomem(const el_csv *csv, el_error *err);

#endif

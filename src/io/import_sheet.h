/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines cut at commas, as leniently as logs need it. Layer: io.
 *
 * Unlike io/csv.h nothing is refused here: blank lines are no records, records
 * may have any number of cells, names may repeat. Where the first line has
 * semicolons and no comma the cells stand between those, as a spreadsheet of a
 * country with decimal commas writes them, and "71,80" becomes "71.80". What a
 * file that breaks off leaves half-written is not passed on: the last cell of a
 * last line without newline is blank, a field whose quote never closes ends the
 * document before its record.
 */
#ifndef EL_IO_IMPORT_SHEET_H
#define EL_IO_IMPORT_SHEET_H
#include "io/csv.h"
#include "io/csv_cell.h"

typedef struct el_sheet {
    char *text;     /* own copy; cells point into it, quotes are removed */
    el_slice *cell; /* trimmed */
    size_t n_cell, cap_cell;
    size_t *first; /* record r has cells first[r] .. first[r + 1] - 1 */
    size_t *line;  /* where it begins, 1 = the file's first */
    size_t n, cap; /* records */
    char comma;    /* what parts cells: ',' or ';' */
    bool is_cut;   /* the file does not end in a newline */
} el_sheet;

/* EL_E_NOMEM alone. *out is written only on EL_OK; el_sheet_clear. */
EL_NODISCARD el_status el_sheet_parse(const char *text, size_t len,
                                      el_sheet *out, el_error *err);
void el_sheet_clear(el_sheet *sheet);

size_t el_sheet_width(const el_sheet *sheet, size_t record); /* cells */
/* Empty past the end of a record. */
el_slice el_sheet_cell(const el_sheet *sheet, size_t record, size_t column);
/* Column of that name in `header`, EL_NO_COLUMN if there is none. Case does
 * not matter; a unit in brackets after the name does not either. */
size_t el_sheet_column(const el_sheet *sheet, size_t header, const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes to records and cells; used by csv_records.c alone. Layer: io. */
#ifndef EL_IO_CSV_SPLIT_H
#define EL_IO_CSV_SPLIT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energylens/error.h"

/* One cell, relative to its record: 8 bytes, and the buffer may move. */
typedef struct el_csv_cell_at {
    uint32_t at, len;
} el_csv_cell_at;

typedef struct el_csv_record {
    size_t at;   /* offset of its first byte in the buffer */
    size_t line; /* where it begins; 1 = header */
} el_csv_record;

typedef enum el_csv_extent {
    EL_CSV_COMPLETE, /* ends in a newline */
    EL_CSV_CUT,      /* the bytes end before the record does */
    EL_CSV_CUT_QUOTE /* the same, inside a quoted field */
} el_csv_extent;

/*
 * Where the record that begins at `text` ends: *size counts its newline and is
 * len if it was cut; *quoted tells whether it holds a quote at all.
 */
el_csv_extent el_csv_extent_of(const char *text, size_t len, size_t *size,
                               bool *quoted);

/*
 * Cut text (without its line end, at most EL_CSV_MAX_LINE bytes) at its commas;
 * the first `max` cells are stored, all are counted in *n.
 */
void el_csv_split_plain(const char *text, size_t len, el_csv_cell_at *cell,
                        size_t max, size_t *n);

/* The same with quoted fields, whose quotes are removed in place. NULL or what
 * is wrong. */
const char *el_csv_split_quoted(char *text, size_t len, el_csv_cell_at *cell,
                                size_t max, size_t *n);

#endif

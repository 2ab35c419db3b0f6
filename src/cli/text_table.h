/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aligned tables for terminals. Layer: cli.
 *
 *     tp  batch   J/token      TTFT
 *                               ms
 *      2     64     0.412      182   <- best, bold green
 *
 * Errors are sticky, as in el_buf: el_text_table_print says EL_E_NOMEM.
 */
#ifndef EL_CLI_TEXT_TABLE_H
#define EL_CLI_TEXT_TABLE_H
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "energylens/error.h"

typedef struct el_column {
    const char *title;
    const char *unit; /* second header line; NULL: none */
    bool left;        /* text; numbers stand right */
    int priority;     /* 0 is never dropped; the highest goes first */
} el_column;

typedef struct el_text_table el_text_table;

/* Borrows columns. Never NULL-checks needed: all calls accept NULL. */
el_text_table *el_text_table_new(const el_column *columns, size_t n_columns);
void el_text_table_free(el_text_table *table);

/* Next cell, row by row; copied. */
void el_text_table_cell(el_text_table *table, const char *text);
void el_text_table_cellf(el_text_table *table, const char *fmt, ...)
    EL_PRINTF(2, 3);
void el_text_table_number(el_text_table *table, double v, int digits);
/* The row that the last cell belongs to stands out. */
void el_text_table_highlight(el_text_table *table);

/*
 * Drops columns (highest priority number first, rightmost of equals first)
 * until the rest fits into width, and says which in a last line.
 */
EL_NODISCARD el_status el_text_table_print(const el_text_table *table,
                                           int width, bool color, el_buf *out,
                                           el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of headings, paragraphs, tables and charts, as one HTML page that
 * needs nothing else or as Markdown. Layer: io.
 *
 * Calls append to `out`, whose failures are sticky; el_doc_end() says whether
 * all went well. Text is escaped here. HTML is light or dark as the reader's
 * system is, prints on paper and has landmarks, captions and headers for
 * screen readers; charts are SVG in the page. In Markdown a chart is drawn in
 * characters.
 */
#ifndef EL_IO_DOC_H
#define EL_IO_DOC_H
#include "io/plot.h"

typedef enum el_doc_kind { EL_DOC_HTML, EL_DOC_MARKDOWN } el_doc_kind;

typedef struct el_doc {
    el_doc_kind kind;
    el_buf *out;
    /* private: */
    unsigned n_section;
    unsigned n_column, column; /* of the table */
    unsigned long numeric;     /* bit a column */
} el_doc;

#define EL_DOC_MAX_COLUMNS 32u

/* lead: what stands under the title; NULL: nothing. */
void el_doc_begin(el_doc *doc, const char *title, const char *lead);
void el_doc_section(el_doc *doc, const char *heading);
void el_doc_text(el_doc *doc, const char *fmt, ...) EL_PRINTF(2, 3);
/* What matters most: stands out. */
void el_doc_call_out(el_doc *doc, const char *fmt, ...) EL_PRINTF(2, 3);
/* Commands, formulas: lines as they are. */
void el_doc_code(el_doc *doc, const char *text);

/* Headings of n <= EL_DOC_MAX_COLUMNS columns; '>' before one: numbers, which
 * stand right. Then cells row by row. */
void el_doc_table(el_doc *doc, const char *caption, const char *const *heading,
                  unsigned n);
void el_doc_cell(el_doc *doc, const char *fmt, ...) EL_PRINTF(2, 3);
/* A share of a whole, 0 <= share <= 1, of a column of numbers: a bar with its
 * text on it; the text alone in Markdown. */
void el_doc_share(el_doc *doc, double share, const char *text);
void el_doc_table_end(el_doc *doc);

/* An el_plot_sink, ctx being the el_doc: the chart, its subtitle below. */
EL_NODISCARD el_status el_doc_chart(const el_plot *plot, void *doc,
                                    el_error *err);

/* Who made it, at the very end. EL_E_NOMEM. */
EL_NODISCARD el_status el_doc_end(el_doc *doc, el_error *err);

#endif

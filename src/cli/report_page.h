/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of a report. Layer: cli. */
#ifndef EL_CLI_REPORT_PAGE_H
#define EL_CLI_REPORT_PAGE_H
#include "app/report.h"
#include "cli/cli.h"
#include "io/doc.h"

/* What sections are made from. */
typedef struct el_report_page {
    const el_cli *cli;
    const el_report_ask *ask;
    const el_report *r;
    el_doc doc;
} el_report_page;

/* The whole document; the doc has its kind and out. EL_E_NOMEM. */
EL_NODISCARD el_status el_report_write(el_report_page *page, el_error *err);

/* Energy against latency: chart of the page, or all candidates as the CSV of
 * explore, with its three fronts. EL_E_NOMEM. */
EL_NODISCARD el_status el_report_front(el_report_page *page, el_error *err);
EL_NODISCARD el_status el_report_csv(const el_report *report, el_buf *out,
                                     el_error *err);

/* What is drawn, emitted and spent, where a rate or a tariff is known. */
void el_report_bill(el_report_page *page, const el_candidate *c);
/* New reference; NULL when out of memory. */
json_t *el_report_bill_json(const el_report *report);

/* What stands behind the numbers: rows held against predictions, learning
 * curve, the fit, the method; report_proof.c. */
EL_NODISCARD el_status el_report_proof(el_report_page *page, el_error *err);

#endif

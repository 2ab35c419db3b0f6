/* SPDX-License-Identifier: Apache-2.0 */
/* The verb report: all that can be said of one question. Layer: app. */
#ifndef EL_APP_REPORT_H
#define EL_APP_REPORT_H
#include "app/evaluate.h"
#include "app/explain.h"
#include "app/optimize.h"
#include "app/sweetspot.h"
#include "app/tariff.h"

typedef struct el_report_ask {
    el_ask ask;        /* a request rate, or offline; isl and osl are needed */
    const char *table; /* measured rows to hold predictions against, or NULL */
    el_tariff_ask tariff;
} el_report_ask;

/* Measured and predicted joules of a request. */
typedef struct el_pair {
    const el_row *row;
    double measured_j, predicted_j, lo_j, hi_j;
} el_pair;

/* Parts that could not be made are said in `note`, "; " between them. */
typedef struct el_report {
    el_ask_state state;
    el_optimize_result best;
    el_tariff tariff;
    bool has_sweetspot, has_explanation, has_evaluation;
    el_sweetspot_answer sweetspot; /* at the chosen degree and batch */
    el_explain_state explanation;  /* with what-ifs; of the analytic model */
    el_evaluate_args evaluated;
    const el_form *form;           /* closed12, which evaluated points to */
    el_evaluate_result evaluation; /* learning curve */
    size_t n_pair, n_row; /* clean rows of the chosen model and GPU: those
                             answered, and all */
    el_pair *pair;
    double mape_pct, inside; /* of the pairs; share inside the intervals */
    char note[512];
} el_report;

/*
 * Optimize, and for the chosen configuration: sweet spot, kernels and
 * what-ifs; for the table: predictions and a learning curve.
 *
 * EL_E_NOMEM, EL_E_CANCELLED, and what el_ask_open, el_optimize, el_tariff_open
 * and the table's reader give. On failure there is nothing to clear. Must stay
 * in place.
 */
EL_NODISCARD el_status el_app_report(const el_report_ask *ask,
                                     const el_task *task, el_report *out,
                                     el_error *err);
void el_report_clear(el_report *report);

/* The configuration that the report is about: chosen, else the nearest miss. */
const el_candidate *el_report_chosen(const el_report *report);

#endif

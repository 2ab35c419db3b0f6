/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that one fit of an evaluation sees. Layer: model. */
#ifndef EL_MODEL_EVALUATE_ROWS_H
#define EL_MODEL_EVALUATE_ROWS_H
#include "model/evaluate_work.h"

/* Of one group, and what is predicted for all of its rows. */
typedef struct el_eval_rows {
    el_point *point;
    double *y, *run_s, *time_s; /* of the training rows */
    double *latency; /* node: predicted for every row, NaN without times */
    double *sd;
    size_t n;
} el_eval_rows;

/* Room for n. EL_E_NOMEM. */
EL_NODISCARD el_status el_eval_rows_make(el_eval_rows *s, size_t n,
                                         el_error *err);
void el_eval_rows_clear(el_eval_rows *s);

/* Training rows (role NULL: all) where the target is known. */
el_fit_data el_eval_gather(const el_eval_group *g, const uint8_t *role,
                           el_target target, el_prior prior, el_eval_rows *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* How far a formula is from rows, whatever it was fitted by. Layer: model. */
#ifndef EL_MODEL_LAW_SCORE_H
#define EL_MODEL_LAW_SCORE_H
#include <stddef.h>

typedef struct el_law_score {
    double mean_error;  /* mean |f / y - 1|; NaN where some y is 0 */
    double worst_error; /* the largest of these */
    double log_rmse;    /* of ln f - ln y; NaN where one is not > 0 */
    double unexplained; /* sum (f - y)^2 / sum (y - mean y)^2 */
} el_law_score;

/* Of n values f and y; n > 0. */
el_law_score el_law_score_make(const double *f, const double *y, size_t n);

#endif

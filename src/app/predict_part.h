/* SPDX-License-Identifier: Apache-2.0 */
/* What the pieces of a prediction share: predict*.c alone. Layer: app. */
#ifndef EL_APP_PREDICT_PART_H
#define EL_APP_PREDICT_PART_H
#include "app/analytic.h"
#include "app/predict.h"
#include "app/runs.h"
#include "io/fit_json.h"

struct el_predictor {
    el_catalog *catalog;
    el_fit_set set;
    el_boundary boundary;
    el_runs runs; /* without a table: nothing is calibrated */
    el_measured measured;
};

/* What the names of a row lead to; looked up once for each combination. */
typedef struct el_predict_target {
    const el_row *row; /* names are compared by pointer: they are interned */
    el_group_key key;
    el_facts facts;
    el_match match;
    bool known;     /* there is a fit, an analytic model or a prior */
    char note[256]; /* why not, or how it differs */
    el_analytic_state *analytic; /* where there is no fit; NULL: the prior */
} el_predict_target;

typedef struct el_predict_targets {
    const el_predictor *predictor;
    size_t *which; /* row -> target */
    el_predict_target *target;
    size_t n, cap;
    size_t *slot; /* hash table: 1 + target, 0 = free */
    size_t n_slot;
} el_predict_targets;

/* Those of n rows, with all that threads would otherwise have to make. Into
 * *out in any case: el_predict_targets_clear. EL_E_NOMEM, EL_E_DATA. */
EL_NODISCARD el_status el_predict_targets_find(const el_predictor *predictor,
                                               const el_row *row, size_t n,
                                               el_predict_targets *out,
                                               el_error *err);
void el_predict_targets_clear(el_predict_targets *targets);

/* The answer for one row; prior is scratch. EL_E_NOMEM, EL_E_NUMERIC. */
EL_NODISCARD el_status el_predict_answer(const el_predictor *predictor,
                                         const el_predict_target *target,
                                         const el_row *row, el_group_fit *prior,
                                         el_answer *a, el_error *err);

#endif

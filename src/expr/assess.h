/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What speaks for each law of a front, once the search is over. Layer: expr.
 */
#ifndef EL_EXPR_ASSESS_H
#define EL_EXPR_ASSESS_H
#include "energylens/discover.h"
#include "expr/rules.h"
#include "expr/select.h"
#include "expr/tape.h"

/* Rows laid out for refits. */
typedef struct el_assess {
    const el_columns *columns;
    const double *y, *row_weight; /* row_weight: NULL: all 1 */
    el_loss loss;
    double exact; /* a loss like this is rounding */
    uint64_t seed;
    el_frame frame;
    el_tape tape;
    double *weight, *f; /* n_row each: scratch */
} el_assess;

/* What row i counts for. */
static inline double el_assess_row(const el_assess *a, size_t i)
{
    return a->row_weight ? a->row_weight[i] : 1;
}

/*
 * Fill every member of front->law[] but expr, complexity, loss and length_nat,
 * the relations, and choose the pick; laws stay as they are.
 *
 * Cost  for the front about 30 refits a law, and 200 of those laws that are
 *       near the pick
 * EL_E_NOMEM
 */
EL_NODISCARD el_status el_front_assess(el_front *front,
                                       const el_evidence *evidence,
                                       const el_rules *rules,
                                       const size_t *group, const el_task *task,
                                       el_error *err);

/* lo, hi, undetermined: Jacobian, 90 %. */
EL_NODISCARD el_status el_assess_constants(el_assess *a, el_law *law,
                                           el_error *err);
/* cv_loss, cv_se: groups in at most ten folds, or rows in five. */
EL_NODISCARD el_status el_assess_cross(el_assess *a, const size_t *group,
                                       el_front *front, el_error *err);
/* support, stability over bootstraps, until the task is cancelled (then NaN) */
EL_NODISCARD el_status el_assess_bootstrap(el_assess *a, el_front *front,
                                           const el_task *task, el_error *err);

/*
 * Products of powers of columns that are the same on all rows, with as few
 * columns as will do; columns of one sign, else they are left out.
 * Exponents in the simplest proportion where they are whole to 1 %.
 */
EL_NODISCARD el_status el_find_relations(const el_columns *columns,
                                         el_relation out[EL_MAX_RELATIONS],
                                         size_t *n, el_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluations as CSV: their figures, their predictions. Layer: io. */
#ifndef EL_IO_EVALUATE_CSV_H
#define EL_IO_EVALUATE_CSV_H
#include "base/str.h"
#include "energylens/evaluate.h"

/*
 * One line per prediction under a header: the row's keys, split, samples, seed,
 * form, in_training (0 or 1), measured_j, predicted_j (per request, blank where
 * a form only ranks). Needs evaluation->tried. Errors are sticky in out.
 */
void el_evaluation_predictions_csv(const el_evaluation *evaluation,
                                   const el_evaluate_options *options,
                                   const el_groups *groups, el_buf *out);

/*
 * One line per form, split, label and count of samples; columns are named as
 * in JSON, what has no meaning is blank. Errors are sticky in out.
 */
void el_evaluation_scores_csv(const el_evaluation *evaluation,
                              const el_evaluate_options *options, el_buf *out);

#endif

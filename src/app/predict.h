/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a table to predictions. Layer: app. */
#ifndef EL_APP_PREDICT_H
#define EL_APP_PREDICT_H
#include "app/fit_pick.h"
#include "app/measured.h"
#include "energylens/predictor.h"
#include "model/answer.h"

/* From now on the analytic model of this GPU uses what was measured; names as
 * el_measured_open takes them, whose errors these are. A row of another GPU
 * then is an error of el_predictor_rows. */
EL_NODISCARD el_status el_predictor_measure(el_predictor *predictor,
                                            const el_measured_files *files,
                                            const char *const *gpu,
                                            size_t n_gpu, const el_task *task,
                                            el_error *err);

/* Borrowed from the predictor; the set is empty without a fit file. */
const el_fit_set *el_predictor_set(const el_predictor *predictor);
const el_catalog *el_predictor_catalog(const el_predictor *predictor);
el_scope el_predictor_scope(const el_predictor *predictor);

/*
 * The names that rows about a wish have: of the group that it means, or of the
 * catalogue; a config.json with its GPU is in neither and keeps the names.
 * Errors of el_fit_pick_find().
 */
EL_NODISCARD el_status el_predictor_key(const el_predictor *predictor,
                                        const el_fit_wish *wish,
                                        el_group_key *out, el_error *err);

/*
 * Answers for n rows, in order, out[n]. Measured members of the rows are never
 * read. A row that cannot be predicted is no error: out[i].ok is false. Rows
 * of one table share their name strings, which are looked up once. EL_E_NOMEM,
 * EL_E_CANCELLED. Same bits for any number of threads.
 * Cost: some microseconds a row.
 */
EL_NODISCARD el_status el_predictor_rows(const el_predictor *predictor,
                                         const el_row *row, size_t n,
                                         const el_task *task, el_answer *out,
                                         el_error *err);

#endif

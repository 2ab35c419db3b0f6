/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a table to predictions. Layer: app. */
#ifndef EL_APP_PREDICT_H
#define EL_APP_PREDICT_H
#include "app/measured.h"
#include "energylens/fit.h"
#include "model/answer.h"

typedef struct el_predictor el_predictor;

/*
 * fit_path NULL: the physical prior answers for all. EL_E_DATA where the fit's
 * joules are not those of the boundary (a fit of whole nodes cannot tell of
 * the GPUs in use), the boundary lacks node_gpus, errors of el_fit_set_load
 * and el_catalog_load.
 */
EL_NODISCARD el_status el_predictor_open(const char *fit_path,
                                         const char *catalog_dir,
                                         const el_boundary *boundary,
                                         el_predictor **out, el_error *err);
void el_predictor_close(el_predictor *predictor); /* NULL is fine */

/* From now on the rows of a table correct the analytic model, each model and
 * GPU by its own (el_runs_calibrate). Errors of el_table_read. */
EL_NODISCARD el_status el_predictor_calibrate(el_predictor *predictor,
                                              const char *path,
                                              const el_task *task,
                                              el_error *err);

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

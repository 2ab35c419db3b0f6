/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/predictor.h
 * @brief Predictions of many configurations at once, from columns of numbers.
 *
 * Layer: app. Part of the stable interface (docs/library.md): the handle is
 * opaque, columns go by name, so that a later version can know more of them.
 */
#ifndef EL_PREDICTOR_H
#define EL_PREDICTOR_H
#include <stddef.h>

#include "energylens/api.h"
#include "energylens/fit.h"

EL_API_BEGIN

/** Whose joules are told. */
typedef struct el_boundary {
    el_scope scope;
    double node_gpus; /**< GPUs of one node (node, facility); NaN unknown */
    double pue;       /**< facility watts per watt of its GPUs, >= 1 */
} el_boundary;

/** A fit file, or the analytic model, with the catalogue. */
typedef struct el_predictor el_predictor;

/**
 * @param fit_path    of `energylens fit`; NULL: the analytic model answers
 * @param catalog_dir el_catalog_load(); NULL: the built-in entries alone
 * @param boundary    whose joules; NULL: those of the GPUs in use
 * @param[out] out    written only on EL_OK; el_predictor_close
 * @retval EL_OK, EL_E_DATA (the fit's joules are not those of the boundary),
 *         EL_E_ARG (node or facility without node_gpus), errors of
 *         el_fit_set_load() and el_catalog_load()
 * Cost    some milliseconds, and those of reading the fit
 */
EL_NODISCARD el_status el_predictor_open(const char *fit_path,
                                         const char *catalog_dir,
                                         const el_boundary *boundary,
                                         el_predictor **out, el_error *err);
void el_predictor_close(el_predictor *predictor); /**< NULL is fine */

/**
 * From now on the rows of a table correct the analytic model, each model and
 * GPU by its own. Errors of el_table_read().
 */
EL_NODISCARD el_status el_predictor_calibrate(el_predictor *predictor,
                                              const char *path,
                                              const el_task *task,
                                              el_error *err);

/** What all rows have in common; NULL: as the fit has it, where it has one. */
typedef struct el_subject {
    const char *model;     /**< catalogue name, Hugging Face id, config.json */
    const char *gpu;       /**< slug, or what nvidia-smi prints */
    const char *precision; /**< NULL without a fit: bfloat16 */
    const char *engine;    /**< NULL without a fit: vLLM */
    const char *workload;  /**< label of the measurements */
} el_subject;

/** A column that is read: value[i * step]; step 0: the same on all rows. */
typedef struct el_input {
    const char *name;
    const double *value; /**< borrowed for the call */
    ptrdiff_t step;      /**< in doubles, may be negative */
} el_input;

/** A column that is written. Columns must not overlap. */
typedef struct el_output {
    const char *name;
    double *value;
    ptrdiff_t step; /**< never 0 */
} el_output;

/** Both sides of a call. */
typedef struct el_column_set {
    size_t n_row;
    size_t n_input;
    const el_input *input;
    size_t n_output;
    const el_output *output;
} el_column_set;

/**
 * Predict n_row configurations of one model on one GPU.
 *
 * Inputs are columns of the measurement table: batch_size and output_tokens
 * (needed), tp, pp, ep, dp (NaN or no column: 1), num_gpus, avg_batch,
 * input_tokens, vision_tokens (NaN or no column: unknown).
 *
 * Outputs are the keys of `predict --json`: energy_per_request_j with _lo_j
 * and _hi_j, energy_per_output_token_j, prefill_energy_j, decode_energy_j,
 * energy_j [J], latency_s, ttft_s, tpot_s [s], the latter two with _lo_s and
 * _hi_s, avg_power_w [W], breakdown_<cause>_j; source as the number of
 * el_source, extrapolated_axes as the sum of 1 << el_axis.
 *
 * A row that cannot be predicted is no error: its outputs are NaN, and one
 * line of task->warn counts such rows and says what is wrong with the first.
 *
 * @param task  threads, warn, cancelled; NULL: all cores, silent
 * @retval EL_OK, EL_E_ARG (a name that is not known, given twice or missing;
 *         model or GPU not told and not unique), EL_E_DATA ("row:17: tp: must
 *         be a whole number from 1 to 65536"; rows count from 0), errors of
 *         el_predictor_open() for a config.json, EL_E_NOMEM, EL_E_CANCELLED;
 *         outputs are then unspecified
 *
 * Same bits for any number of threads, and as `predict --rows` gives.
 * Thread-safe: any number of calls may share a predictor.
 * Cost    about 5 us a row from a fit, 10 us from the analytic model, divided
 *         by the threads; memory does not grow with n_row
 */
EL_NODISCARD el_status el_predictor_columns(const el_predictor *predictor,
                                            const el_subject *subject,
                                            const el_column_set *columns,
                                            const el_task *task, el_error *err);

EL_API_END

#endif

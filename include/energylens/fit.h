/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/fit.h
 * @brief Fits of whole tables, and predictions from them.
 *
 * Layer: model. An el_fit_set is plain data: io writes it to a fit file and
 * reads it back to the same bits.
 */
#ifndef EL_FIT_H
#define EL_FIT_H
#include <stdint.h>

#include "energylens/api.h"
#include "energylens/group.h"

EL_API_BEGIN

/** Residuals ln(measured / fitted) of the rows in one slice of one axis. */
typedef struct el_residual_slice {
    el_axis axis;
    double lo, hi; /**< slice, both ends included */
    size_t n;
    double mean_ln; /**< bias */
    double rms_ln;
} el_residual_slice;

#define EL_MAX_SLICES (3u * EL_N_AXES)

/** One fitted group: energy always, times where they were measured. */
typedef struct el_group_fit {
    el_group_key key;
    el_facts facts;
    el_cleaning cleaning;
    bool has[EL_N_TARGETS];
    el_model model[EL_N_TARGETS];
    double mape_pct; /**< in sample */
    size_t n_slice;
    el_residual_slice slice[EL_MAX_SLICES];
    bool leaned_on_prior; /**< fewer rows than parameters */
} el_group_fit;

typedef struct el_fit_set {
    size_t n;
    el_group_fit *fit; /**< el_fit_set_clear */
    void *holders;     /**< internal: counts sets that share fit, or NULL */
    char form[EL_LABEL_LEN];
    char source[256];           /**< where the rows came from */
    char data_hash[20];         /**< of the table's bytes, hexadecimal */
    char made_by[EL_LABEL_LEN]; /**< program version */
    el_prior prior;
    el_scope scope;
    double min_latency_s;
    bool sessions, keep_flagged;
    uint64_t seed;
} el_fit_set;

typedef struct el_fit_options {
    const el_form *form; /**< NULL: closed12 */
    el_prior prior;
    el_scope scope;     /**< gpus, or node: joules of all GPUs of the node */
    const el_expr *law; /**< of discovered, over the features of
                             el_law_parse(); NULL: each group seeks one */
} el_fit_options;

/**
 * Fit every group that has samples: energy by options->form, latency, TTFT
 * and ITL by closed12's shape where measured.
 *
 * @param[out] out only n, fit, form, prior, scope are set; provenance is the
 *             caller's
 * @retval EL_OK, EL_E_DATA (no group has a sample: says why), EL_E_NUMERIC,
 *         EL_E_NOMEM, EL_E_CANCELLED
 * Groups run in parallel (task->threads); the result does not depend on it.
 */
EL_NODISCARD el_status el_fit_groups(const el_groups *groups,
                                     const el_fit_options *options,
                                     const el_task *task, el_fit_set *out,
                                     el_error *err);
void el_fit_set_clear(el_fit_set *set);

/** The group of prior centres alone (source MODELLED). */
EL_NODISCARD el_status el_fit_from_prior(const el_form *form,
                                         const el_group_key *key,
                                         const el_facts *facts,
                                         el_group_fit *out, el_error *err);

/** Where a number comes from, weakest last. */
typedef enum el_source {
    EL_SOURCE_MEASURED,
    EL_SOURCE_FITTED,       /**< inside the measured range */
    EL_SOURCE_EXTRAPOLATED, /**< outside it, or from a sister group */
    EL_SOURCE_CALIBRATED,   /**< from the analytic model, corrected by rows */
    EL_SOURCE_MODELLED      /**< from a prior */
} el_source;

const char *el_source_name(el_source source); /**< "FITTED", ... */

/** Everything predicted for one configuration. NaN: not known. */
typedef struct el_prediction {
    double energy_per_request_j, energy_per_request_lo_j,
        energy_per_request_hi_j;
    double energy_per_output_token_j;
    double prefill_energy_j, decode_energy_j; /**< per request */
    double energy_j;                          /**< batch_size dp requests */
    double latency_s, ttft_s, tpot_s;
    double ttft_lo_s, ttft_hi_s, tpot_lo_s, tpot_hi_s;
    double avg_power_w; /**< all GPUs in use together */
    double spread_ln;   /**< SD of ln(measured / predicted) */
    el_source source;
    unsigned extrapolated_axes; /**< bit 1 << el_axis */
    bool does_not_fit;
    char note[160];       /**< why a value is missing or weak; "" = nothing */
    el_terms terms;       /**< per request [J] */
    double vision_tokens; /**< of a prompt's tokens, those of images; 0 none */
} el_prediction;

/** A prediction in which nothing is known. */
el_prediction el_prediction_unknown(void);

/** Something that answers for configurations in place of a fit. */
typedef el_status (*el_predict_fn)(const void *ctx, const el_point *point,
                                   const char *workload, double batch_size,
                                   el_prediction *out, el_error *err);

/** Which group of a set answers for a key, and how near it is. */
typedef struct el_match {
    const el_group_fit *fit; /**< NULL: none for this model and GPU */
    el_source source;        /**< FITTED or EXTRAPOLATED */
    char note[96];           /**< "precision fp8 from bfloat16", ... */
} el_match;

/**
 * Same model (by name, else by catalogue entry), GPU, precision and engine;
 * else the same model and GPU with the most rows.
 */
el_match el_fit_match(const el_fit_set *set, const el_group_key *key);

/**
 * Predict one configuration from one group's fit.
 *
 * @param fit      energy model and, where fitted, times
 * @param facts    of the configuration asked for; a difference to the fit's
 *                 (precision) moves the parameters by the shift of their
 *                 physical centres
 * @param point    configuration; workload is matched by `workload`
 * @param workload label or ""
 * @param batch_size as set (point->batch may be a measured mean)
 * @param out      written only on EL_OK
 * @retval EL_OK, EL_E_NOMEM
 *
 * Intervals: exp(ln E +- z sd), sd^2 = g' cov g + noise(run length)^2, times
 * Student's quantile for the rows behind the noise.
 */
EL_NODISCARD el_status el_fit_predict(const el_group_fit *fit,
                                      const el_facts *facts,
                                      const el_point *point,
                                      const char *workload, double batch_size,
                                      el_prediction *out, el_error *err);

EL_API_END

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/form.h
 * @brief Model forms: fit, predict, explain and print behind one interface.
 *
 * Layer: model. A form is one src/model/form_<name>.c and one row of the
 * table in src/model/forms.c. It holds no state: everything fitted lives in
 * an el_model of plain numbers, which io writes and reads by name.
 */
#ifndef EL_FORM_H
#define EL_FORM_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/api.h"
#include "energylens/expr.h"
#include "energylens/facts.h"
#include "energylens/images.h"
#include "energylens/task.h"
#include "energylens/text.h"

EL_API_BEGIN

#define EL_MAX_WORKLOADS 12u /**< unknown prompt lengths in one group */
#define EL_MAX_EXTRAS    2u
#define EL_MAX_PARAMS    (12u + EL_MAX_EXTRAS + EL_MAX_WORKLOADS)
#define EL_MAX_TERMS     8u
#define EL_LABEL_LEN     48u
#define EL_LEVEL         0.90 /**< coverage of every printed interval */

/** One configuration under one load, as a form sees it. */
typedef struct el_point {
    double tp, pp, ep, dp; /**< degrees, >= 1 */
    double batch;          /**< B: requests in flight per replica */
    double isl;            /**< I: tokens per prompt; NaN unknown */
    double osl;            /**< O: tokens per answer */
    int workload;          /**< index into el_model.workload; -1 = other */
    bool steady; /**< batch is a measured mean of a long run: no capacity
                      waves, no start-up ramp */
    el_images images;
    double requests; /**< that a replica served in the run, the last of them
                          with empty slots beside them; 0: endless, unknown */
} el_point;

/** What some groups tell besides: one more parameter each, where the rows of
 * a group differ in it (closed12; bits of el_model.extras). */
#define EL_EXTRA_EP   1u /**< some shards hold experts, some slices of layers */
#define EL_EXTRA_TAIL 2u /**< some runs had more requests than slots */

/** What is fitted. Energies and times are of B requests on one replica. */
typedef enum el_target {
    EL_TARGET_ENERGY,  /**< J for B requests */
    EL_TARGET_LATENCY, /**< s for B requests, first prompt to last token */
    EL_TARGET_TTFT,    /**< s to the first token */
    EL_TARGET_ITL,     /**< s between tokens */
    EL_N_TARGETS
} el_target;

/** "energy", "latency", "ttft", "itl" */
const char *el_target_name(el_target target);

/** What a configuration can vary in. */
typedef enum el_axis {
    EL_AXIS_TP,
    EL_AXIS_PP,
    EL_AXIS_EP,
    EL_AXIS_DP,
    EL_AXIS_BATCH,
    EL_AXIS_ISL,
    EL_AXIS_OSL,
    EL_N_AXES
} el_axis;

/** "tp", "pp", "ep", "dp", "batch_size", "input_tokens", "output_tokens" */
const char *el_axis_name(el_axis axis);
double el_point_axis(const el_point *point, el_axis axis);

typedef enum el_prior {
    EL_PRIOR_NONE,     /**< bounds only */
    EL_PRIOR_PHYSICAL, /**< centres from FLOP, bytes and layers */
    EL_PRIOR_LEARNED,  /**< centres moved by other groups of the same data */
    EL_PRIOR_ANALYTIC  /**< centres from the analytic model's predictions */
} el_prior;

/** Meaning, scale and prior of one parameter. Fitted as ln when is_log. */
typedef struct el_param_spec {
    char name[EL_LABEL_LEN];
    const char *unit;
    const char *meaning;
    bool is_log;
    double centre, sd; /**< of ln p when is_log */
} el_param_spec;

/**
 * Scatter that the form does not explain, in ln units. Power is sampled every
 * 0.1..0.5 s, so short runs jitter: sd^2 = floor_sd^2 + jitter_sd^2 / run_s.
 */
typedef struct el_noise {
    double floor_sd;  /**< of a long run */
    double jitter_sd; /**< added at a run of 1 s */
} el_noise;

typedef struct el_form el_form;

/** A form fitted to one target of one group. Plain data; copy freely. */
typedef struct el_model {
    const el_form *form;
    el_target target;
    el_facts facts;
    size_t n_param;
    double param[EL_MAX_PARAMS]; /**< fitted scale (ln p when is_log) */
    double cov[EL_MAX_PARAMS * EL_MAX_PARAMS]; /**< row-major, n_param^2 */
    size_t n_workload; /**< labels whose prompt length was not recorded */
    char workload[EL_MAX_WORKLOADS][EL_LABEL_LEN];
    bool prompts_unknown; /**< no row of the group had input_tokens */
    unsigned extras;      /**< EL_EXTRA_* that it has parameters for */
    el_expr law;          /**< of the form discovered; n_node = 0 of others */
    el_noise noise;
    double noise_df; /**< degrees of freedom behind the noise */
    double lo[EL_N_AXES], hi[EL_N_AXES]; /**< range of the rows; NaN unknown */
    size_t n_rows;
    size_t iterations;
    bool converged;
    double loss;
} el_model;

/** Rows to fit. y[i] > 0 belongs to point[i]. */
typedef struct el_fit_data {
    el_target target;
    const el_facts *facts;
    const el_point *point;
    const double *y;
    const double *run_s;  /**< run length [s], NaN unknown; NULL: none known */
    const double *time_s; /**< latency of the row for forms that choose by
                               time, NaN unknown; NULL: none known */
    const double *weight; /**< n factors on each row's loss; NULL: all 1 */
    size_t n;
    el_prior prior;
    const double *prior_shift; /**< added to centres (learned and analytic
                                    prior), or NULL */
    const double *prior_sd;    /**< in place of the form's own, or NULL */
    const double *start;       /**< warm start or NULL */
    const el_expr *law;        /**< whose numbers discovered fits; NULL: it
                                    seeks one */
    bool prompts_unknown;
    unsigned extras; /**< EL_EXTRA_* that the rows differ in */
    size_t n_workload;
    const char (*workload)[EL_LABEL_LEN];
} el_fit_data;

/** One addend of a prediction. */
typedef struct el_term {
    const char *name; /**< "weights", "kv_read", ...: JSON breakdown_<name>_j */
    double value;
} el_term;

/** The same formula four ways; c and python are function bodies over T P B I
 * O and the constants and parameters by name. */
typedef struct el_formula {
    const char *text, *latex, *c, *python;
} el_formula;

/** A number of the facts that a printed formula needs. */
typedef struct el_constant {
    const char *name;
    double value;
} el_constant;

#define EL_MAX_CONSTANTS 12u

/** Shares of a prediction by phase and by cause. */
typedef struct el_terms {
    double prefill, decode; /**< NaN where the form cannot tell them apart */
    size_t n;
    el_term term[EL_MAX_TERMS];
} el_terms;

/** Points to predict. */
typedef struct el_points {
    const el_point *point;
    const double *run_s; /**< run length [s], NaN unknown; NULL: none known */
    size_t n;
} el_points;

#define EL_FORM_PREDICTS 1u /**< in the unit of the target */
#define EL_FORM_RANKS    2u /**< only a score: lower is chosen */
#define EL_FORM_GIVEN    4u /**< fits nothing: el_evaluate is given answers */
#define EL_FORM_LEARNS   8u /**< keeps no el_model: answers at once */

/** Scatter of one run [ln]; the floor alone where run_s is NaN. */
double el_noise_sd(const el_noise *noise, double run_s);

/** Misfit of one run at which the loss turns from square to linear [ln]:
 * sqrt(.04^2 + .0866^2 / run_s), 0.04 where the length is unknown. */
double el_run_scatter(double run_s);

struct el_form {
    const char *name;
    const char *title;
    unsigned traits;
    unsigned targets; /**< bit 1 << el_target of each it can fit */
    /** Parameters for this data; fills spec[0..n-1], returns n. */
    size_t (*specify)(const el_fit_data *data,
                      el_param_spec spec[EL_MAX_PARAMS]);
    /** Of a form that is linear in its parameters: their factors at a point
     * into f[n_param], and whether none may be negative; else NULL. */
    void (*features)(const el_facts *facts, const el_point *point, double *f);
    bool non_negative;
    /** Fill n_param, param, cov, iterations, converged, loss of *model, whose
     * form, target and facts are set. */
    el_status (*fit)(const el_fit_data *data, el_model *model, el_error *err);
    /** y[i] for each point; grad NULL or n x n_param: d ln y / d param. */
    void (*predict)(const el_model *model, const el_point *point, size_t n,
                    double *y, double *grad);
    /** Addends at one point; NULL where the form has none. */
    void (*explain)(const el_model *model, const el_point *point,
                    el_terms *out);
    /** Printed by el_model_print; NULL where there is none. */
    const el_formula *formula;
    /** EL_FORM_LEARNS: as el_form_answer, on checked rows; else NULL. */
    el_status (*answer)(const el_fit_data *data, const el_points *asked,
                        double *y, double *sd, el_error *err);
    /** Constants the formula needs; returns how many. NULL: none. */
    size_t (*constants)(const el_model *model,
                        el_constant out[EL_MAX_CONSTANTS]);
};

/** NULL-terminated, in the order they are listed. */
const el_form *const *el_forms(void);
const el_form *el_form_find(const char *name); /**< NULL if unknown */

/**
 * Fit a form to rows of one group and target.
 *
 * @param[out] model written only on EL_OK; "did not converge" is EL_OK with
 *             converged = false
 * @retval EL_OK, EL_E_ARG (n = 0, or the form cannot fit the target),
 *         EL_E_DATA (y not positive and finite), EL_E_NUMERIC, EL_E_NOMEM
 * Cost   closed12, 50 rows: about 0.3 ms
 */
EL_NODISCARD el_status el_form_fit(const el_form *form, const el_fit_data *data,
                                   el_model *model, el_error *err);

/**
 * Fit a form that keeps no model (EL_FORM_LEARNS: trees, a Gaussian process)
 * and predict n points at once.
 *
 * @param[out] y  predictions, written only on EL_OK
 * @param[out] sd of ln(measured / predicted); NaN: the form gives none
 * @retval those of el_form_fit, EL_E_DEVICE (its library is not installed)
 */
EL_NODISCARD el_status el_form_answer(const el_form *form,
                                      const el_fit_data *data,
                                      const el_points *asked, double *y,
                                      double *sd, el_error *err);

/** Half-width of the EL_LEVEL interval in units of the spread (Student). */
double el_model_quantile(const el_model *model, double level);

/** Predictions for n points; y[n]. */
void el_model_predict(const el_model *model, const el_point *point, size_t n,
                      double *y);

/**
 * Standard deviation of ln(measured / predicted) at each point:
 * sqrt(g' cov g + noise(run_s)^2 + (0.06 d m)^2), g = d ln y / d param, d the
 * distance in ln units to the range of the rows (all axes, Euclidean), m the
 * noise floor over the usual 0.03, at least 1.
 *
 * @param run_s run length [s] per point, or NULL (only the noise floor)
 * @retval EL_OK, EL_E_NOMEM
 */
EL_NODISCARD el_status el_model_spread(const el_model *model,
                                       const el_point *point, size_t n,
                                       const double *run_s, double *sd,
                                       el_error *err);

/**
 * Append the fitted formula in a notation: parameters with their values, then
 * the formula; C and Python are one function each that compiles by itself.
 * Nothing is appended for a form without a formula.
 */
void el_model_print(const el_model *model, el_notation notation, el_buf *out);

/** Specification of the fitted parameters, for reports. Returns n_param. */
size_t el_model_specify(const el_model *model,
                        el_param_spec spec[EL_MAX_PARAMS]);

EL_API_END

#endif

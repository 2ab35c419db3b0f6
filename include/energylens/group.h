/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/group.h
 * @brief From a measurement table to clean groups that forms can be fitted to.
 *
 * Layer: model. A group is one (model, GPU, precision, engine): one fit.
 */
#ifndef EL_GROUP_H
#define EL_GROUP_H
#include "energylens/api.h"
#include "energylens/catalog.h"
#include "energylens/form.h"
#include "energylens/table.h"

EL_API_BEGIN

#define EL_NAME_LEN 96u

/** Whose joules: GPUs in use, or every GPU of the node. */
typedef enum el_scope {
    EL_SCOPE_GPUS,
    EL_SCOPE_NODE,
    EL_SCOPE_FACILITY
} el_scope;

const char *el_scope_name(el_scope scope); /**< "gpus", "node", "facility" */

/** What a fit belongs to: catalogue slugs, or names as written when unknown. */
typedef struct el_group_key {
    char model[EL_NAME_LEN];
    char model_slug[EL_NAME_LEN]; /**< of the base whose shape a fine-tune
                                       has; "" when not catalogued */
    char gpu[EL_NAME_LEN];
    char precision[EL_NAME_LEN];
    char engine[EL_NAME_LEN];
} el_group_key;

/** Equal names, precision and engine (case-insensitive). */
bool el_group_key_equal(const el_group_key *a, const el_group_key *b);

/** Why rows are not in the fit; every row is counted exactly once. */
typedef struct el_cleaning {
    size_t rows;          /**< rows of this group in the table */
    size_t no_energy;     /**< no energy column had a value */
    size_t flagged;       /**< a dropping quality flag (see group.c) */
    size_t short_run;     /**< latency_s below the limit */
    size_t other_session; /**< the session rule chose another block */
    size_t merged;        /**< repeats combined into another row */
    size_t kept;          /**< samples left = rows - all of the above */
    size_t kept_flagged;  /**< kept with a tag that does not drop */
    size_t does_not_fit;  /**< kept, but weights exceed the memory */
    size_t disagree;      /**< merged repeats further apart than x1.25 */
} el_cleaning;

/** One clean configuration; repeats combined by geometric mean. */
typedef struct el_sample {
    el_point point;
    double energy_j;      /**< B requests on one replica, GPUs in use */
    double energy_node_j; /**< the same on all GPUs of the node */
    double latency_s, ttft_s, itl_s; /**< NaN unknown */
    double run_s;                    /**< latency_s; NaN for steady rows */
    double num_gpus;
    double batch_size; /**< as set (point.batch may be the mean seen) */
    size_t n_repeats;
    double repeat_ss;  /**< sum of squared ln deviations of repeats */
    const el_row *row; /**< first of the repeats, borrowed from the table */
} el_sample;

typedef struct el_group {
    el_group_key key;
    el_facts facts;
    el_cleaning cleaning;
    bool prompts_unknown;
    unsigned extras; /**< EL_EXTRA_* that the samples differ in */
    size_t n_workload;
    char workload[EL_MAX_WORKLOADS][EL_LABEL_LEN];
    size_t n;
    el_sample *sample;
} el_group;

typedef struct el_groups {
    size_t n;
    el_group *group;
} el_groups;

typedef struct el_clean_options {
    double min_latency_s; /**< 0: keep all; the usual is 1.5 */
    bool keep_flagged;
    bool sessions; /**< keep one contiguous session per (group, shards) */
} el_clean_options;

/**
 * Clean a table and split it into groups, in order of first appearance.
 *
 * @param[in]  table   borrowed; samples point into it
 * @param[in]  catalog may be NULL: then rows need params_b
 * @param[out] out     free with el_groups_clear; groups without a sample stay,
 *                     with n = 0 and their cleaning counts
 * @param[in]  task    warnings (unknown models, disagreeing repeats); or NULL
 * @retval EL_OK, EL_E_DATA (a row's model is unknown and it has no params_b),
 *         EL_E_NOMEM
 * Cost   O(rows log rows)
 */
EL_NODISCARD el_status el_groups_make(const el_table *table,
                                      const el_catalog *catalog,
                                      const el_clean_options *options,
                                      const el_task *task, el_groups *out,
                                      el_error *err);
void el_groups_clear(el_groups *groups);

/** Key and facts of any row, measured or asked for. Errors as above. */
EL_NODISCARD el_status el_row_resolve(const el_row *row,
                                      const el_catalog *catalog,
                                      el_group_key *key, el_facts *facts,
                                      el_error *err);

/** Has it a quality flag that makes it unfit for fitting? */
bool el_row_is_flagged(const el_row *row);

/** The row as forms see it, without its workload (-1). */
el_point el_row_point(const el_row *row);

/** Measured value of a target for B requests; NaN unknown. */
double el_sample_target(const el_sample *sample, el_target target);

EL_API_END

#endif

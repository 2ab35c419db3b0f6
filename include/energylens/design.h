/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/design.h
 * @brief Which runs to measure: a space of configurations and loads, and ways
 *        to choose from it.
 *
 * Layer: model. Thread-safe: no shared state.
 */
#ifndef EL_DESIGN_H
#define EL_DESIGN_H
#include "energylens/api.h"
#include "energylens/contest.h"
#include "energylens/optimize.h"
#include "energylens/task.h"

EL_API_BEGIN

#define EL_SPACE_MAX_DTYPES  8u
#define EL_SPACE_MAX_GRID    100000u /**< runs of a space, feasible or not */
#define EL_DESIGN_MAX_ACTIVE 4096u   /**< feasible runs for el_design_active */

/** A grid of runs and what they must keep to. */
typedef struct el_space {
    el_values axis[EL_N_AXES]; /**< by el_axis; n >= 1, no value twice */
    size_t n_dtype;            /**< >= 1 */
    char dtype[EL_SPACE_MAX_DTYPES][EL_LABEL_LEN];
    double max_gpus;     /**< NaN: no limit */
    bool batch_in_cache; /**< B (I + O) tokens must fit the KV cache */
} el_space;

/** What rules a run out; the first of these that does counts. */
typedef enum el_space_limit {
    EL_SPACE_GPUS,    /**< pp dp max(tp, ep) > max_gpus */
    EL_SPACE_EXPERTS, /**< ep > 1 of a model without experts */
    EL_SPACE_DIVIDES, /**< heads, layers or experts do not divide */
    EL_SPACE_MEMORY,  /**< weights and one request */
    EL_SPACE_CACHE,   /**< a full batch */
    EL_N_SPACE_LIMITS
} el_space_limit;

const char *el_space_limit_name(el_space_limit limit); /**< "max_gpus", ... */

/** Feasible runs, dtype after dtype. Runs of one load share B, I and O. */
typedef struct el_run_list {
    size_t n, n_load;
    el_point *point;
    size_t *dtype, *load;
    size_t n_grid; /**< runs of the grid */
    size_t ruled_out[EL_N_SPACE_LIMITS];
} el_run_list;

/** Does the model divide by these degrees? */
typedef bool (*el_divides_fn)(void *ctx, size_t dtype, const el_point *point);

/**
 * Every run of the space that its constraints leave.
 *
 * @param facts   of the model at each dtype, n_dtype of them
 * @param divides NULL: all do
 * @param[out] out written only on EL_OK; el_run_list_clear
 * @retval EL_OK, EL_E_ARG (an empty axis; more than EL_SPACE_MAX_GRID runs),
 *         EL_E_DATA (none is left: which constraints rule out how many),
 *         EL_E_NOMEM
 */
EL_NODISCARD el_status el_space_runs(const el_space *space,
                                     const el_facts *facts,
                                     el_divides_fn divides, void *ctx,
                                     el_run_list *out, el_error *err);
void el_run_list_clear(el_run_list *runs); /**< {0} is fine */

typedef enum el_design {
    EL_DESIGN_LHS,   /**< spread over the axes */
    EL_DESIGN_GRID,  /**< all, or evenly thinned */
    EL_DESIGN_ACTIVE /**< what settles the winners */
} el_design;

/**
 * n_want unused runs nearest to a Latin hypercube over the logarithms of the
 * axes (dtypes: their order) that vary.
 *
 * @param used   flags, one a run; NULL: none is
 * @param[out] pick room for n_want; *n_pick of them, fewer where runs run out
 * @retval EL_OK, EL_E_NOMEM
 * Source  McKay, Beckman & Conover, Technometrics 21(2), 1979, 239-245.
 */
EL_NODISCARD el_status el_design_lhs(const el_run_list *runs,
                                     const uint8_t *used, size_t n_want,
                                     uint64_t seed, size_t *pick,
                                     size_t *n_pick, el_error *err);

/** All unused runs, or n_want at equal steps through them. Returns how many. */
size_t el_design_grid(const el_run_list *runs, const uint8_t *used,
                      size_t n_want, size_t *pick);

/** One run of an active design. */
typedef struct el_design_step {
    size_t run;
    double gain;    /**< off the SDs of the leads, expected [ln] */
    double settled; /**< mean agreement on them once it is read as believed */
} el_design_step;

typedef struct el_design_steps {
    el_design_step *step; /**< caller's room */
    size_t n;
    double settled; /**< mean agreement before the first */
} el_design_steps;

/**
 * Up to n_want unused runs, each the one that tells most about the leads of
 * the winners given those before it (el_contest_gain); readings still to come
 * are taken as believed. Stops where the winners are settled or nothing is to
 * be learnt.
 *
 * @param contest of the runs; takes in the readings it expects
 * @param scatter of a reading of each run [ln]
 * @param[out] out step: room for n_want; n and settled are written
 * @retval EL_OK, EL_E_ARG (too many runs), EL_E_DATA (no load has two
 *         configurations), EL_E_NUMERIC, EL_E_NOMEM, EL_E_CANCELLED
 * Cost   some ms a step for 100 runs, about 1 s for thousands
 */
EL_NODISCARD el_status el_design_active(el_contest *contest,
                                        const double *scatter,
                                        const uint8_t *used, size_t n_want,
                                        const el_task *task,
                                        el_design_steps *out, el_error *err);

/**
 * Mean over the loads with two runs or more of share[] (el_contest_settled);
 * NaN without any.
 */
double el_contest_agreement(const el_contest *contest, const double *share);

EL_API_END

#endif

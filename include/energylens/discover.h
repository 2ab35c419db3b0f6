/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/discover.h
 * @brief Symbolic regression: the short formulas that explain a table.
 *
 * Layer: expr. First generators (sparse linear algebra, gen.h), then evolution
 * of what is left, then selection. Same seed, same budget of evaluations: the
 * same front, for any number of threads.
 */
#ifndef EL_DISCOVER_H
#define EL_DISCOVER_H
#include "energylens/api.h"
#include "energylens/expr_bounds.h"
#include "energylens/expr_fit.h"
#include "energylens/expr_template.h"
#include "energylens/expr_unit.h"
#include "energylens/task.h"

EL_API_BEGIN

#define EL_LAW_MAX_COMPLEXITY 80u
/** + - * / ^ max, powers and roots, log(1 + x): what energy laws are made of */
#define EL_DISCOVER_OPS                                                        \
    ((UINT32_C(1) << EL_OP_LOG1P) | (UINT32_C(1) << EL_OP_LOG2) |              \
     (UINT32_C(1) << EL_OP_MAX) | EL_DISCOVER_ARITHMETIC)
#define EL_DISCOVER_ARITHMETIC                                                 \
    ((UINT32_C(1) << EL_OP_COL) | (UINT32_C(1) << EL_OP_CONST) |               \
     (UINT32_C(1) << EL_OP_ADD) | (UINT32_C(1) << EL_OP_SUB) |                 \
     (UINT32_C(1) << EL_OP_MUL) | (UINT32_C(1) << EL_OP_DIV) |                 \
     (UINT32_C(1) << EL_OP_POW) | (UINT32_C(1) << EL_OP_NEG) |                 \
     (UINT32_C(1) << EL_OP_INV) | (UINT32_C(1) << EL_OP_SQUARE) |              \
     (UINT32_C(1) << EL_OP_CUBE) | (UINT32_C(1) << EL_OP_SQRT))

/** What a column says about the work whose cost is the target. */
typedef enum el_part {
    EL_PART_ANY,
    EL_PART_WORK,    /**< how much each has to do: tokens */
    EL_PART_BATCH,   /**< how many are served at once: requests */
    EL_PART_TIMES,   /**< how often what serves all is run again: waves */
    EL_PART_SHARED,  /**< what is read once for all: weights of a step */
    EL_PART_SIZE,    /**< of what runs: bytes, weights */
    EL_PART_MACHINE, /**< what does it: degrees of parallelism */
    EL_N_PARTS
} el_part;

/** A law of the front while the search goes on. Borrowed. */
typedef struct el_glimpse_law {
    const el_expr *expr;
    unsigned complexity;
    double loss;
} el_glimpse_law;

/** The front so far, by rising complexity. */
typedef struct el_glimpse {
    size_t n;
    el_glimpse_law law[EL_LAW_MAX_COMPLEXITY + 1];
    uint64_t tried; /**< formulas by evolution; 0: still the generators */
} el_glimpse;

/** What is searched and how long. Zero members take the default named. */
typedef struct el_discover_options {
    el_loss loss;
    uint32_t ops;            /**< bit el_expr_op; EL_DISCOVER_OPS */
    bool signed_terms;       /**< coefficients of sums may be negative */
    unsigned max_complexity; /**< at most EL_LAW_MAX_COMPLEXITY; 40 */
    uint64_t evaluations; /**< formulas evolution may try; 0: generators only */
    unsigned islands;     /**< 8; part of what the seed means */
    /** Called after every epoch of the evolution with its whole state, which
        save_ctx's owner may write to a file; NULL: never. */
    void (*save)(const void *state, size_t n_byte, void *save_ctx);
    void *save_ctx;
    /** Such a state, to go on from instead of starting; NULL: start. Ends where
        the run that saved it would have, with the same front. EL_E_DATA where
        rows, options or seed are others, or the bytes are damaged. */
    const void *resume;
    size_t resume_size;
    /** Called with the front so far, whenever a generator has offered a law and
        after every epoch, from the caller's thread; NULL: never. */
    void (*show)(const el_glimpse *glimpse, void *show_ctx);
    void *show_ctx;
    /** Laws whose units clash are left out. Borrowed; column: n_col units, at
        most EL_UNIT_BASES bases. NULL: units say nothing. */
    const el_unit_rules *units;
    /** Numbers that carry a unit by these (wild or not) are not made round: how
        large they are is the unit's doing. Borrowed. NULL: all may be. */
    const el_unit_rules *scales;
    /** n_col: EL_DIRECTION_UP or _DOWN must hold on the box of the data,
        EL_DIRECTION_UNPROVEN: any; a law that a pair of rows contradicts is
        left out. NULL: any. */
    const el_direction *direction;
    /** n_col: the target is the cost of work, a sum of terms none of which
        grows slower than the work; and even without signed_terms a term of
        EL_PART_MACHINE columns alone may be subtracted from the rest: what a
        meter that starts late has not seen. NULL: nothing is known. */
    const el_part *part;
    /** All laws have this shape: its numbers are fitted, its holes filled.
        Borrowed. NULL: any. */
    const el_template *shape;
    /** n_row labels (scenario, model): cross-validation leaves whole groups
        out. NULL: five folds of rows. */
    const size_t *group;
    /** Rows farther from a first law than this many robust SDs are left out
        (at most a tenth, else none); 4 is usual. 0: every row counts. */
    double outlier_sd;
} el_discover_options;

/** One formula of the front, and what speaks for it. */
typedef struct el_law {
    el_expr expr;
    unsigned complexity;
    double loss; /**< mean square on the rows given; relative errors weighed by
                      a first law, which leaves the numbers without bias */
    double
        length_nat; /**< description length [nat]: data, constants, structure */
    double log_rmse; /**< of ln f - ln y; NaN where either is not > 0 */
    double bic;      /**< n ln loss + constants * ln n */
    double score;    /**< -d ln loss / d complexity from the law before it */
    double cv_loss, cv_se; /**< loss on rows left out and its standard error;
                                NaN: some refit was not finite there */
    /** 90 % interval of constant j from the Jacobian; its value twice where it
        is fixed, infinite where the data do not determine it. */
    double lo[EL_EXPR_MAX_CONSTS], hi[EL_EXPR_MAX_CONSTS];
    /** Share of bootstraps in which coefficient j keeps its sign: of constants
        that are coefficients of the outermost sum; NaN for others. */
    double support[EL_EXPR_MAX_CONSTS];
    double stability; /**< share of bootstraps in which it would be the pick */
    uint16_t undetermined; /**< bit j: other values of constant j and its like
                                fit as well */
    uint32_t unproven; /**< bit c: the direction of column c holds on all rows
                            that were tried but is not proved */
} el_law;

#define EL_MAX_RELATIONS 16u

/** prod_c x[c]^exponent[c] is the same on all rows (scatter: SD of its
    logarithm over that of its largest factor), or sum_c exponent[c] x[c] (of
    itself over its largest term): a law in some of these columns is also one in
    the others, and the data cannot tell which. */
typedef struct el_relation {
    double exponent[16];
    double scatter;
    bool is_sum;
} el_relation;

/** No law is simpler and as good as another. By rising complexity. */
typedef struct el_front {
    size_t n, pick; /**< pick: the shortest description, with groups of those
                         whose cv_loss is within one cv_se of the best; n = 0:
                         nothing found */
    el_law law[EL_LAW_MAX_COMPLEXITY + 1];
    size_t n_relation;
    el_relation relation[EL_MAX_RELATIONS];
    size_t n_outlier; /**< rows left out as outlier_sd says */
    uint64_t tried;   /**< formulas fitted */
    bool exact;   /**< the pick fits to rounding: the search stopped there */
    bool stopped; /**< cancelled before its budget was spent */
} el_front;

/**
 * Search formulas f with y ~ f(columns).
 *
 * @param[in] y     n_row finite values; > 0 for the relative and log losses
 * @param[in] task  seed, threads, cancellation (a time limit is one); the front
 *                  then is the best so far, with stopped set. May be NULL
 * @param[out] out  written only on EL_OK; large: keep it off small stacks
 * @retval EL_OK, EL_E_ARG (no rows or columns, more than 16
 *         columns), EL_E_DATA (not finite, constant, y <= 0 ...), EL_E_NOMEM
 *
 * Method   docs/discover.md
 */
EL_NODISCARD el_status el_discover(const el_columns *columns, const double *y,
                                   const el_discover_options *options,
                                   const el_task *task, el_front *out,
                                   el_error *err);

EL_API_END

#endif

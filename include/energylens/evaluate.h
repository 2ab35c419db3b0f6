/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/evaluate.h
 * @brief How well forms predict and choose, on rows they have not seen.
 *
 * Layer: model. One protocol for every form: same training rows, same
 * scenarios, same figures, with intervals and the best that noise allows.
 */
#ifndef EL_EVALUATE_H
#define EL_EVALUATE_H
#include <stdint.h>

#include "energylens/api.h"
#include "energylens/group.h"

EL_API_BEGIN

/** What is held back from the fit. */
typedef enum el_split {
    EL_SPLIT_ALL,    /**< rows not drawn; training rows may share a scenario */
    EL_SPLIT_UNSEEN, /**< scenarios without any training row */
    EL_SPLIT_BATCH,  /**< upper batch sizes from lower ones */
    EL_SPLIT_LENGTH, /**< one prompt and answer length at a time */
    EL_SPLIT_MODEL,  /**< whole model: prior from other architectures */
    EL_SPLIT_GPU,    /**< whole GPU: prior from other GPUs */
    EL_N_SPLITS
} el_split;

const char *el_split_name(el_split split); /**< "all", "unseen", ... */

/** Which batch sizes train in EL_SPLIT_BATCH. */
typedef enum el_batch_cut {
    EL_BATCH_CUT_AUTO, /**< 16 where a group has both sides and its prompt
                            lengths are known, else half */
    EL_BATCH_CUT_16,   /**< B <= 16 trains, B >= 32 is scored */
    EL_BATCH_CUT_HALF  /**< lower half (rounded up) of the distinct batch
                            sizes of each workload trains, the rest is scored */
} el_batch_cut;

#define EL_EVALUATE_MAX_SEEDS (1u << 20)

/** Answers of one group that no row of the table went into. */
typedef struct el_given {
    const double *energy_j;  /**< per request, GPUs in use; one a sample */
    const double *spread_ln; /**< SD of ln(measured / predicted), likewise */
    const char *why;         /**< there are none, because; NULL: there are */
} el_given;

/**
 * Where finished training sets are kept, so that an evaluation which was
 * stopped can go on with the same groups, options and seed. Both functions are
 * called from several threads at once.
 */
typedef struct el_evaluate_keeper {
    /** what was kept of training set i; NULL: nothing */
    const char *(*recall)(void *ctx, size_t i);
    /** one line of plain text; anything but EL_OK stops the evaluation */
    el_status (*keep)(void *ctx, size_t i, const char *text, el_error *err);
    void *ctx;
} el_evaluate_keeper;

typedef struct el_evaluate_options {
    const el_form *const *form;
    size_t n_form;
    unsigned splits; /**< bit 1 << el_split */
    double samples;  /**< training rows per group, or percent of its rows */
    bool percent;
    size_t seeds;    /**< training sets drawn per group and split */
    el_scope scope;  /**< gpus or node */
    bool free_batch; /**< a choice is a configuration and a batch size */
    el_batch_cut batch_cut;
    el_prior prior;
    bool keep_predictions;
    const el_given *given;     /**< one a group, for forms with EL_FORM_GIVEN */
    const char *const *label;  /**< one a group: figures are also given for each
                                    label apart; NULL: only together */
    const el_form *compare[2]; /**< both in form: their difference; or NULL */
    const el_evaluate_keeper *keeper; /**< NULL: nothing is kept */
} el_evaluate_options;

/** A figure pooled over rows, models and seeds; NaN where it has no meaning. */
typedef struct el_figure {
    double value;
    double lo, hi; /**< EL_LEVEL interval; NaN with fewer than two models */
} el_figure;

typedef enum el_figure_id {
    EL_FIGURE_MAPE,         /**< mean |predicted / measured - 1| [%] */
    EL_FIGURE_MEDIAN_APE,   /**< its median [%] */
    EL_FIGURE_TOP1,         /**< scenarios whose cheapest was chosen [%] */
    EL_FIGURE_TOP1_WITHIN3, /**< chosen one at most 3 % dearer [%] */
    EL_FIGURE_REGRET,       /**< mean of chosen / cheapest - 1 [%] */
    EL_FIGURE_PAIRWISE,     /**< pairs in the right order; ties half [%] */
    EL_FIGURE_R2_LOG,       /**< of ln J per request over all scored rows */
    EL_FIGURE_COVERAGE,     /**< rows inside their EL_LEVEL interval [%] */
    EL_N_FIGURES
} el_figure_id;

/** "mape_pct", "median_ape_pct", "top1_pct", ...: the keys in JSON */
const char *el_figure_name(el_figure_id id);

#define EL_EVALUATE_LABEL_LEN 120u

/** One form under one split. */
typedef struct el_score {
    const el_form *form;
    el_split split;
    double samples; /**< as in the options; 0 where nothing is drawn */
    char label[EL_EVALUATE_LABEL_LEN]; /**< of these groups; "": all groups */
    size_t seeds;                      /**< 1 where nothing is drawn */
    size_t groups;
    el_figure figure[EL_N_FIGURES];
    double ceiling_top1_pct; /**< Top-1 of the truth against noisy runs */
    double scenarios, rows;  /**< scored, mean per seed */
} el_score;

#define EL_DIFFERENCE_LEVEL 0.95

/** One form less another on the same rows and scenarios. */
typedef struct el_difference {
    const el_form *form[2];
    el_split split;
    double samples;
    /** Points of %; intervals by drawing scenarios, EL_DIFFERENCE_LEVEL. NaN
     * for figures other than MAPE, Top-1, within 3 % and regret. */
    el_figure figure[EL_N_FIGURES];
    size_t scenarios; /**< distinct, that either figure counts */
} el_difference;

/** How far the fastest configuration is from the cheapest, as measured. */
typedef struct el_divergence {
    size_t scenarios;  /**< with at least two configurations timed */
    double differ_pct; /**< of them where the two are not the same */
    double dearer_pct; /**< mean joules of the fastest above the cheapest's */
    double slower_pct; /**< mean time of the cheapest above the fastest's */
} el_divergence;

/** One prediction of one row. */
typedef struct el_tried {
    size_t group, sample; /**< into the el_groups evaluated */
    size_t form;          /**< into options->form */
    el_split split;
    double samples; /**< as in the score it went into */
    size_t seed;
    bool in_training;
    double measured_j;  /**< per request, in the scope */
    double predicted_j; /**< NaN: the form only ranks */
} el_tried;

#define EL_NOTE_LEN 320u

typedef struct el_evaluation {
    size_t n_score;
    el_score *score; /**< by split, samples, label ("" first), form; owned */
    size_t n_difference;
    el_difference *difference; /**< with compare, one a split; owned */
    el_divergence divergence;
    size_t n_note;
    char (*note)[EL_NOTE_LEN]; /**< what was skipped, and why; owned */
    size_t n_tried;
    el_tried *tried; /**< with keep_predictions; owned */
} el_evaluation;

/**
 * Fit and score every form on every split.
 *
 * Training rows are drawn by Latin hypercube on ln max(tp, ep), ln B, ln I,
 * ln O, each point snapped to the nearest row not used; all forms get the
 * same rows. A scenario is one load (batch size, lengths, workload; without
 * recorded prompts: batch size and workload) measured in at least two
 * configurations; with free_batch the batch size is part of the choice.
 * Choices compare joules per request.
 *
 * Scope node: forms are fitted to the GPUs in use; idle GPUs (up to the most
 * that any group on the GPU uses) are added at their idle power for the
 * latency that closed12 predicts from the same rows.
 *
 * Ceiling: closed12 fitted to all rows stands for the truth; runs jitter by
 * sd^2 = s2 (.015^2 + .0866^2 / run_s) / repeats, s2 <= 1 from the repeats
 * (their median, shrunk to 1 by four pseudo-repeats); the share of scenarios
 * where the truth's cheapest is also the noisy cheapest, 100 draws each.
 *
 * @param[in]  groups  borrowed
 * @param[out] out     written only on EL_OK; el_evaluation_clear
 * @param[in]  task    seed, threads, progress; may be NULL
 * @retval EL_OK, EL_E_ARG (no form, split, sample or seed; a form whose
 *         answers must be given, and are not; a form to compare that is not
 *         among the forms; scope facility),
 *         EL_E_DATA (no row to evaluate in this scope; what the keeper
 *         recalls does not belong here), EL_E_NOMEM, EL_E_NUMERIC,
 *         EL_E_CANCELLED, and what the keeper fails with
 *
 * A form that cannot be fitted to a group is noted and left out there. Same
 * seed, same bits for any number of threads.
 * Memory  9 bytes per row, form, split and seed.
 * Cost    5 forms, 3 splits, 20 seeds, 12 groups of 90 rows: some seconds
 */
EL_NODISCARD el_status el_evaluate(const el_groups *groups,
                                   const el_evaluate_options *options,
                                   const el_task *task, el_evaluation *out,
                                   el_error *err);
/**
 * Append what from holds (another number of samples of the same groups) and
 * empty it; notes that are there already are dropped, the divergence stays.
 *
 * @retval EL_OK, EL_E_NOMEM (neither has changed)
 */
EL_NODISCARD el_status el_evaluation_append(el_evaluation *to,
                                            el_evaluation *from, el_error *err);
void el_evaluation_clear(el_evaluation *evaluation);

EL_API_END

#endif

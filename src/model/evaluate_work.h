/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of el_evaluate. Layer: model. */
#ifndef EL_MODEL_EVALUATE_WORK_H
#define EL_MODEL_EVALUATE_WORK_H
#include "base/rng.h"
#include "base/task.h"
#include "energylens/evaluate.h"
#include "model/learned.h"

#define EL_EVAL_AXES 4u /* ln of max(tp, ep), B, I, O */

/* A group as the protocol sees it: rows with a truth in the scope. */
typedef struct el_eval_group {
    const el_group *group;
    size_t index;   /* in el_groups */
    size_t cluster; /* groups of one model as written share it */
    size_t label;   /* into el_eval_work.label */
    size_t n;
    size_t *sample; /* row -> group->sample */
    el_point *point;
    double *fit_y; /* J of B requests, GPUs in use */
    double *truth; /* J per request in the scope */
    double *run_s, *time_s;
    double *idle_w; /* node: idle GPUs' power share of a replica, else 0 */
    double *axis;   /* n x EL_EVAL_AXES, NaN unknown */
    size_t *scenario, *length, *config; /* ids, from 0 */
    size_t n_scenario, n_length;
    size_t *order; /* rows by scenario, then configuration */
    size_t *first; /* n_scenario + 1: where each begins in order */
    size_t widest; /* most rows in one scenario */
} el_eval_group;

/* All arrays of g, which may be half filled. */
void el_eval_group_clear(el_eval_group *g);

/*
 * Fill g from group; n = 0 when no sample has a truth in the scope.
 * node_gpus is only read in scope node.
 */
EL_NODISCARD el_status el_eval_group_make(const el_group *group,
                                          const el_evaluate_options *options,
                                          double node_gpus, el_eval_group *g,
                                          el_error *err);

/* What a row is to one item. */
#define EL_ROLE_TRAIN  1u
#define EL_ROLE_SCORE  2u /* its prediction counts */
#define EL_ROLE_CHOICE 4u /* it is one of a scenario's choices */

#define EL_NO_INTERVAL 2u /* the form gives none */

/* One training set of one group under one split. */
typedef struct el_eval_item {
    el_split split;
    size_t group, seed;
    size_t fold;   /* length left out */
    size_t offset; /* of its rows in the arrays of el_eval_work */
    size_t n_train;
    double ceiling_hits; /* of simulated noisy winners, in scenarios */
} el_eval_item;

/*
 * Roles of the g->n rows. Draws from rng; role[] is written on EL_OK only.
 * Nothing to train from or to score leaves roles without TRAIN or SCORE.
 */
EL_NODISCARD el_status el_eval_split(const el_eval_group *g,
                                     const el_evaluate_options *options,
                                     const el_eval_item *item, el_rng *rng,
                                     uint8_t *role, el_error *err);

/*
 * Choices of one scenario: value[] of the rows with EL_ROLE_CHOICE, geometric
 * mean over rows of one configuration. out has room for g->widest. Returns
 * how many; below 2 there is nothing to choose.
 */
size_t el_eval_choices(const el_eval_group *g, size_t scenario,
                       const uint8_t *role, const double *value, double *out);

size_t el_eval_cheapest(const double *value, size_t n); /* first of equals */

/* What choosing the cheapest by prediction led to, summed. */
typedef struct el_eval_choice {
    double scenarios, top1, within3, regret; /* within 3 % of the cheapest */
} el_eval_choice;

/* One scenario of n choices. */
void el_eval_choose(const double *truth, const double *pred, size_t n,
                    el_eval_choice *sum);

typedef struct el_eval_work {
    const el_groups *groups;
    const el_evaluate_options *options;
    uint64_t seed;
    size_t n_group;
    el_eval_group *group;
    size_t n_cluster;
    size_t n_label;     /* 0: none wanted */
    const char **label; /* distinct, borrowed from the options */
    size_t n_item;
    el_eval_item *item;
    size_t n_row;    /* over all items */
    uint8_t *role;   /* n_row */
    double *pred;    /* n_form x n_row: J per request, or a score; NaN none */
    uint8_t *inside; /* n_form x n_row: measured value within its interval, or
                        EL_NO_INTERVAL */
    char **reason;   /* n_item x n_form: why a form is left out, or NULL */
    /* fits to all rows of a group: n_form + 2 of each group; the last two are
     * closed12 on energy (truth of the ceiling) and on latency */
    el_model *full;
    bool *has_full;
    double *expected; /* per group row: the truth's J per request, offset by */
    size_t *expected_at; /* this per group */
    double jitter_s2;    /* scale of the usual run jitter */
} el_eval_work;

/* Per-group fits to all rows that priors and the ceiling need. */
EL_NODISCARD el_status el_eval_fit_full(el_eval_work *w, const el_task *task,
                                        el_error *err);

/*
 * Shift from the fits of other groups of this table; n_source = 0 when there is
 * none. The group under test, its model on any GPU and, in split gpu, its GPU
 * teach nothing; priors of files are not looked at.
 */
EL_NODISCARD el_status el_eval_learn(const el_eval_work *w,
                                     const el_eval_item *item, size_t slot,
                                     const el_form *form,
                                     const el_fit_data *data, el_learned *out,
                                     el_error *err);

/* el_item_fn: roles, fits, predictions, ceiling of item i. */
el_status el_eval_run_item(void *ctx, size_t i, el_error *err);

/* Append all that el_eval_run_item found for item i, as one line of text. */
void el_eval_item_print(const el_eval_work *w, size_t i, el_buf *out);
/* Take it back, to the same bits. EL_E_DATA (not of this item), EL_E_NOMEM. */
EL_NODISCARD el_status el_eval_item_parse(el_eval_work *w, size_t i,
                                          const char *text, el_error *err);

/* Set w->jitter_s2 from the repeats of all groups. */
EL_NODISCARD el_status el_eval_jitter(el_eval_work *w, el_error *err);
/* Mean number of scenarios whose noisy winner is the expected one. */
EL_NODISCARD el_status el_eval_ceiling(const el_eval_work *w,
                                       const el_eval_item *item, el_rng *rng,
                                       double *hits, el_error *err);

#define EL_EVAL_ALL_LABELS ((size_t)-1)

/* Figures of form f under a split, of the groups with one label. */
EL_NODISCARD el_status el_eval_score(const el_eval_work *w, size_t f,
                                     el_split split, size_t label,
                                     el_score *out, el_error *err);

/* Training rows asked for; 0 in splits that draw none. */
double el_eval_samples(const el_evaluate_options *options, el_split split);

/* Form f[0] less form f[1] under a split, paired by scenario. */
EL_NODISCARD el_status el_eval_compare(const el_eval_work *w, const size_t f[2],
                                       el_split split, el_difference *out,
                                       el_error *err);

/* Add notes on what was left out, and why. */
EL_NODISCARD el_status el_eval_note(const el_eval_work *w, el_evaluation *e,
                                    el_error *err);

/* Fastest against cheapest over all scenarios, as measured. */
EL_NODISCARD el_status el_eval_diverge(const el_eval_work *w,
                                       el_divergence *out, el_error *err);

#endif

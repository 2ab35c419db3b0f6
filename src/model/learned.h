/* SPDX-License-Identifier: Apache-2.0 */
/* What other groups say about where a prior belongs. Layer: model. */
#ifndef EL_MODEL_LEARNED_H
#define EL_MODEL_LEARNED_H
#include "energylens/form.h"
#include "energylens/group.h"

/* What one fitted group teaches: plain numbers, no measurement. */
typedef struct el_lesson {
    el_group_key key;
    const el_form *form;
    el_target target;
    size_t n_rows;                   /* behind it */
    size_t n;                        /* parameters of the form itself */
    double deviation[EL_MAX_PARAMS]; /* fitted less the physical centre */
    double var[EL_MAX_PARAMS];       /* of the fitted value */
} el_lesson;

/* Latent prompts, which belong to a workload, are left out. */
el_lesson el_lesson_of(const el_model *model, const el_group_key *key);

typedef struct el_lessons {
    size_t n, cap;
    el_lesson *item; /* owned; el_lessons_clear */
    char source[256];
} el_lessons; /* {0} is valid */

EL_NODISCARD el_status el_lessons_add(el_lessons *lessons,
                                      const el_lesson *lesson, el_error *err);
void el_lessons_clear(el_lessons *lessons);

/* Shifts of prior centres; give `shift` and `sd` to el_fit_data. */
typedef struct el_learned {
    size_t n_source;
    bool other_gpu;              /* nothing was seen of this GPU and engine */
    double shift[EL_MAX_PARAMS]; /* added to the physical centres */
    double sd[EL_MAX_PARAMS];    /* doubt left about a new group */
    /* of the sources at the target's place about one another, row-major
     * EL_MAX_PARAMS wide; n_home: how many (0: not known) */
    size_t n_home;
    double apart[EL_MAX_PARAMS * EL_MAX_PARAMS];
} el_learned;

/* Another architecture, wherever it ran? Fine-tunes of one shape are one. */
bool el_learned_other_model(const el_group_key *target,
                            const el_group_key *source);
/* The same GPU and engine? */
bool el_learned_same_place(const el_group_key *target,
                           const el_group_key *source);
/* A group on another GPU? */
bool el_learned_other_gpu(const el_group_key *target,
                          const el_group_key *source);

/*
 * Two levels: models on one place (GPU and engine), and places. Of each
 * parameter, with d_g a lesson's deviation and v_g its variance:
 *
 *   place    y = sum w_g d_g / sum w_g, w_g = 1 / (v_g + tau_m^2)
 *   others   mu = sum w_p y_p / (sum w_p + 1 / sd^2) over the other places,
 *            w_p = 1 / (tau_p^2 + 1 / sum w_g); 0 without any
 *   shift    mean of y (where the target's place has lessons) and of mu, each
 *            by its precision, mu's doubt being tau_p^2 + 1 / (sum w_p +
 *            1 / sd^2), at most sd^2
 *
 * tau_m^2: variance of d about the mean of the target's place, all places
 * together counting as one degree of freedom more;
 * tau_p^2: variance of y between places; sd: the prior's. out->sd is the doubt
 * of the shift and tau_m together, within .3 and 1 of the prior's.
 *
 * The lessons are of this form and target (a discovered law of another shape
 * teaches nothing); which of them may teach is the
 * caller's to say. None gives shift 0 and the prior's sd. `data` is the target
 * group's (rows not read).
 */
void el_learned_shift(const el_form *form, const el_fit_data *data,
                      const el_group_key *target,
                      const el_lesson *const *lesson, size_t n,
                      el_learned *out);

/*
 * n where one of the lessons is of the target's GPU and engine, else 0: without
 * any the physical prior is better (docs/plan.md, "What other models teach").
 */
size_t el_learned_at_home(const el_group_key *target,
                          const el_lesson *const *lesson, size_t n);

/* Does the form have centres to start from where no row was measured? */
bool el_form_has_prior(const el_form *form, const el_fit_data *data);

/*
 * The form at its shifted centres, for a group without a single row
 * (data->n is not read). cov holds learned->sd squared, times 0.3 where the
 * sources' own spread is known, and of four sources or more at home how they
 * differ from one another, (1 + 1/n) times their covariance.
 */
void el_learned_model(const el_form *form, const el_fit_data *data,
                      const el_learned *learned, el_model *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A table fitted with the prior that its other models teach. Layer: model. */
#ifndef EL_MODEL_FIT_LEARNED_H
#define EL_MODEL_FIT_LEARNED_H
#include "energylens/fit.h"
#include "model/learned.h"

/* Append what every fit of a set teaches. EL_E_NOMEM. */
EL_NODISCARD el_status el_fit_lessons(const el_fit_set *set, el_lessons *out,
                                      el_error *err);

/*
 * Fit the groups of a set again, each with the prior moved by what other
 * architectures teach (learned.h): the fits of the set, and `teachers` (NULL:
 * none), fits made earlier, of groups that the set has not. `set` comes from
 * el_fit_groups with EL_PRIOR_PHYSICAL over the same groups; each group sees
 * those first fits, so the order does not matter. A model never teaches itself,
 * on no GPU. A group without others keeps its fit; how many have none on their
 * GPU and engine is warned about. On failure *set is as it was.
 *
 * EL_E_ARG (a fit without its group), EL_E_NOMEM, EL_E_CANCELLED and what
 * el_form_fit gives.
 */
EL_NODISCARD el_status el_fit_learn(const el_groups *groups,
                                    const el_lessons *teachers,
                                    const el_task *task, el_fit_set *set,
                                    el_error *err);

#endif

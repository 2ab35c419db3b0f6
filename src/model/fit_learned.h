/* SPDX-License-Identifier: Apache-2.0 */
/* A table fitted with the prior that its other models teach. Layer: model. */
#ifndef EL_MODEL_FIT_LEARNED_H
#define EL_MODEL_FIT_LEARNED_H
#include "energylens/fit.h"

/*
 * Fit the groups of a set again, each with prior centres moved by what the
 * fits of the other architectures on the same GPU and engine found (learned.h):
 * those of the set, and those of `teachers` (NULL: none), fits made earlier.
 * `set` comes from el_fit_groups with EL_PRIOR_PHYSICAL over the same groups;
 * each group sees those first fits, so the order does not matter. A group
 * without others keeps its fit; how many do is warned about. On failure *set
 * is as it was.
 *
 * EL_E_ARG (a fit without its group), EL_E_NOMEM, EL_E_CANCELLED and what
 * el_form_fit gives.
 */
EL_NODISCARD el_status el_fit_learn(const el_groups *groups,
                                    const el_fit_set *teachers,
                                    const el_task *task, el_fit_set *set,
                                    el_error *err);

#endif

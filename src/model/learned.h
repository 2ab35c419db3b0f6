/* SPDX-License-Identifier: Apache-2.0 */
/* What other groups say about where a prior belongs. Layer: model. */
#ifndef EL_MODEL_LEARNED_H
#define EL_MODEL_LEARNED_H
#include "energylens/form.h"
#include "energylens/group.h"

/* Shifts of prior centres; give `shift` to el_fit_data.prior_shift. */
typedef struct el_learned {
    size_t n_source;
    bool other_gpu;              /* set by the caller: widens the interval */
    double shift[EL_MAX_PARAMS]; /* added to the physical centres */
    double sd[EL_MAX_PARAMS];    /* doubt left about a new group */
} el_learned;

/* Another architecture on the same GPU and engine? */
bool el_learned_other_model(const el_group_key *target,
                            const el_group_key *source);
/* A group on another GPU? */
bool el_learned_other_gpu(const el_group_key *target,
                          const el_group_key *source);

/*
 * Shrunken precision-weighted mean of the deviations of n source models (same
 * form and target) from their physical centres:
 *
 *   w_g = 1 / (cov_g + tau^2),  shift = sum w_g d_g / (sum w_g + 1 / sd^2)
 *
 * d_g = param - centre, tau^2 its variance between groups, sd the prior's.
 * Latent prompts, which belong to a workload, keep their prior. n = 0 gives
 * shift 0 and the prior's sd. `data` is the target group's (rows not read).
 */
void el_learned_shift(const el_form *form, const el_fit_data *data,
                      const el_model *const *source, size_t n, el_learned *out);

/* Does the form have centres to start from where no row was measured? */
bool el_form_has_prior(const el_form *form, const el_fit_data *data);

/*
 * The form at its shifted centres, for a group without a single row
 * (data->n is not read). cov holds learned->sd squared, times 0.3 where the
 * sources' own spread is known.
 */
void el_learned_model(const el_form *form, const el_fit_data *data,
                      const el_learned *learned, el_model *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a group as a form takes them, for fitting a group again. Layer:
 * model. */
#ifndef EL_MODEL_FIT_ROWS_H
#define EL_MODEL_FIT_ROWS_H
#include "energylens/fit.h"

typedef struct el_fit_rows {
    el_point *point;
    double *y, *run_s, *time_s;
    size_t n;
} el_fit_rows;

/* Samples whose target is known, as el_fit_groups takes them; group->n > 0.
 * On failure nothing is left to free. EL_E_NOMEM. */
EL_NODISCARD el_status el_fit_rows_make(const el_group *group, el_target target,
                                        el_scope scope, el_fit_rows *out,
                                        el_error *err);
void el_fit_rows_clear(el_fit_rows *rows);

/* What el_form_fit takes; borrows rows, group and facts. */
el_fit_data el_fit_rows_data(const el_fit_rows *rows, const el_group *group,
                             const el_facts *facts, el_target target,
                             el_prior prior);

/* Fit one target of *fit again, as data (of these rows) says; the residuals of
 * energy, in the slices that there are, follow. What el_form_fit gives. */
EL_NODISCARD el_status el_fit_again(const el_fit_rows *rows,
                                    const el_fit_data *data, el_group_fit *fit,
                                    el_error *err);

/* The group that a fit was made from; NULL if there is none. */
const el_group *el_fit_rows_group(const el_groups *groups,
                                  const el_group_key *key);

#endif

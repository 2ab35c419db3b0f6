/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fit_learned.h"

#include <string.h>

#include "base/mem.h"
#include "base/task.h"
#include "model/fit_rows.h"
#include "model/learned.h"

typedef struct learning {
    const el_groups *groups;
    const el_fit_set *set; /* first fits, read only */
    el_group_fit *fit;     /* second ones */
} learning;

/* First fits of other architectures, for this target and form. */
static size_t find_sources(const el_fit_set *set, size_t i, el_target target,
                           const el_model **source)
{
    const el_group_fit *own = &set->fit[i];
    size_t n = 0;

    for (size_t j = 0; j < set->n; j++) {
        const el_group_fit *other = &set->fit[j];

        if (j != i && other->has[target] &&
            other->model[target].form == own->model[target].form &&
            el_learned_other_model(&own->key, &other->key))
            source[n++] = &other->model[target];
    }
    return n;
}

static el_status learn_target(const learning *w, const el_group *group,
                              size_t i, el_target target,
                              const el_model **source, el_error *err)
{
    el_group_fit *fit = &w->fit[i];
    const el_form *form = fit->model[target].form;
    size_t n = find_sources(w->set, i, target, source);
    el_learned learned;
    el_fit_rows rows;
    el_fit_data data;
    el_status st;

    if (n == 0 || fit->model[target].n_param == 0)
        return EL_OK;
    st = el_fit_rows_make(group, target, w->set->scope, &rows, err);
    if (st != EL_OK)
        return st;
    data =
        el_fit_rows_data(&rows, group, &fit->facts, target, EL_PRIOR_LEARNED);
    el_learned_shift(form, &data, source, n, &learned);
    data.prior_shift = learned.shift;
    st = el_fit_again(&rows, &data, fit, err);
    el_fit_rows_clear(&rows);
    return st;
}

static el_status learn_item(void *ctx, size_t i, el_error *err)
{
    const learning *w = ctx;
    const el_group *group = el_fit_rows_group(w->groups, &w->fit[i].key);
    const el_model **source;
    el_status st = EL_OK;

    if (!group || group->n == 0)
        return el_fail(err, EL_E_ARG, "fit: no rows of %s on %s",
                       w->fit[i].key.model, w->fit[i].key.gpu);
    /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
    source = el_array(w->set->n, sizeof *source);
    if (!source)
        return el_fail(err, EL_E_NOMEM, "fit: %zu groups", w->set->n);
    for (el_target t = 0; t < EL_N_TARGETS && st == EL_OK; t++)
        if (w->fit[i].has[t])
            st = learn_target(w, group, i, t, source, err);
    el_free(source);
    return st;
}

el_status el_fit_learn(const el_groups *groups, const el_task *task,
                       el_fit_set *set, el_error *err)
{
    learning w = {groups, set, NULL};
    el_status st;

    if (set->n == 0)
        return EL_OK;
    w.fit = el_array(set->n, sizeof *w.fit);
    if (!w.fit)
        return el_fail(err, EL_E_NOMEM, "fit: %zu groups", set->n);
    memcpy(w.fit, set->fit, set->n * sizeof *w.fit);
    st = el_parallel_for(set->n, learn_item, &w, task, err);
    if (st != EL_OK) {
        el_free(w.fit);
        return st;
    }
    el_free(set->fit);
    set->fit = w.fit;
    set->prior = EL_PRIOR_LEARNED;
    return EL_OK;
}

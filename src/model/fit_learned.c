/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fit_learned.h"

#include <string.h>

#include "base/mem.h"
#include "base/task.h"
#include "model/fit_rows.h"
#include "model/learned.h"

typedef struct learning {
    const el_groups *groups;
    const el_fit_set *set;      /* first fits, read only */
    const el_fit_set *teachers; /* n = 0: none */
    el_group_fit *fit;          /* second ones */
} learning;

/* Fits of other architectures in `from`, for this target and form. */
static size_t add_sources(const el_fit_set *from, const el_group_fit *own,
                          el_target target, const el_model **source)
{
    size_t n = 0;

    for (size_t j = 0; j < from->n; j++) {
        const el_group_fit *other = &from->fit[j];

        if (other->has[target] &&
            other->model[target].form == own->model[target].form &&
            el_learned_other_model(&own->key, &other->key))
            source[n++] = &other->model[target];
    }
    return n;
}

static size_t find_sources(const learning *w, size_t i, el_target target,
                           const el_model **source)
{
    const el_group_fit *own = &w->set->fit[i];
    size_t n = add_sources(w->set, own, target, source);

    return n + add_sources(w->teachers, own, target, source + n);
}

static bool has_other(const el_fit_set *from, const el_group_key *key)
{
    for (size_t j = 0; j < from->n; j++)
        if (el_learned_other_model(key, &from->fit[j].key))
            return true;
    return false;
}

static void warn_alone(const learning *w, const el_task *task)
{
    size_t n = 0, last = 0;

    for (size_t i = 0; i < w->set->n; i++) {
        const el_group_key *key = &w->set->fit[i].key;

        if (has_other(w->set, key) || has_other(w->teachers, key))
            continue;
        last = i;
        n++;
    }
    if (n > 0)
        el_task_warn(task,
                     "%zu group%s (%s on %s, %s): physical prior, no fit of "
                     "another model on the same GPU and engine",
                     n, n == 1 ? "" : "s", w->set->fit[last].key.model,
                     w->set->fit[last].key.gpu, w->set->fit[last].key.engine);
}

static el_status learn_target(const learning *w, const el_group *group,
                              size_t i, el_target target,
                              const el_model **source, el_error *err)
{
    el_group_fit *fit = &w->fit[i];
    const el_form *form = fit->model[target].form;
    size_t n = find_sources(w, i, target, source);
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
    source = el_array(w->set->n + w->teachers->n, sizeof *source);
    if (!source)
        return el_fail(err, EL_E_NOMEM, "fit: %zu groups", w->set->n);
    for (el_target t = 0; t < EL_N_TARGETS && st == EL_OK; t++)
        if (w->fit[i].has[t])
            st = learn_target(w, group, i, t, source, err);
    el_free(source);
    return st;
}

el_status el_fit_learn(const el_groups *groups, const el_fit_set *teachers,
                       const el_task *task, el_fit_set *set, el_error *err)
{
    static const el_fit_set none;
    learning w = {groups, set, teachers ? teachers : &none, NULL};
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
    warn_alone(&w, task);
    el_free(set->fit);
    set->fit = w.fit;
    set->prior = EL_PRIOR_LEARNED;
    return EL_OK;
}

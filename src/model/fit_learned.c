/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fit_learned.h"

#include <string.h>

#include "base/mem.h"
#include "base/task.h"
#include "model/fit_rows.h"

typedef struct learning {
    const el_groups *groups;
    const el_fit_set *set;     /* first fits, read only */
    const el_lessons *lessons; /* of those fits and of the teachers */
    el_group_fit *fit;         /* second ones */
} learning;

el_status el_fit_lessons(const el_fit_set *set, el_lessons *out, el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < set->n && st == EL_OK; i++) {
        const el_group_fit *fit = &set->fit[i];

        for (el_target t = 0; t < EL_N_TARGETS && st == EL_OK; t++) {
            el_lesson lesson;
            if (!fit->has[t] || fit->model[t].n_param == 0)
                continue;
            lesson = el_lesson_of(&fit->model[t], &fit->key);
            st = el_lessons_add(out, &lesson, err);
        }
    }
    return st;
}

static bool has_fit(const el_fit_set *set, const el_group_key *key)
{
    for (size_t i = 0; i < set->n; i++)
        if (el_group_key_equal(&set->fit[i].key, key))
            return true;
    return false;
}

/* The table's own fits, and what it does not have itself. */
static el_status gather(const el_fit_set *set, const el_lessons *teachers,
                        el_lessons *out, el_error *err)
{
    el_status st = el_fit_lessons(set, out, err);

    for (size_t i = 0; teachers && i < teachers->n && st == EL_OK; i++)
        if (!has_fit(set, &teachers->item[i].key))
            st = el_lessons_add(out, &teachers->item[i], err);
    return st;
}

/* Lessons of other architectures for this target and form. */
static size_t find_lessons(const learning *w, size_t i, el_target target,
                           const el_lesson **found)
{
    const el_group_fit *own = &w->set->fit[i];
    size_t n = 0;

    for (size_t j = 0; j < w->lessons->n; j++) {
        const el_lesson *l = &w->lessons->item[j];

        if (l->target == target && l->form == own->model[target].form &&
            el_learned_other_model(&own->key, &l->key))
            found[n++] = l;
    }
    return el_learned_at_home(&own->key, found, n);
}

static bool is_taught(const learning *w, const el_group_key *key)
{
    for (size_t j = 0; j < w->lessons->n; j++)
        if (el_learned_other_model(key, &w->lessons->item[j].key) &&
            el_learned_same_place(key, &w->lessons->item[j].key))
            return true;
    return false;
}

static void warn_alone(const learning *w, const el_task *task)
{
    size_t n = 0, last = 0;

    for (size_t i = 0; i < w->set->n; i++) {
        if (is_taught(w, &w->set->fit[i].key))
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
                              const el_lesson **taught, el_error *err)
{
    el_group_fit *fit = &w->fit[i];
    const el_form *form = fit->model[target].form;
    size_t n = find_lessons(w, i, target, taught);
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
    el_learned_shift(form, &data, &fit->key, taught, n, &learned);
    data.prior_shift = learned.shift;
    data.prior_sd = learned.sd;
    st = el_fit_again(&rows, &data, fit, err);
    el_fit_rows_clear(&rows);
    return st;
}

static el_status learn_item(void *ctx, size_t i, el_error *err)
{
    const learning *w = ctx;
    const el_group *group = el_fit_rows_group(w->groups, &w->fit[i].key);
    const el_lesson **taught;
    el_status st = EL_OK;

    if (!group || group->n == 0)
        return el_fail(err, EL_E_ARG, "fit: no rows of %s on %s",
                       w->fit[i].key.model, w->fit[i].key.gpu);
    /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
    taught = el_array(w->lessons->n, sizeof *taught);
    if (!taught)
        return el_fail(err, EL_E_NOMEM, "fit: %zu groups", w->set->n);
    for (el_target t = 0; t < EL_N_TARGETS && st == EL_OK; t++)
        if (w->fit[i].has[t])
            st = learn_target(w, group, i, t, taught, err);
    el_free(taught);
    return st;
}

el_status el_fit_learn(const el_groups *groups, const el_lessons *teachers,
                       const el_task *task, el_fit_set *set, el_error *err)
{
    el_lessons lessons = {.n = 0};
    learning w = {groups, set, &lessons, NULL};
    el_status st;

    if (set->n == 0)
        return EL_OK;
    st = gather(set, teachers, &lessons, err);
    w.fit = st == EL_OK ? el_array(set->n, sizeof *w.fit) : NULL;
    if (st == EL_OK && !w.fit)
        st = el_fail(err, EL_E_NOMEM, "fit: %zu groups", set->n);
    if (st != EL_OK)
        goto done;
    memcpy(w.fit, set->fit, set->n * sizeof *w.fit);
    st = el_parallel_for(set->n, learn_item, &w, task, err);
    if (st != EL_OK)
        goto done;
    warn_alone(&w, task);
    el_free(set->fit);
    set->fit = w.fit;
    set->prior = EL_PRIOR_LEARNED;
    w.fit = NULL;
done:
    el_free(w.fit);
    el_lessons_clear(&lessons);
    return st;
}

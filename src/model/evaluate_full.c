/* SPDX-License-Identifier: Apache-2.0 */
/* Fits to whole groups: the truth of the ceiling, and what groups teach each
 * other. */
#include <string.h>

#include "base/mem.h"
#include "model/evaluate_rows.h"
#include "model/forms.h"

static size_t n_slots(const el_eval_work *w)
{
    return w->options->n_form + 2;
}

static bool wants_full(const el_eval_work *w, size_t slot)
{
    unsigned transfer = (1u << EL_SPLIT_MODEL) | (1u << EL_SPLIT_GPU);

    if (slot == w->options->n_form)
        return true;
    if (slot > w->options->n_form)
        return w->options->scope == EL_SCOPE_NODE;
    if (w->options->form[slot]->traits & (EL_FORM_GIVEN | EL_FORM_LEARNS))
        return false;
    return (w->options->splits & transfer) ||
           w->options->prior == EL_PRIOR_LEARNED;
}

static el_status fit_full(void *ctx, size_t i, el_error *err)
{
    el_eval_work *w = ctx;
    size_t g = i / n_slots(w), slot = i % n_slots(w);
    bool time = slot == w->options->n_form + 1;
    const el_form *form =
        slot < w->options->n_form ? w->options->form[slot] : &el_form_closed12;
    el_fit_data data;
    el_eval_rows s;
    el_status st;

    if (!wants_full(w, slot))
        return EL_OK;
    st = el_eval_rows_make(&s, w->group[g].n, err);
    if (st != EL_OK)
        return st;
    data = el_eval_gather(&w->group[g], NULL,
                          time ? EL_TARGET_LATENCY : EL_TARGET_ENERGY,
                          EL_PRIOR_PHYSICAL, &s);
    if (data.n > 0 && el_form_has_prior(form, &data)) {
        st = el_form_fit(form, &data, &w->full[i], err);
        w->has_full[i] = st == EL_OK;
    }
    el_eval_rows_clear(&s);
    /* a form without such a fit is left out where it is needed */
    return st == EL_E_NOMEM ? st : EL_OK;
}

/* The truth of the ceiling: closed12's energies, measured ones without it. */
static void expect(const el_eval_work *w, size_t g)
{
    const el_eval_group *group = &w->group[g];
    double *expected = w->expected + w->expected_at[g];
    size_t at = g * n_slots(w) + w->options->n_form;

    memcpy(expected, group->truth, group->n * sizeof *expected);
    if (!w->has_full[at] ||
        (w->options->scope == EL_SCOPE_NODE && !w->has_full[at + 1]))
        return;
    el_model_predict(&w->full[at], group->point, group->n, expected);
    for (size_t i = 0; i < group->n; i++) {
        double latency = 0.0;
        if (group->idle_w[i] > 0.0)
            el_model_predict(&w->full[at + 1], &group->point[i], 1, &latency);
        expected[i] =
            (expected[i] + group->idle_w[i] * latency) / group->point[i].batch;
    }
}

el_status el_eval_fit_full(el_eval_work *w, const el_task *task, el_error *err)
{
    el_status st =
        el_parallel_for(w->n_group * n_slots(w), fit_full, w, task, err);

    for (size_t g = 0; st == EL_OK && g < w->n_group; g++)
        expect(w, g);
    return st;
}

el_status el_eval_learn(const el_eval_work *w, const el_eval_item *item,
                        size_t slot, const el_form *form,
                        const el_fit_data *data, el_learned *out, el_error *err)
{
    const el_group_key *target = &w->group[item->group].group->key;
    bool gpu = item->split == EL_SPLIT_GPU;
    el_lesson *lesson = el_array(w->n_group, sizeof *lesson);
    /* pointers are meant; NOLINTNEXTLINE(bugprone-sizeof-expression) */
    const el_lesson **taught = el_array(w->n_group, sizeof *taught);
    size_t n = 0;

    if (!lesson || !taught) {
        el_free(taught);
        el_free(lesson);
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu groups", w->n_group);
    }
    for (size_t g = 0; g < w->n_group; g++) {
        const el_group_key *key = &w->group[g].group->key;
        size_t at = g * n_slots(w) + slot;
        bool fits = gpu ? el_learned_other_gpu(target, key)
                        : el_learned_other_model(target, key);
        if (!fits || !w->has_full[at])
            continue;
        lesson[n] = el_lesson_of(&w->full[at], key);
        taught[n] = &lesson[n];
        n++;
    }
    if (!gpu)
        n = el_learned_at_home(target, taught, n);
    el_learned_shift(form, data, target, taught, n, out);
    el_free(taught);
    el_free(lesson);
    return EL_OK;
}

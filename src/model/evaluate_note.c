/* SPDX-License-Identifier: Apache-2.0 */
/* What was left out of an evaluation, in words. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/evaluate_work.h"

static el_status add_note(el_evaluation *e, size_t *cap, const char *text,
                          el_error *err)
{
    char(*note)[EL_NOTE_LEN] =
        el_grow(e->note, cap, e->n_note + 1, sizeof *note);

    if (!note)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu notes", e->n_note);
    e->note = note;
    el_str_copy(e->note[e->n_note++], EL_NOTE_LEN, text);
    return EL_OK;
}

static const char *reason_at(const el_eval_work *w, size_t i, size_t f)
{
    return w->reason[i * w->options->n_form + f];
}

static bool same_reason(const el_eval_work *w, size_t i, size_t k, size_t f)
{
    return w->item[i].split == w->item[k].split && reason_at(w, k, f) &&
           strcmp(reason_at(w, i, f), reason_at(w, k, f)) == 0;
}

static bool was_noted(const el_eval_work *w, size_t i, size_t f)
{
    for (size_t k = i; k-- > 0;) {
        if (same_reason(w, i, k, f))
            return true;
    }
    return false;
}

/* Groups left out of this form and split for the reason of item i. */
static size_t groups_left_out(const el_eval_work *w, size_t i, size_t f)
{
    size_t n = 0, last = (size_t)-1;

    for (size_t k = i; k < w->n_item; k++) {
        if (w->item[k].group != last && same_reason(w, i, k, f)) {
            last = w->item[k].group;
            n++;
        }
    }
    return n;
}

static el_status note_reasons(const el_eval_work *w, el_evaluation *e,
                              size_t *cap, el_error *err)
{
    size_t n_form = w->options->n_form;
    el_status st = EL_OK;

    for (size_t at = 0; at < w->n_item * n_form && st == EL_OK; at++) {
        size_t i = at / n_form, f = at % n_form, n;
        const char *model = w->group[w->item[i].group].group->key.model;
        const char *split = el_split_name(w->item[i].split);
        char text[EL_NOTE_LEN];
        if (!reason_at(w, i, f) || was_noted(w, i, f))
            continue;
        n = groups_left_out(w, i, f);
        if (n > 1)
            (void)snprintf(text, sizeof text, "split %s, %zu groups: %.200s",
                           split, n, reason_at(w, i, f));
        else
            (void)snprintf(text, sizeof text, "split %s, %.60s: %.200s", split,
                           model, reason_at(w, i, f));
        st = add_note(e, cap, text, err);
    }
    return st;
}

static bool offers_choice(const el_eval_group *g)
{
    for (size_t k = 1; k < g->n; k++) {
        size_t i = g->order[k - 1], j = g->order[k];
        if (g->scenario[i] == g->scenario[j] && g->config[i] != g->config[j])
            return true;
    }
    return false;
}

/* One note names the groups that only count for errors. */
static el_status note_groups(const el_eval_work *w, el_evaluation *e,
                             size_t *cap, el_error *err)
{
    char names[EL_NOTE_LEN - 120] = "", text[EL_NOTE_LEN];
    size_t n = 0, len = 0;

    for (size_t g = 0; g < w->n_group; g++) {
        const char *model = w->group[g].group->key.model;
        if (offers_choice(&w->group[g]))
            continue;
        if (len + strlen(model) + 8 < sizeof names)
            len += (size_t)snprintf(names + len, sizeof names - len, "%s%s",
                                    n ? ", " : "", model);
        else if (len + 4 < sizeof names && names[len - 1] != '.')
            len += (size_t)snprintf(names + len, sizeof names - len, " ...");
        n++;
    }
    if (n == 0)
        return EL_OK;
    (void)snprintf(text, sizeof text,
                   "%zu of %zu groups have no scenario with two "
                   "configurations and count for errors alone: %s",
                   n, w->n_group, names);
    return add_note(e, cap, text, err);
}

el_status el_eval_note(const el_eval_work *w, el_evaluation *e, el_error *err)
{
    size_t cap = 0;
    el_status st = note_groups(w, e, &cap, err);

    return st == EL_OK ? note_reasons(w, e, &cap, err) : st;
}

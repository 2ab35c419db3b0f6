/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/evaluate.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/evaluate_work.h"

const char *el_split_name(el_split split)
{
    static const char *const name[EL_N_SPLITS] = {"all",    "unseen", "batch",
                                                  "length", "model",  "gpu"};

    return name[split];
}

static bool wants(const el_evaluate_options *options, el_split split)
{
    return options->splits & (1u << split);
}

static el_status check_options(const el_evaluate_options *o, el_error *err)
{
    if (!o->form || o->n_form == 0)
        return el_fail(err, EL_E_ARG, "evaluate: no form");
    if (!(o->splits & ((1u << EL_N_SPLITS) - 1u)))
        return el_fail(err, EL_E_ARG, "evaluate: no split");
    if (!(o->samples > 0.0) || (o->percent && o->samples > 100.0))
        return el_fail(err, EL_E_ARG, "evaluate: samples %g%s", o->samples,
                       o->percent ? " % (1 to 100)" : " (at least 1)");
    if (o->seeds == 0 || o->seeds > EL_EVALUATE_MAX_SEEDS)
        return el_fail(err, EL_E_ARG, "evaluate: %zu seeds (1 to %u)", o->seeds,
                       EL_EVALUATE_MAX_SEEDS);
    if (o->scope == EL_SCOPE_FACILITY)
        return el_fail(err, EL_E_ARG,
                       "evaluate: measured energy ends at the node");
    for (size_t f = 0; f < o->n_form; f++)
        if ((o->form[f]->traits & EL_FORM_GIVEN) && !o->given)
            return el_fail(err, EL_E_ARG, "evaluate: no answers of %s",
                           o->form[f]->name);
    return EL_OK;
}

/* --- groups --------------------------------------------------------------- */

/* The most GPUs that any run on this GPU used: the node has at least these. */
static double node_gpus(const el_groups *groups, const char *gpu)
{
    double most = 0.0;

    for (size_t g = 0; g < groups->n; g++) {
        const el_group *group = &groups->group[g];
        for (size_t i = 0;
             el_str_eq_nocase(group->key.gpu, gpu) && i < group->n; i++)
            most = fmax(most, group->sample[i].num_gpus);
    }
    return most;
}

static size_t cluster_of(const el_eval_work *w, const el_group *group,
                         size_t *n_cluster)
{
    for (size_t g = 0; g < w->n_group; g++) {
        if (el_str_eq_nocase(w->group[g].group->key.model, group->key.model))
            return w->group[g].cluster;
    }
    return (*n_cluster)++;
}

static el_status make_groups(el_eval_work *w, el_error *err)
{
    const el_groups *groups = w->groups;
    size_t n_row = 0;

    if (groups->n > 0) {
        w->group = el_array(groups->n, sizeof *w->group);
        w->expected_at = el_array(groups->n, sizeof *w->expected_at);
        if (!w->group || !w->expected_at)
            return el_fail(err, EL_E_NOMEM, "evaluate: %zu groups", groups->n);
    }
    for (size_t i = 0; i < groups->n; i++) {
        const el_group *group = &groups->group[i];
        el_eval_group *g = &w->group[w->n_group];
        double gpus = node_gpus(groups, group->key.gpu);
        el_status st = el_eval_group_make(group, w->options, gpus, g, err);
        if (st != EL_OK)
            return st;
        if (g->n == 0) {
            el_eval_group_clear(g);
            continue;
        }
        g->index = i;
        g->cluster = cluster_of(w, group, &w->n_cluster);
        w->expected_at[w->n_group++] = n_row;
        n_row += g->n;
    }
    if (n_row == 0)
        return el_fail(err, EL_E_DATA,
                       "evaluate: no row left with energy of scope %s",
                       el_scope_name(w->options->scope));
    w->expected = el_array(n_row, sizeof *w->expected);
    if (!w->expected)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu rows", n_row);
    return EL_OK;
}

/* --- items ---------------------------------------------------------------- */

static size_t n_folds(const el_eval_work *w, el_split split, size_t g)
{
    if (split != EL_SPLIT_LENGTH)
        return 1;
    return w->group[g].n_length < 2 ? 0 : w->group[g].n_length;
}

static size_t n_seeds(const el_eval_work *w, el_split split)
{
    bool drawn = split != EL_SPLIT_MODEL && split != EL_SPLIT_GPU;

    return drawn ? w->options->seeds : 1;
}

/* Count the items, and list them where there is room. */
static void list_items(el_eval_work *w, el_split split)
{
    for (size_t g = 0; g < w->n_group; g++) {
        for (size_t seed = 0; seed < n_seeds(w, split); seed++) {
            for (size_t fold = 0; fold < n_folds(w, split, g); fold++) {
                if (w->item)
                    w->item[w->n_item] = (el_eval_item){.split = split,
                                                        .group = g,
                                                        .seed = seed,
                                                        .fold = fold,
                                                        .offset = w->n_row};
                w->n_item++;
                w->n_row += w->group[g].n;
            }
        }
    }
}

static void list_splits(el_eval_work *w)
{
    w->n_item = w->n_row = 0;
    for (el_split s = 0; s < EL_N_SPLITS; s++) {
        if (wants(w->options, s))
            list_items(w, s);
    }
}

static el_status make_items(el_eval_work *w, el_error *err)
{
    size_t n_form = w->options->n_form, n_full = w->n_group * (n_form + 2);

    list_splits(w); /* counts */
    if (w->n_item == 0)
        return el_fail(err, EL_E_DATA,
                       "evaluate: no group has two lengths to leave one out");
    w->item = el_array(w->n_item, sizeof *w->item);
    w->role = el_array(w->n_row, sizeof *w->role);
    w->pred = el_array(w->n_row, n_form * sizeof *w->pred);
    w->inside = el_array(w->n_row, n_form * sizeof *w->inside);
    w->reason = el_array(w->n_item, n_form * sizeof *w->reason);
    w->full = el_array(n_full, sizeof *w->full);
    w->has_full = el_array(n_full, sizeof *w->has_full);
    if (!w->item || !w->role || !w->pred || !w->inside || !w->reason ||
        !w->full || !w->has_full)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu fits of %zu rows",
                       w->n_item * n_form, w->n_row);
    list_splits(w);
    return EL_OK;
}

static void work_clear(el_eval_work *w)
{
    for (size_t i = 0; w->reason && i < w->n_item * w->options->n_form; i++)
        el_free(w->reason[i]);
    for (size_t g = 0; w->group && g < w->n_group; g++)
        el_eval_group_clear(&w->group[g]);
    el_free(w->has_full);
    el_free(w->full);
    el_free(w->reason);
    el_free(w->inside);
    el_free(w->pred);
    el_free(w->role);
    el_free(w->item);
    el_free(w->expected);
    el_free(w->expected_at);
    el_free(w->group);
}

/* --- what comes out ------------------------------------------------------- */

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

static el_status keep_predictions(const el_eval_work *w, el_evaluation *e,
                                  el_error *err)
{
    size_t n_form = w->options->n_form;

    e->tried = el_array(w->n_row, n_form * sizeof *e->tried);
    if (!e->tried)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu predictions",
                       w->n_row * n_form);
    for (size_t i = 0; i < w->n_item * n_form; i++) {
        const el_eval_item *item = &w->item[i / n_form];
        const el_eval_group *g = &w->group[item->group];
        size_t f = i % n_form, at = f * w->n_row + item->offset;
        bool predicts = w->options->form[f]->traits & EL_FORM_PREDICTS;
        for (size_t k = 0; !w->reason[i] && k < g->n; k++) {
            uint8_t role = w->role[item->offset + k];
            if (role == 0)
                continue;
            e->tried[e->n_tried++] = (el_tried){
                .group = g->index,
                .sample = g->sample[k],
                .form = f,
                .split = item->split,
                .seed = item->seed,
                .in_training = role & EL_ROLE_TRAIN,
                .measured_j = g->truth[k],
                .predicted_j = predicts ? w->pred[at + k] : EL_UNKNOWN,
            };
        }
    }
    return EL_OK;
}

static el_status report(const el_eval_work *w, el_evaluation *e, el_error *err)
{
    size_t cap = 0;
    el_status st = EL_OK;

    e->score = el_array(w->options->n_form, EL_N_SPLITS * sizeof *e->score);
    if (!e->score)
        return el_fail(err, EL_E_NOMEM, "evaluate: scores");
    for (el_split s = 0; s < EL_N_SPLITS; s++) {
        for (size_t f = 0;
             wants(w->options, s) && f < w->options->n_form && st == EL_OK; f++)
            st = el_eval_score(w, f, s, &e->score[e->n_score++], err);
    }
    if (st == EL_OK)
        st = note_groups(w, e, &cap, err);
    if (st == EL_OK)
        st = note_reasons(w, e, &cap, err);
    if (st == EL_OK && w->options->keep_predictions)
        st = keep_predictions(w, e, err);
    return st;
}

el_status el_evaluate(const el_groups *groups,
                      const el_evaluate_options *options, const el_task *task,
                      el_evaluation *out, el_error *err)
{
    el_eval_work w = {.groups = groups, .options = options};
    el_evaluation e = {0};
    el_task quiet = task ? *task : (el_task){.threads = 1};
    el_status st = check_options(options, err);

    if (st != EL_OK)
        return st;
    w.seed = quiet.seed;
    quiet.progress = NULL; /* the fits to whole groups are a small part */
    st = make_groups(&w, err);
    if (st == EL_OK)
        st = make_items(&w, err);
    if (st == EL_OK)
        st = el_eval_fit_full(&w, &quiet, err);
    if (st == EL_OK)
        st = el_eval_jitter(&w, err);
    if (st == EL_OK)
        st = el_parallel_for(w.n_item, el_eval_run_item, &w, task, err);
    if (st == EL_OK)
        st = report(&w, &e, err);
    if (st == EL_OK)
        *out = e;
    else
        el_evaluation_clear(&e);
    work_clear(&w);
    return st;
}

void el_evaluation_clear(el_evaluation *e)
{
    el_free(e->tried);
    el_free(e->note);
    el_free(e->score);
    memset(e, 0, sizeof *e);
}

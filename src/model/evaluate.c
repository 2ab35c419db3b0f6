/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/evaluate.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/evaluate_work.h"

static bool wants(const el_evaluate_options *options, el_split split)
{
    return options->splits & (1u << split);
}

/* n_form where it is not among them */
static size_t form_index(const el_evaluate_options *o, const el_form *form)
{
    size_t f = 0;

    while (f < o->n_form && o->form[f] != form)
        f++;
    return f;
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
    for (size_t k = 0; k < 2; k++)
        if (o->compare[k] && form_index(o, o->compare[k]) == o->n_form)
            return el_fail(err, EL_E_ARG,
                           "evaluate: %s is compared, but not among the forms",
                           o->compare[k]->name);
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

/* Its place among the distinct labels so far. */
static size_t label_of(el_eval_work *w, size_t group)
{
    size_t k = 0;

    if (!w->label)
        return 0;
    while (k < w->n_label && strcmp(w->label[k], w->options->label[group]) != 0)
        k++;
    if (k == w->n_label)
        w->label[w->n_label++] = w->options->label[group];
    return k;
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
    if (groups->n > 0 && w->options->label) {
        w->label = el_array(groups->n, sizeof *w->label);
        if (!w->label)
            return el_fail(err, EL_E_NOMEM, "evaluate: %zu labels", groups->n);
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
        g->label = label_of(w, i);
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
    el_free(w->label);
    el_free(w->group);
}

/* --- what comes out ------------------------------------------------------- */

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
                .samples = el_eval_samples(w->options, item->split),
                .seed = item->seed,
                .in_training = role & EL_ROLE_TRAIN,
                .measured_j = g->truth[k],
                .predicted_j = predicts ? w->pred[at + k] : EL_UNKNOWN,
            };
        }
    }
    return EL_OK;
}

/* All groups together, then each label apart. */
static el_status score_split(const el_eval_work *w, el_split split,
                             el_evaluation *e, el_error *err)
{
    el_status st = EL_OK;

    for (size_t l = 0; l <= w->n_label; l++) {
        size_t label = l == 0 ? EL_EVAL_ALL_LABELS : l - 1;
        for (size_t f = 0; f < w->options->n_form && st == EL_OK; f++)
            st =
                el_eval_score(w, f, split, label, &e->score[e->n_score++], err);
    }
    return st;
}

static el_status compare_forms(const el_eval_work *w, el_evaluation *e,
                               el_error *err)
{
    const el_evaluate_options *o = w->options;
    el_status st = EL_OK;
    size_t f[2];

    if (!o->compare[0] || !o->compare[1])
        return EL_OK;
    for (size_t k = 0; k < 2; k++)
        f[k] = form_index(o, o->compare[k]);
    e->difference = el_array(EL_N_SPLITS, sizeof *e->difference);
    if (!e->difference)
        return el_fail(err, EL_E_NOMEM, "evaluate: differences");
    for (el_split s = 0; s < EL_N_SPLITS && st == EL_OK; s++) {
        if (wants(o, s))
            st = el_eval_compare(w, f, s, &e->difference[e->n_difference++],
                                 err);
    }
    return st;
}

static el_status report(const el_eval_work *w, el_evaluation *e, el_error *err)
{
    size_t per_split = w->options->n_form * (w->n_label + 1);
    el_status st = EL_OK;

    e->score = el_array(per_split, EL_N_SPLITS * sizeof *e->score);
    if (!e->score)
        return el_fail(err, EL_E_NOMEM, "evaluate: scores");
    for (el_split s = 0; s < EL_N_SPLITS && st == EL_OK; s++) {
        if (wants(w->options, s))
            st = score_split(w, s, e, err);
    }
    if (st == EL_OK)
        st = compare_forms(w, e, err);
    if (st == EL_OK)
        st = el_eval_diverge(w, &e->divergence, err);
    if (st == EL_OK)
        st = el_eval_note(w, e, err);
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

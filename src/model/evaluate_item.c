/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/evaluate_work.h"
#include "model/forms.h"
#include "model/learned.h"
#include "num/stats.h"

/* Rows that one fit sees, and what it predicts for all of the group's. */
typedef struct scratch {
    el_point *point;
    double *y, *run_s, *time_s; /* of the training rows */
    double *latency; /* node: predicted for every row, NaN without times */
    double *sd;
    size_t n;
} scratch;

static void scratch_clear(scratch *s)
{
    el_free(s->sd);
    el_free(s->latency);
    el_free(s->time_s);
    el_free(s->run_s);
    el_free(s->y);
    el_free(s->point);
}

static el_status scratch_make(scratch *s, size_t n, el_error *err)
{
    memset(s, 0, sizeof *s);
    s->point = el_array(n, sizeof *s->point);
    s->y = el_array(n, sizeof *s->y);
    s->run_s = el_array(n, sizeof *s->run_s);
    s->time_s = el_array(n, sizeof *s->time_s);
    s->latency = el_array(n, sizeof *s->latency);
    s->sd = el_array(n, sizeof *s->sd);
    if (s->point && s->y && s->run_s && s->time_s && s->latency && s->sd)
        return EL_OK;
    scratch_clear(s);
    return el_fail(err, EL_E_NOMEM, "evaluate: %zu rows", n);
}

/* Training rows (role NULL: all) where the target is known. */
static el_fit_data gather(const el_eval_group *g, const uint8_t *role,
                          el_target target, el_prior prior, scratch *s)
{
    const el_group *group = g->group;
    el_fit_data data = {.target = target,
                        .facts = &group->facts,
                        .point = s->point,
                        .y = s->y,
                        .run_s = s->run_s,
                        .time_s = s->time_s,
                        .prior = prior,
                        .prompts_unknown = group->prompts_unknown,
                        .extras = group->extras,
                        .n_workload = group->n_workload,
                        .workload = group->workload};

    s->n = 0;
    for (size_t i = 0; i < g->n; i++) {
        const el_sample *row = &group->sample[g->sample[i]];
        double y = target == EL_TARGET_ENERGY ? g->fit_y[i] : row->latency_s;
        if ((role && !(role[i] & EL_ROLE_TRAIN)) || !(y > 0.0))
            continue;
        s->point[s->n] = g->point[i];
        s->y[s->n] = y;
        s->run_s[s->n] = g->run_s[i];
        s->time_s[s->n++] = g->time_s[i];
    }
    data.n = s->n;
    return data;
}

/* --- fits to whole groups ---------------------------------------------- */

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
    scratch s;
    el_status st;

    if (!wants_full(w, slot))
        return EL_OK;
    st = scratch_make(&s, w->group[g].n, err);
    if (st != EL_OK)
        return st;
    data =
        gather(&w->group[g], NULL, time ? EL_TARGET_LATENCY : EL_TARGET_ENERGY,
               EL_PRIOR_PHYSICAL, &s);
    if (data.n > 0 && el_form_has_prior(form, &data)) {
        st = el_form_fit(form, &data, &w->full[i], err);
        w->has_full[i] = st == EL_OK;
    }
    scratch_clear(&s);
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

/* --- one item ----------------------------------------------------------- */

/*
 * Shift from the fits of other groups of this table; n_source = 0 when there is
 * none. The group under test, its model on any GPU and, in split gpu, its GPU
 * teach nothing; priors of files are not looked at.
 */
static el_status learn(const el_eval_work *w, const el_eval_item *item,
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

/* Fit, or without training rows the learned prior. EL_E_DATA: neither. */
static el_status make_model(const el_eval_work *w, const el_eval_item *item,
                            size_t slot, const el_form *form, el_fit_data *data,
                            el_model *model, el_error *err)
{
    bool no_rows = item->split == EL_SPLIT_MODEL || item->split == EL_SPLIT_GPU;
    el_learned learned = {0};
    el_status st;

    if (!no_rows && data->n == 0)
        return el_fail(err, EL_E_DATA, "%s: no row with %s to train on",
                       form->name, el_target_name(data->target));
    if (!no_rows && data->prior != EL_PRIOR_LEARNED)
        return el_form_fit(form, data, model, err);
    if (no_rows && !el_form_has_prior(form, data))
        return el_fail(err, EL_E_DATA, "%s: has no prior to predict from",
                       form->name);
    st = learn(w, item, slot, form, data, &learned, err);
    if (st != EL_OK)
        return st;
    if (!no_rows) {
        data->prior_shift = learned.shift;
        data->prior_sd = learned.sd;
        st = el_form_fit(form, data, model, err);
        data->prior_shift = data->prior_sd = NULL;
        return st;
    }
    if (learned.n_source == 0 && (form->traits & EL_FORM_PREDICTS))
        return el_fail(err, EL_E_DATA, "%s: no other %s to learn from",
                       form->name, el_split_name(item->split));
    el_learned_model(form, data, &learned, model);
    return EL_OK;
}

/* Node: latency of every row by closed12 from the same training rows. */
static el_status predict_latency(const el_eval_work *w,
                                 const el_eval_item *item, scratch *s,
                                 el_error *err)
{
    const el_eval_group *g = &w->group[item->group];
    el_fit_data data = gather(g, w->role + item->offset, EL_TARGET_LATENCY,
                              EL_PRIOR_PHYSICAL, s);
    el_model model;
    el_status st = make_model(w, item, w->options->n_form + 1,
                              &el_form_closed12, &data, &model, err);

    if (st == EL_OK)
        el_model_predict(&model, g->point, g->n, s->latency);
    return st;
}

/* Is the measured value inside the interval around each prediction? */
static el_status check_interval(const el_eval_group *g, const el_model *model,
                                const double *pred, scratch *s, uint8_t *inside,
                                el_error *err)
{
    double z = el_model_quantile(model, EL_LEVEL);
    el_status st = el_model_spread(model, g->point, g->n, g->run_s, s->sd, err);

    for (size_t i = 0; st == EL_OK && i < g->n; i++)
        inside[i] = fabs(log(g->truth[i] / pred[i])) <= z * s->sd[i];
    return st;
}

/* J per request of B requests' GPUs in use; node: with idle GPUs. */
static double with_idle(const el_eval_group *g, const scratch *s, size_t i,
                        double energy_j)
{
    double idle_j = g->idle_w[i] > 0.0 ? g->idle_w[i] * s->latency[i] : 0.0;

    return (energy_j + idle_j) / g->point[i].batch;
}

/* Answers that no training row changes. */
static el_status take_given(const el_eval_work *w, const el_eval_item *item,
                            size_t f, const scratch *s, el_error *err)
{
    const el_eval_group *g = &w->group[item->group];
    const el_given *given = &w->options->given[g->index];
    double *pred = w->pred + f * w->n_row + item->offset;
    uint8_t *inside = w->inside + f * w->n_row + item->offset;
    double z = el_normal_quantile(0.5 * (1.0 + EL_LEVEL));

    if (given->why)
        return el_fail(err, EL_E_DATA, "%s: %s", w->options->form[f]->name,
                       given->why);
    for (size_t i = 0; i < g->n; i++) {
        size_t at = g->sample[i];
        pred[i] = with_idle(g, s, i, given->energy_j[at] * g->point[i].batch);
        inside[i] =
            fabs(log(g->truth[i] / pred[i])) <= z * given->spread_ln[at];
    }
    return EL_OK;
}

/* Forms that keep no model: fitted and asked at once. */
static el_status answer(const el_eval_work *w, const el_eval_item *item,
                        size_t f, const el_fit_data *data, scratch *s,
                        el_error *err)
{
    const el_form *form = w->options->form[f];
    const el_eval_group *g = &w->group[item->group];
    double *pred = w->pred + f * w->n_row + item->offset;
    uint8_t *inside = w->inside + f * w->n_row + item->offset;
    const el_points asked = {g->point, g->run_s, g->n};
    double z = el_normal_quantile(0.5 * (1.0 + EL_LEVEL));
    el_status st;

    if (item->split == EL_SPLIT_MODEL || item->split == EL_SPLIT_GPU)
        return el_fail(err, EL_E_DATA, "%s: has no prior to predict from",
                       form->name);
    if (data->n == 0)
        return el_fail(err, EL_E_DATA, "%s: no row to train on", form->name);
    st = el_form_answer(form, data, &asked, pred, s->sd, err);
    for (size_t i = 0; st == EL_OK && i < g->n; i++) {
        pred[i] = with_idle(g, s, i, pred[i]);
        inside[i] = fabs(log(g->truth[i] / pred[i])) <= z * s->sd[i];
        if (!el_is_known(s->sd[i]))
            inside[i] = EL_NO_INTERVAL;
    }
    return st;
}

static el_status run_form(const el_eval_work *w, const el_eval_item *item,
                          size_t f, scratch *s, el_error *err)
{
    const el_eval_group *g = &w->group[item->group];
    const el_form *form = w->options->form[f];
    double *pred = w->pred + f * w->n_row + item->offset;
    el_fit_data data = gather(g, w->role + item->offset, EL_TARGET_ENERGY,
                              w->options->prior, s);
    el_model model;
    el_status st;

    if (form->traits & EL_FORM_GIVEN)
        return take_given(w, item, f, s, err);
    if (form->traits & EL_FORM_LEARNS)
        return answer(w, item, f, &data, s, err);
    st = make_model(w, item, f, form, &data, &model, err);
    if (st != EL_OK)
        return st;
    el_model_predict(&model, g->point, g->n, pred);
    if (!(form->traits & EL_FORM_PREDICTS))
        return EL_OK;
    for (size_t i = 0; i < g->n; i++) {
        pred[i] = with_idle(g, s, i, pred[i]);
        if (!isfinite(pred[i])) /* e.g. of a GPU whose peaks are unknown */
            return el_fail(err, EL_E_DATA, "%s: predicts no number here",
                           form->name);
    }
    return check_interval(g, &model, pred, s,
                          w->inside + f * w->n_row + item->offset, err);
}

/* Left out with its reason; only running out of memory stops the work. */
static el_status leave_out(const el_eval_work *w, size_t i, size_t f,
                           el_status why, const el_error *detail, el_error *err)
{
    const el_eval_item *item = &w->item[i];
    double *pred = w->pred + f * w->n_row + item->offset;
    size_t len = strlen(detail->message) + 1;
    char *text;

    if (why == EL_E_NOMEM)
        return el_fail(err, why, "%s", detail->message);
    for (size_t k = 0; k < w->group[item->group].n; k++)
        pred[k] = EL_UNKNOWN;
    text = el_array(len, 1);
    if (!text)
        return el_fail(err, EL_E_NOMEM, "evaluate: note");
    memcpy(text, detail->message, len);
    for (char *c = text; *c; c++) /* one line, whatever a name holds */
        if ((unsigned char)*c < ' ')
            *c = ' ';
    w->reason[i * w->options->n_form + f] = text;
    return EL_OK;
}

static uint64_t stream_of(const el_eval_item *item)
{
    return (uint64_t)item->split << 60 ^ (uint64_t)item->seed << 40 ^
           (uint64_t)item->fold << 20 ^ (uint64_t)item->group;
}

static void count_training(const uint8_t *role, size_t n, el_eval_item *item)
{
    item->n_train = 0;
    for (size_t i = 0; i < n; i++)
        item->n_train += (role[i] & EL_ROLE_TRAIN) != 0;
}

static el_status run_forms(const el_eval_work *w, size_t i, scratch *s,
                           el_error *err)
{
    const el_eval_item *item = &w->item[i];
    el_error no_latency = {EL_OK, ""}, detail = {EL_OK, ""};
    el_status latency = EL_OK, st = EL_OK;

    if (w->options->scope == EL_SCOPE_NODE)
        latency = predict_latency(w, item, s, &no_latency);
    for (size_t f = 0; f < w->options->n_form && st == EL_OK; f++) {
        bool predicts = w->options->form[f]->traits & EL_FORM_PREDICTS;
        bool blocked = predicts && latency != EL_OK;
        el_status why = blocked ? latency : run_form(w, item, f, s, &detail);
        if (why != EL_OK)
            st = leave_out(w, i, f, why, blocked ? &no_latency : &detail, err);
    }
    return st;
}

static el_status compute(el_eval_work *w, size_t i, el_error *err)
{
    el_eval_item *item = &w->item[i];
    const el_eval_group *g = &w->group[item->group];
    uint8_t *role = w->role + item->offset;
    el_rng rng;
    scratch s;
    el_status st;

    el_rng_init(&rng, w->seed, stream_of(item));
    st = el_eval_split(g, w->options, item, &rng, role, err);
    if (st != EL_OK)
        return st;
    count_training(role, g->n, item);
    st = el_eval_ceiling(w, item, &rng, &item->ceiling_hits, err);
    if (st == EL_OK)
        st = scratch_make(&s, g->n, err);
    if (st != EL_OK)
        return st;
    st = run_forms(w, i, &s, err);
    scratch_clear(&s);
    return st;
}

static el_status keep(const el_eval_work *w, size_t i, el_error *err)
{
    const el_evaluate_keeper *keeper = w->options->keeper;
    el_buf text = {0};
    el_status st;

    el_eval_item_print(w, i, &text);
    st = el_buf_ok(&text)
             ? keeper->keep(keeper->ctx, i, el_buf_text(&text), err)
             : el_fail(err, EL_E_NOMEM, "evaluate: training set %zu", i);
    el_buf_clear(&text);
    return st;
}

el_status el_eval_run_item(void *ctx, size_t i, el_error *err)
{
    el_eval_work *w = ctx;
    const el_evaluate_keeper *keeper = w->options->keeper;
    const char *kept = keeper ? keeper->recall(keeper->ctx, i) : NULL;
    el_status st;

    if (kept)
        return el_eval_item_parse(w, i, kept, err);
    st = compute(w, i, err);
    return st == EL_OK && keeper ? keep(w, i, err) : st;
}

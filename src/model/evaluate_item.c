/* SPDX-License-Identifier: Apache-2.0 */
/* One training set: fits, predictions, and why some are left out. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/evaluate_rows.h"
#include "model/forms.h"
#include "num/stats.h"

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
    st = el_eval_learn(w, item, slot, form, data, &learned, err);
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
                                 const el_eval_item *item, el_eval_rows *s,
                                 el_error *err)
{
    const el_eval_group *g = &w->group[item->group];
    el_fit_data data = el_eval_gather(g, w->role + item->offset,
                                      EL_TARGET_LATENCY, EL_PRIOR_PHYSICAL, s);
    el_model model;
    el_status st = make_model(w, item, w->options->n_form + 1,
                              &el_form_closed12, &data, &model, err);

    if (st == EL_OK)
        el_model_predict(&model, g->point, g->n, s->latency);
    return st;
}

/* Is the measured value inside the interval around each prediction? */
static el_status check_interval(const el_eval_group *g, const el_model *model,
                                const double *pred, el_eval_rows *s,
                                uint8_t *inside, el_error *err)
{
    double z = el_model_quantile(model, EL_LEVEL);
    el_status st = el_model_spread(model, g->point, g->n, g->run_s, s->sd, err);

    for (size_t i = 0; st == EL_OK && i < g->n; i++)
        inside[i] = fabs(log(g->truth[i] / pred[i])) <= z * s->sd[i];
    return st;
}

/* J per request of B requests' GPUs in use; node: with idle GPUs. */
static double with_idle(const el_eval_group *g, const el_eval_rows *s, size_t i,
                        double energy_j)
{
    double idle_j = g->idle_w[i] > 0.0 ? g->idle_w[i] * s->latency[i] : 0.0;

    return (energy_j + idle_j) / g->point[i].batch;
}

/* Answers that no training row changes. */
static el_status take_given(const el_eval_work *w, const el_eval_item *item,
                            size_t f, const el_eval_rows *s, el_error *err)
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
                        size_t f, const el_fit_data *data, el_eval_rows *s,
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
                          size_t f, el_eval_rows *s, el_error *err)
{
    const el_eval_group *g = &w->group[item->group];
    const el_form *form = w->options->form[f];
    double *pred = w->pred + f * w->n_row + item->offset;
    el_fit_data data = el_eval_gather(g, w->role + item->offset,
                                      EL_TARGET_ENERGY, w->options->prior, s);
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

static el_status run_forms(const el_eval_work *w, size_t i, el_eval_rows *s,
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
    el_eval_rows s;
    el_status st;

    el_rng_init(&rng, w->seed, stream_of(item));
    st = el_eval_split(g, w->options, item, &rng, role, err);
    if (st != EL_OK)
        return st;
    count_training(role, g->n, item);
    st = el_eval_ceiling(w, item, &rng, &item->ceiling_hits, err);
    if (st == EL_OK)
        st = el_eval_rows_make(&s, g->n, err);
    if (st != EL_OK)
        return st;
    st = run_forms(w, i, &s, err);
    el_eval_rows_clear(&s);
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

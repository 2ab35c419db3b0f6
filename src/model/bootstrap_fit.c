/* SPDX-License-Identifier: Apache-2.0 */
#include "model/bootstrap_fit.h"

#include <math.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/task.h"
#include "model/fit_rows.h"
#include "num/stats.h"

el_span el_param_interval(const el_model *model, size_t j)
{
    double sd = sqrt(model->cov[j * model->n_param + j]);
    double half = el_normal_quantile(0.5 * (1.0 + EL_LEVEL)) * sd;
    el_span i = {model->param[j] - half, model->param[j] + half};

    return i;
}

/* Draws share nothing but what they read. */
typedef struct draws {
    const el_fit_data *data;
    const el_model *model;
    uint64_t seed;
    double *weight; /* n_draw x n rows */
    double *param;  /* n_draw x n_param, NaN where a draw gave nothing */
} draws;

/*
 * The prior is one more set of measurements, one a parameter: it is drawn
 * again too. Else a parameter that only the prior knows would seem certain.
 */
static void draw_prior(const draws *w, el_rng *rng, double shift[EL_MAX_PARAMS])
{
    el_param_spec spec[EL_MAX_PARAMS];
    size_t k = el_model_specify(w->model, spec);

    for (size_t j = 0; j < k; j++) {
        shift[j] = w->data->prior_shift ? w->data->prior_shift[j] : 0.0;
        shift[j] += (w->data->prior_sd ? w->data->prior_sd[j] : spec[j].sd) *
                    el_rng_normal(rng);
    }
}

static el_status draw_item(void *ctx, size_t d, el_error *err)
{
    draws *w = ctx;
    size_t n = w->data->n, k = w->model->n_param;
    double *weight = w->weight + d * n;
    el_fit_data data = *w->data;
    double shift[EL_MAX_PARAMS];
    el_model again;
    el_rng rng;
    el_status st;

    el_rng_init(&rng, w->seed, d);
    for (size_t i = 0; i < n; i++)
        weight[el_rng_below(&rng, n)] += 1.0;
    for (size_t i = 0; i < n; i++) /* a row may be weighted already */
        weight[i] *= w->data->weight ? w->data->weight[i] : 1.0;
    data.weight = weight;
    data.start = w->model->param;
    data.law = w->model->law.n_node > 0 ? &w->model->law : NULL;
    if (data.prior != EL_PRIOR_NONE) {
        draw_prior(w, &rng, shift);
        data.prior_shift = shift;
    }
    st = el_form_fit(w->model->form, &data, &again, err);
    for (size_t j = 0; j < k; j++)
        w->param[d * k + j] = st == EL_OK ? again.param[j] : EL_UNKNOWN;
    /* a draw of rows that cannot be fitted says nothing about the others */
    return st == EL_E_NUMERIC ? EL_OK : st;
}

static el_span percentiles(const draws *w, size_t n_draw, size_t j,
                           double level, double *scratch)
{
    size_t k = w->model->n_param, n = 0;
    el_span out = {EL_UNKNOWN, EL_UNKNOWN};

    for (size_t d = 0; d < n_draw; d++) {
        double v = w->param[d * k + j];

        if (el_is_known(v))
            scratch[n++] = v;
    }
    if (n > 0) {
        out.lo = el_quantile(scratch, n, 0.5 * (1.0 - level));
        out.hi = el_quantile(scratch, n, 0.5 * (1.0 + level));
    }
    return out;
}

el_status el_bootstrap_model(const el_fit_data *data, const el_model *model,
                             size_t n_draw, double level, const el_task *task,
                             el_span *out, el_error *err)
{
    draws w = {data, model, task ? task->seed : 0, NULL, NULL};
    double *scratch = NULL;
    el_status st = EL_OK;

    if (n_draw == 0 || n_draw > EL_BOOTSTRAP_MAX)
        return el_fail(err, EL_E_ARG, "bootstrap: %zu draws (limit %u)", n_draw,
                       EL_BOOTSTRAP_MAX);
    if (model->n_param == 0)
        return EL_OK;
    w.weight = el_array(n_draw * data->n, sizeof *w.weight);
    w.param = el_array(n_draw * model->n_param, sizeof *w.param);
    scratch = el_array(n_draw, sizeof *scratch);
    if (!w.weight || !w.param || !scratch) {
        st = el_fail(err, EL_E_NOMEM, "bootstrap: %zu draws of %zu rows",
                     n_draw, data->n);
        goto done;
    }
    st = el_parallel_for(n_draw, draw_item, &w, task, err);
    for (size_t j = 0; st == EL_OK && j < model->n_param; j++)
        out[j] = percentiles(&w, n_draw, j, level, scratch);
done:
    el_free(scratch);
    el_free(w.param);
    el_free(w.weight);
    return st;
}

static el_status bootstrap_group(const el_group *group, const el_fit_set *set,
                                 size_t i, size_t n_draw, const el_task *task,
                                 el_span *out, el_error *err)
{
    const el_model *m = &set->fit[i].model[EL_TARGET_ENERGY];
    el_fit_rows rows;
    el_fit_data data;
    el_status st =
        el_fit_rows_make(group, EL_TARGET_ENERGY, set->scope, &rows, err);

    if (st != EL_OK)
        return st;
    data =
        el_fit_rows_data(&rows, group, &m->facts, EL_TARGET_ENERGY, set->prior);
    st = el_bootstrap_model(&data, m, n_draw, EL_LEVEL, task, out, err);
    el_fit_rows_clear(&rows);
    return st;
}

el_status el_bootstrap_set(const el_groups *groups, const el_fit_set *set,
                           size_t n_draw, const el_task *task,
                           el_bootstrap *out, el_error *err)
{
    el_bootstrap b = {n_draw, EL_LEVEL, set->n, NULL};
    el_status st = EL_OK;

    b.param = el_array(set->n, sizeof *b.param);
    if (!b.param)
        return el_fail(err, EL_E_NOMEM, "bootstrap: %zu groups", set->n);
    for (size_t i = 0; i < set->n && st == EL_OK; i++) {
        const el_group *group = el_fit_rows_group(groups, &set->fit[i].key);

        if (!group || group->n == 0)
            st = el_fail(err, EL_E_ARG, "bootstrap: no rows of %s on %s",
                         set->fit[i].key.model, set->fit[i].key.gpu);
        else
            st = bootstrap_group(group, set, i, n_draw, task, b.param[i], err);
    }
    if (st != EL_OK) {
        el_free(b.param);
        return st;
    }
    *out = b;
    return EL_OK;
}

void el_bootstrap_clear(el_bootstrap *bootstrap)
{
    el_free(bootstrap->param);
    bootstrap->param = NULL;
    bootstrap->n = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/forms.h"

#include <string.h>

#include "base/mem.h"
#include "model/nlls.h"
#include "model/noise.h"
#include "num/linalg.h"
#include "num/stats.h"

/* The one table a new form is added to. */
static const el_form *const forms[] = {
    &el_form_closed12,
    &el_form_el12r,
    &el_form_nnls12kv,
    &el_form_serving8,
    &el_form_powerlaw,
    &el_form_linear,
    &el_form_sweetspot,
    &el_form_sweetspot5,
    &el_form_constant,
    &el_form_smallest_tp,
    &el_form_smallest_tp_fits,
    &el_form_throughput_per_gpu,
    &el_form_latency_proxy,
    &el_form_per_token,
    &el_form_wilhelm,
    &el_form_wilkins,
    &el_form_logistic,
    &el_form_tdp,
    &el_form_roofline,
    &el_form_mfu_power,
    &el_form_maveriq,
    &el_form_maveriq_full,
    &el_form_maveriq_latency,
    &el_form_gp,
    &el_form_forest,
    &el_form_boost,
    NULL,
};

const el_form *const *el_forms(void)
{
    return forms;
}

const el_form *el_form_find(const char *name)
{
    for (size_t i = 0; forms[i]; i++) {
        if (strcmp(forms[i]->name, name) == 0)
            return forms[i];
    }
    return strcmp(name, el_form_discovered.name) == 0 ? &el_form_discovered
                                                      : NULL;
}

static el_status check_rows(const el_form *form, const el_fit_data *data,
                            el_error *err)
{
    if (data->n == 0)
        return el_fail(err, EL_E_ARG, "%s: no rows to fit", form->name);
    if (!(form->targets & (1u << data->target)))
        return el_fail(err, EL_E_ARG, "%s: does not fit %s", form->name,
                       el_target_name(data->target));
    if (data->n_workload > EL_MAX_WORKLOADS)
        return el_fail(err, EL_E_ARG, "%s: %zu workloads (limit %u)",
                       form->name, data->n_workload, EL_MAX_WORKLOADS);
    for (size_t i = 0; i < data->n; i++) {
        if (!(isfinite(data->y[i]) && data->y[i] > 0.0))
            return el_fail(err, EL_E_DATA, "%s: row %zu: %s is %g, must be > 0",
                           form->name, i, el_target_name(data->target),
                           data->y[i]);
    }
    return EL_OK;
}

static void take_ranges(const el_fit_data *data, el_model *model)
{
    for (el_axis a = 0; a < EL_N_AXES; a++) {
        model->lo[a] = model->hi[a] = EL_UNKNOWN;
        for (size_t i = 0; i < data->n; i++) { /* fmin, fmax skip NaN */
            double v = el_point_axis(&data->point[i], a);
            model->lo[a] = fmin(model->lo[a], v);
            model->hi[a] = fmax(model->hi[a], v);
        }
    }
}

el_status el_form_fit(const el_form *form, const el_fit_data *data,
                      el_model *model, el_error *err)
{
    el_model m = {0};
    el_status st;

    if (!form || !data || !data->facts || !model)
        return el_fail(err, EL_E_ARG, "fit: NULL argument");
    if (form->traits & EL_FORM_LEARNS)
        return el_fail(err, EL_E_ARG,
                       "%s: keeps no model that a fit could hold; evaluate "
                       "runs it",
                       form->name);
    st = check_rows(form, data, err);
    if (st != EL_OK)
        return st;
    m.form = form;
    m.target = data->target;
    m.facts = *data->facts;
    m.n_rows = data->n;
    m.prompts_unknown = data->prompts_unknown;
    m.extras = data->extras;
    if (data->prompts_unknown) {
        m.n_workload = data->n_workload;
        memcpy(m.workload, data->workload,
               data->n_workload * sizeof m.workload[0]);
    }
    m.converged = true;
    take_ranges(data, &m);
    st = form->fit(data, &m, err);
    if (st == EL_OK && (form->traits & EL_FORM_PREDICTS))
        st = el_noise_estimate(data, &m, err);
    if (st == EL_OK)
        *model = m;
    return st;
}

el_status el_form_answer(const el_form *form, const el_fit_data *data,
                         const el_points *asked, double *y, double *sd,
                         el_error *err)
{
    el_status st;

    if (!form || !data || !data->facts || !asked || asked->n == 0 || !y || !sd)
        return el_fail(err, EL_E_ARG, "answer: nothing asked");
    if (!(form->traits & EL_FORM_LEARNS))
        return el_fail(err, EL_E_ARG, "%s: is fitted first", form->name);
    st = check_rows(form, data, err);
    return st == EL_OK ? form->answer(data, asked, y, sd, err) : st;
}

void el_model_predict(const el_model *model, const el_point *point, size_t n,
                      double *y)
{
    model->form->predict(model, point, n, y, NULL);
}

/* Misfit grows by this much per factor e outside the measured range: upper
 * batches predicted from lower ones, A100 and H100 alike. Where the form misses
 * its own rows by more than usual it does so beyond them. */
#define EXTRAPOLATION_SD 0.06

/* How far outside the rows a point is, in ln units, over all axes. */
static double distance_ln(const el_model *model, const el_point *point)
{
    double sum = 0.0;

    for (el_axis a = 0; a < EL_N_AXES; a++) {
        double v = el_point_axis(point, a), d = 0.0;
        if (v > model->hi[a])
            d = log(v / model->hi[a]);
        else if (v < model->lo[a])
            d = log(model->lo[a] / v);
        sum += d * d;
    }
    return sqrt(sum);
}

double el_model_quantile(const el_model *model, double level)
{
    return el_student_t_quantile(0.5 * (1.0 + level), model->noise_df);
}

el_status el_model_spread(const el_model *model, const el_point *point,
                          size_t n, const double *run_s, double *sd,
                          el_error *err)
{
    size_t k = model->n_param;
    double *grad = el_array(n * (k + 1), sizeof *grad);
    double misfit = EXTRAPOLATION_SD *
                    fmax(model->noise.floor_sd / el_noise_usual.floor_sd, 1.0);
    double *y;

    if (!grad)
        return el_fail(err, EL_E_NOMEM, "spread: scratch for %zu points", n);
    y = grad + n * k;
    model->form->predict(model, point, n, y, k ? grad : NULL);
    for (size_t i = 0; i < n; i++) {
        double doubt =
            fmax(el_quadratic_form(grad + i * k, model->cov, k), 0.0);
        double noise =
            el_noise_sd(&model->noise, run_s ? run_s[i] : EL_UNKNOWN);
        double away = misfit * distance_ln(model, &point[i]);
        sd[i] = sqrt(doubt + noise * noise + away * away);
    }
    el_free(grad);
    return EL_OK;
}

size_t el_model_specify(const el_model *model,
                        el_param_spec spec[EL_MAX_PARAMS])
{
    el_fit_data data = {0};

    data.target = model->target;
    data.facts = &model->facts;
    data.prompts_unknown = model->prompts_unknown;
    data.extras = model->extras;
    data.n_workload = model->n_workload;
    data.workload = model->workload;
    data.law = model->law.n_node > 0 ? &model->law : NULL;
    return model->form->specify(&data, spec);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/rule.h"

#include "base/mem.h"
#include "model/forms.h"

size_t el_rule_specify(const el_fit_data *data, el_param_spec *spec)
{
    (void)data;
    (void)spec;
    return 0;
}

el_status el_rule_fit(const el_fit_data *data, el_model *model, el_error *err)
{
    (void)data;
    (void)err;
    model->n_param = 0;
    return EL_OK;
}

size_t el_rule_time_specify(const el_fit_data *data, el_param_spec *spec)
{
    el_fit_data time = *data;

    time.target = EL_TARGET_LATENCY;
    return el_form_closed12.specify(&time, spec);
}

el_status el_rule_time_fit_by(const el_form *shape, const el_fit_data *data,
                              el_model *model, el_error *err)
{
    const el_form *form = model->form;
    el_fit_data time = *data;
    el_point *point = el_array(data->n, sizeof *point);
    double *y = el_array(data->n, sizeof *y);
    el_status st;
    size_t n = 0;

    if (!point || !y) {
        st = el_fail(err, EL_E_NOMEM, "%s: scratch for %zu rows", form->name,
                     data->n);
        goto done;
    }
    for (size_t i = 0; data->time_s && i < data->n; i++) {
        if (!(data->time_s[i] > 0.0))
            continue;
        point[n] = data->point[i];
        y[n++] = data->time_s[i];
    }
    if (n == 0) {
        st = el_fail(err, EL_E_DATA, "%s: no row has latency_s or itl_s",
                     form->name);
        goto done;
    }
    time.target = EL_TARGET_LATENCY;
    time.point = point;
    time.y = y;
    time.n = n;
    time.weight = NULL;
    time.run_s = NULL;
    time.prior_shift = NULL;
    time.start = NULL;
    model->form = shape;
    model->target = EL_TARGET_LATENCY;
    st = shape->fit(&time, model, err);
    model->form = form;
    model->target = data->target;
done:
    el_free(y);
    el_free(point);
    return st;
}

el_status el_rule_time_fit(const el_fit_data *data, el_model *model,
                           el_error *err)
{
    return el_rule_time_fit_by(&el_form_closed12, data, model, err);
}

void el_rule_time_predict(const el_model *model, const el_point *point,
                          size_t n, double *latency_s, double *grad)
{
    el_model time = *model;

    time.form = &el_form_closed12;
    time.target = EL_TARGET_LATENCY;
    el_form_closed12.predict(&time, point, n, latency_s, grad);
}
